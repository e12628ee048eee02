#include "output/export/json_parts.hh"

#include <fmt/format.h>

#include <algorithm>

namespace mpb {

std::string json_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted += fmt::format("\\u{:04x}", unsigned{byte});
    } else {
      quoted += c;
    }
  }
  quoted += '"';
  return quoted;
}

std::string json_member(const char* name, const std::string& value) {
  return json_string(name) + ": " + value;
}

std::string json_object(const std::vector<std::string>& members) {
  return fmt::format("{{{}}}", fmt::join(members, ", "));
}

std::string json_lines(const std::vector<std::string>& entries, char open, char close,
                       const std::string& indent) {
  if (entries.empty()) return {open, close};
  return fmt::format("{0}\n{1}  {2}\n{1}{3}", open, indent,
                     fmt::join(entries, ",\n" + indent + "  "), close);
}

bool has_bounds(const Figure& figure) { return figure.interval || figure.values.size() > 1; }

Interval bounds_of(const Figure& figure) {
  if (figure.interval) return *figure.interval;
  const auto [least, most] = std::minmax_element(figure.values.begin(), figure.values.end());
  return {*least, *most};
}

}  // namespace mpb
