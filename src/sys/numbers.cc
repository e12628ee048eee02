#include "sys/numbers.hh"

#include <array>
#include <charconv>

namespace mpb {

std::string fixed(double value, int decimals) {
  std::array<char, 400> text;  // 309 digits before the point
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 std::chars_format::fixed, decimals);
  return {text.data(), end.ptr};
}

std::string shortest(double value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end.ptr};
}

}  // namespace mpb
