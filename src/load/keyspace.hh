// The keys of the load, and their values.
//
// A key is a number in [0, keyspace), written as prefix + 12 digits. Its value is a slice of one
// shared pseudo-random block, which begins at a hash of the key and wraps around. So every reader
// and writer, in any process, computes the same bytes, and none needs a buffer for a value.
// ValueBlock is immutable and shared by all threads; a KeyPicker belongs to one thread.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "load/mix.hh"
#include "stats/random.hh"

namespace mpb {

constexpr int kKeyDigits = 12;

// Writes the 12 digits of a key id below 10^12.
void write_key_digits(std::uint64_t key, char* digits);

class ValueBlock {
 public:
  // Small enough for the first-level cache, large enough that two keys rarely have the same value.
  static constexpr std::size_t kSize = 16 * 1024;

  ValueBlock();

  // Describes bytes [from, from + length) of the key's value in at most `capacity` pieces. Returns
  // the number of pieces, and in `described` the number of bytes.
  int slices(std::uint64_t key, std::size_t from, std::size_t length, iovec* out, int capacity,
             std::size_t& described) const;

  // Whether `part` is the part of the key's value that begins at `from`.
  bool matches(std::uint64_t key, std::string_view part, std::size_t from = 0) const;

 private:
  std::vector<char> bytes_;
};

// Draws the next key: uniform, sequential, or by Zipf's law with the key's number as its rank (key
// 0 is the most popular one).
class KeyPicker {
 public:
  // For thread `index` of `threads`. Sequential threads start evenly spaced, so that together they
  // sweep the keyspace.
  KeyPicker(Keys keys, std::uint64_t keyspace, int index = 0, int threads = 1);

  std::uint64_t next(Random& random);

 private:
  std::uint64_t zipf(Random& random) const;
  double h(double x) const;
  double h_integral(double x) const;
  double h_integral_inverse(double x) const;

  Keys keys_;
  std::uint64_t keyspace_;
  std::uint64_t cursor_;
  double integral_first_ = 0, integral_last_ = 0, shortcut_ = 0;
};

}  // namespace mpb
