#include "analysis/text.hh"

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

namespace mpb {

std::string percent(double fraction, int decimals) {
  return fixed(100 * fraction, decimals) + " %";
}

std::string milliseconds(double ns) {
  const double ms = ns / 1e6;
  return fixed(ms, ms < 1 ? 3 : ms < 10 ? 2 : ms < 100 ? 1 : 0);
}

std::string format_count(double value) {
  if (value < 100) return fixed(value, 1);
  std::string digits = fixed(value, 0);
  for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), 1, ',');
  return digits;
}

std::string number(double value) {
  std::array<char, 32> text;
  const bool whole = std::abs(value) < 1e15 && std::trunc(value) == value;
  const std::to_chars_result end =
      whole ? std::to_chars(text.data(), text.data() + text.size(), static_cast<long long>(value))
            : std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end.ptr};
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string title_name(const std::string& name) {
  return name == "tcp" || name == "mptcp" ? upper(name) : name;
}

}  // namespace mpb
