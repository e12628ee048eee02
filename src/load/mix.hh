// The requests of one cell of a workload: the mix of operations, the sizes of the values, the order
// of the keys and the arrivals; and their text.
//
// Plain values. Every parser throws BadInput with the text and the remedy; the caller prefixes the
// file and the field. to_text() returns the shortest text that parses back to the same value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sys/units.hh"

namespace mpb {

// The share of GETs; the others are SETs.
struct Op {
  int get_percent = 100;
  bool operator==(const Op&) const = default;
};

Op parse_op(std::string_view text);  // "get", "set", "get80set20"
std::string to_text(Op op);

// The sizes of values: one or several ranges, each with a weight. The size depends on the key
// alone, so the processes that fill and read the keyspace agree without communication.
struct ValueSize {
  struct Part {
    Bytes low, high;  // inclusive
    std::uint32_t weight = 1;
    bool operator==(const Part&) const = default;
  };
  std::vector<Part> parts;

  std::uint32_t of(std::uint64_t key) const;
  std::uint32_t max() const;
  double mean() const;  // over many keys
  bool operator==(const ValueSize&) const = default;
};

// "4k", "1k-16k", "1k:70+16k:30"; 1 byte to 512 MB
ValueSize parse_value_size(std::string_view text);
std::string to_text(const ValueSize& size);

enum class KeyOrder { kUniform, kZipf, kSequential };

struct Keys {
  KeyOrder order = KeyOrder::kUniform;
  double exponent = 0.99;  // of zipf
  bool operator==(const Keys&) const = default;
};

Keys parse_keys(std::string_view text);  // "uniform", "zipf", "zipf:1.2", "sequential"
std::string to_text(Keys keys);

enum class Arrivals { kConstant, kPoisson };

Arrivals parse_arrivals(std::string_view text);  // "constant", "poisson"
std::string_view to_text(Arrivals arrivals);

double parse_request_rate(std::string_view text);  // "20000/s": requests per second

}  // namespace mpb
