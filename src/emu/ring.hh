// A first-in first-out queue in one array, whose size is a power of two. It grows when it is full
// and never shrinks. So a queue whose bound was reserved never allocates again, whereas std::deque
// allocates a block every few elements. Not thread-safe.
#pragma once

#include <bit>
#include <cstddef>
#include <utility>
#include <vector>

namespace mpb {

template <class T>
class Ring {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  const T& front() const { return slots_[head_]; }

  void reserve(std::size_t capacity) {
    if (capacity > slots_.size()) move_to(std::bit_ceil(capacity));
  }

  void push(const T& value) {
    if (size_ == slots_.size()) move_to(size_ == 0 ? 16 : size_ * 2);
    slots_[(head_ + size_) & (slots_.size() - 1)] = value;
    ++size_;
  }

  void pop() {
    head_ = (head_ + 1) & (slots_.size() - 1);
    --size_;
  }

 private:
  void move_to(std::size_t capacity) {
    std::vector<T> larger(capacity);
    for (std::size_t i = 0; i < size_; ++i) larger[i] = slots_[(head_ + i) & (slots_.size() - 1)];
    slots_ = std::move(larger);
    head_ = 0;
  }

  std::vector<T> slots_;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace mpb
