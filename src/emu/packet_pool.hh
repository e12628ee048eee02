// The memory of the packets in flight: slots of one size, reused last-in first-out, so that the
// next packet gets memory that is in the cache. It grows in steps of a megabyte up to a bound, and
// never shrinks. The address of a slot does not change. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

namespace mpb {

class PacketPool {
 public:
  // 256 MiB: 131072 packets of the standard MTU, 1.5 s of 1 Gbit/s.
  static constexpr std::size_t kMostChunks = 256;
  static constexpr std::size_t kChunkSize = std::size_t{1} << 20;

  // `largest` is the length of the largest packet, up to 64 KiB.
  explicit PacketPool(std::size_t largest) : slot_size_(std::max(kLeastSlot, largest)) {}

  std::size_t slot_size() const { return slot_size_; }

  // Returns a free slot of slot_size() bytes, or nullptr at the bound.
  std::byte* take() {
    if (free_.empty() && !grow()) return nullptr;
    std::byte* slot = free_.back();
    free_.pop_back();
    return slot;
  }

  void give_back(std::byte* slot) { free_.push_back(slot); }

 private:
  // Large enough for any packet of the standard MTU, and a power of two.
  static constexpr std::size_t kLeastSlot = 2048;

  bool grow() {
    if (chunks_.size() == kMostChunks) return false;
    // make_unique would initialize, and so fault in, every page.
    const std::size_t slots = kChunkSize / slot_size_;
    chunks_.emplace_back(new std::byte[kChunkSize]);
    free_.reserve(chunks_.size() * slots);
    for (std::size_t i = slots; i-- > 0;) free_.push_back(chunks_.back().get() + i * slot_size_);
    return true;
  }

  std::size_t slot_size_;
  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  std::vector<std::byte*> free_;
};

}  // namespace mpb
