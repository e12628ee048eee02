// Quantities with their unit in the type, and their text.
//
// Numbers without a unit are refused on purpose: tc(8) reads "delay 50" as 50 us, which is rarely
// the intention.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "sys/clock.hh"

namespace mpb {

struct Bytes {
  std::int64_t count = 0;
  auto operator<=>(const Bytes&) const = default;
};

struct BitsPerSecond {
  std::int64_t count = 0;
  auto operator<=>(const BitsPerSecond&) const = default;
};

inline namespace literals {
constexpr Bytes operator""_bytes(unsigned long long n) { return {static_cast<std::int64_t>(n)}; }
constexpr Bytes operator""_kib(unsigned long long n) {
  return {static_cast<std::int64_t>(n) * 1024};
}
constexpr BitsPerSecond operator""_mbit(unsigned long long n) {
  return {static_cast<std::int64_t>(n) * 1'000'000};
}
constexpr BitsPerSecond operator""_gbit(unsigned long long n) {
  return {static_cast<std::int64_t>(n) * 1'000'000'000};
}
constexpr double operator""_percent(long double p) { return static_cast<double>(p) / 100; }
constexpr double operator""_percent(unsigned long long p) { return static_cast<double>(p) / 100; }
}  // namespace literals

// Each parses one quantity. Throws BadInput with the text and the remedy: "\"5\" has no unit; write
// \"5s\" or \"5ms\"". The caller prefixes the file and the field.
Nanos parse_duration(std::string_view text);      // ns us ms s m
BitsPerSecond parse_rate(std::string_view text);  // bit kbit mbit gbit, powers of ten as in tc(8)
Bytes parse_size(std::string_view text);          // b k m g, powers of 1024
double parse_percent(std::string_view text);      // "1%" is 0.01; 0 to 100

// The shortest text that parses back to the same quantity: "5ms", "100mbit", "4k", "0.5%".
std::string to_text(Nanos t);
std::string to_text(BitsPerSecond rate);
std::string to_text(Bytes size);
std::string percent_text(double fraction);

}  // namespace mpb
