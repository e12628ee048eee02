#include "report/text.hh"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <numeric>

#include "sys/escape.hh"

namespace mpb {

std::string percent(double fraction, int decimals) { return fixed(100 * fraction, decimals) + "%"; }

std::string milliseconds(double ns) {
  const double ms = ns / 1e6;
  return fixed(ms, ms < 1 ? 3 : ms < 10 ? 2 : ms < 100 ? 1 : 0);
}

std::string render(const std::vector<Row>& cells, std::size_t words) {
  std::vector<Row> rows = cells;
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = for_terminal(row[i]);
      widths[i] = std::max(widths[i], columns_of(row[i]));
    }
  }
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (r == 1)
      text +=
          "  " +
          std::string(std::accumulate(widths.begin(), widths.end(), 2 * (widths.size() - 1)), '-') +
          "\n";
    std::string line = "  ";
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      const std::string padding(widths[i] - columns_of(rows[r][i]), ' ');
      line += i < words ? rows[r][i] + padding : padding + rows[r][i];
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string line_of(const std::string& sentence) { return "  " + for_terminal(sentence) + "\n"; }

std::string grouped(double value) {
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

}  // namespace mpb
