// Which keys the load touches, and what is stored under them.
//
// A key is a number in [0, keyspace), written as prefix + 12 digits. Its value is a slice of one
// shared pseudo-random block that starts where a hash of the key says and wraps around: every
// reader and writer, in any process, computes the same bytes, and neither needs a buffer for a
// value. ValueBlock is immutable and shared by all threads; a KeyPicker belongs to one.
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
  // Small enough to stay in the core's first cache, large enough that another key's value is hardly
  // ever the same.
  static constexpr std::size_t kSize = 16 * 1024;

  ValueBlock();

  // Describes bytes [from, from + length) of the key's value in at most `capacity` pieces; returns
  // how many, and in `described` how many bytes.
  int slices(std::uint64_t key, std::size_t from, std::size_t length, iovec* out, int capacity,
             std::size_t& described) const;

  // Whether `value` is what a key of that value's length holds.
  bool matches(std::uint64_t key, std::string_view value) const;

 private:
  std::vector<char> bytes_;
};

// Draws the next key: uniform, sequential, or by a Zipf law whose rank is the key's number (key 0
// is the most popular).
class KeyPicker {
 public:
  // Thread `index` of `of`: sequential threads start evenly spaced, so that together they sweep the
  // keyspace.
  KeyPicker(Keys keys, std::uint64_t keyspace, int index = 0, int of = 1);

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
