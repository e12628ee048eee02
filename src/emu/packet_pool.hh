// The memory of the packets in flight: equal slots, reused last-in first-out, so that the next
// packet gets memory that is in the cache. It grows in steps of a megabyte up to a bound, and never
// shrinks. The address of a slot does not change. Not thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace mpb {

class PacketPool {
 public:
  // Large enough for any packet of an MTU of 1500, which all links have.
  static constexpr std::size_t kSlotSize = 2048;
  // 256 MiB: 131072 packets, 1.5 s of 1 Gbit/s.
  static constexpr std::size_t kMostChunks = 256;

  // Returns a free slot of kSlotSize bytes, or nullptr at the bound.
  std::byte* take() {
    if (free_.empty() && !grow()) return nullptr;
    std::byte* slot = free_.back();
    free_.pop_back();
    return slot;
  }

  void give_back(std::byte* slot) { free_.push_back(slot); }

 private:
  static constexpr std::size_t kSlotsPerChunk = 512;

  bool grow() {
    if (chunks_.size() == kMostChunks) return false;
    // make_unique would initialize, and so fault in, every page.
    chunks_.emplace_back(new std::byte[kSlotsPerChunk * kSlotSize]);
    free_.reserve(chunks_.size() * kSlotsPerChunk);
    for (std::size_t i = kSlotsPerChunk; i-- > 0;)
      free_.push_back(chunks_.back().get() + i * kSlotSize);
    return true;
  }

  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  std::vector<std::byte*> free_;
};

}  // namespace mpb
