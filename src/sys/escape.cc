#include "sys/escape.hh"

#include <algorithm>
#include <array>
#include <cstdint>

namespace mpb {

namespace {

// The next character of a text. `valid` is false for a byte that does not begin a well-formed UTF-8
// sequence (RFC 3629); such a byte counts as one character.
struct Character {
  char32_t code = 0;
  std::size_t length = 1;
  bool valid = true;
};

Character next_of(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead};
  const Character broken{lead, 1, false};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return broken;
  char32_t code = lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return broken;
    code = code << 6U | (byte(i) & 0x3fU);
  }
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < kLeast[length] || code > 0x10ffff || surrogate) return broken;
  return {code, length};
}

bool is_visible(const Character& character) {
  const char32_t c = character.code;
  const bool control = c < 0x20 || (c >= 0x7f && c <= 0x9f);
  const bool reorders = c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
                        (c >= 0x2066 && c <= 0x2069);
  const bool breaks_lines = c == 0x2028 || c == 0x2029;
  const bool not_in_xml = c == 0xfffe || c == 0xffff;
  return character.valid && !control && !reorders && !breaks_lines && !not_in_xml;
}

std::string escape_of(const Character& character) {
  constexpr const char* kDigits = "0123456789abcdef";
  const char32_t c = character.code;
  if (c == '\n') return "\\n";
  if (c == '\r') return "\\r";
  if (c == '\t') return "\\t";
  const bool byte = c < 0x80 || !character.valid;
  std::string text = byte ? "\\x" : "\\u";
  for (int shift = byte ? 4 : 12; shift >= 0; shift -= 4)
    text += kDigits[c >> static_cast<unsigned>(shift) & 15U];
  return text;
}

// Rewrites a text character by character: `visible` gets each visible one, `invisible` the others.
template <class Visible, class Invisible>
std::string rewritten(std::string_view text, Visible visible, Invisible invisible) {
  std::string all;
  while (!text.empty()) {
    const Character character = next_of(text);
    all += is_visible(character) ? visible(text.substr(0, character.length)) : invisible(character);
    text.remove_prefix(character.length);
  }
  return all;
}

bool is_wide(char32_t c) {
  using Range = std::array<char32_t, 2>;
  constexpr std::array<Range, 10> kWide{
      Range{0x1100, 0x115f}, {0x2e80, 0xa4cf},  {0xac00, 0xd7a3}, {0xf900, 0xfaff},
      {0xfe30, 0xfe6f},      {0xff00, 0xff60},  {0xffe0, 0xffe6}, {0x1f300, 0x1f64f},
      {0x1f900, 0x1f9ff},    {0x20000, 0x3fffd}};
  return std::any_of(kWide.begin(), kWide.end(),
                     [c](const Range& range) { return c >= range[0] && c <= range[1]; });
}

std::string as_is(std::string_view character) { return std::string(character); }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Whether `c`, followed by `next` (0 at the end of the text), has no meaning in the Markdown of
// GitHub and GitLab. A period, a colon or a percent sign before a word may be part of a link, an
// emoji or a reference.
bool is_plain(char c, char next) {
  if (is_letter(c) || is_digit(c)) return true;
  const bool ends = next == 0 || std::string_view(" ,;.):\"").find(next) != std::string_view::npos;
  if (c == '.') return ends || is_digit(next);
  if (c == ':' || c == '%') return ends;
  return std::string_view(" ,;()/+-='\"?").find(c) != std::string_view::npos;
}

// Whether no part of the text has a meaning in Markdown, at any place of a line or a cell. Other
// alphabets are shown in code spans, except for the two signs that our own figures contain.
bool is_plain_in_markdown(std::string_view text) {
  if (text == "-") return true;
  if (text.find("www") != std::string_view::npos) return false;  // an address even without a scheme
  std::string ascii(text);
  for (const std::string_view sign : {"\u00b1", "\u2265"}) {
    for (std::size_t at = 0; (at = ascii.find(sign, at)) != std::string::npos;)
      ascii.replace(at, sign.size(), "0");
  }
  const bool is_signed =
      (ascii[0] == '-' || ascii[0] == '+') && ascii.size() > 1 && is_digit(ascii[1]);
  if (!is_letter(ascii[0]) && !is_digit(ascii[0]) && !is_signed) return false;
  for (std::size_t i = 0; i < ascii.size(); ++i) {
    if (!is_plain(ascii[i], i + 1 < ascii.size() ? ascii[i + 1] : '\0')) return false;
  }
  return true;
}

}  // namespace

std::string for_terminal(std::string_view text) { return rewritten(text, as_is, escape_of); }

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Character character = next_of(text);
    const bool combining = character.code >= 0x300 && character.code <= 0x36f;
    columns += combining ? 0 : is_wide(character.code) ? 2 : 1;
    text.remove_prefix(character.length);
  }
  return columns;
}

std::string for_csv(std::string_view text) {
  std::string cell = for_terminal(text);
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos)
    cell.insert(0, 1, '\'');
  if (cell.find_first_of(",\"") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

std::string for_markdown(std::string_view text) {
  if (text.find_first_not_of(' ') == std::string_view::npos) return "-";
  if (is_plain_in_markdown(text)) return std::string(text);
  const auto without_fence = [](std::string_view c) {
    return c == "`" ? std::string("'") : std::string(c);
  };
  return "`" + rewritten(text, without_fence, escape_of) + "`";
}

// A bar ends the cell, even in a code span. In tables of GitHub it is text only behind exactly one
// backslash: behind two it ends the cell again.
std::string for_markdown_cell(std::string_view text) {
  std::string cell;
  for (const char c : for_markdown(text)) {
    const bool escaped = !cell.empty() && cell.back() == '\\';
    cell += c != '|' ? std::string(1, c) : escaped ? "\\x7c" : "\\|";
  }
  return cell;
}

std::string for_markup(std::string_view text) {
  const auto reference = [](std::string_view c) -> std::string {
    if (c == "&") return "&amp;";
    if (c == "<") return "&lt;";
    if (c == ">") return "&gt;";
    if (c == "\"") return "&quot;";
    if (c == "'") return "&#39;";
    return std::string(c);
  };
  const auto invisible = [](const Character& character) -> std::string {
    if (character.code == '\n') return "&#10;";
    if (character.code == '\t') return "&#9;";
    return escape_of(character);
  };
  return rewritten(text, reference, invisible);
}

std::string for_shell(std::string_view word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:/@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos)
    return std::string(word);
  if (for_terminal(word) == word) {
    return "'" +
           rewritten(
               word, [](std::string_view c) { return c == "'" ? "'\\''" : std::string(c); },
               escape_of) +
           "'";
  }
  const auto quoted = [](std::string_view c) {
    return c == "'" || c == "\\" ? "\\" + std::string(c) : std::string(c);
  };
  return "$'" + rewritten(word, quoted, escape_of) + "'";
}

}  // namespace mpb
