#include "sys/units.hh"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

#include "sys/error.hh"
#include "sys/numbers.hh"

namespace mpb {

namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array kDurations{Unit{"ns", 1}, Unit{"us", 1e3}, Unit{"ms", 1e6}, Unit{"s", 1e9},
                                Unit{"m", 60e9}};
constexpr std::array kRates{Unit{"bit", 1}, Unit{"kbit", 1e3}, Unit{"mbit", 1e6},
                            Unit{"gbit", 1e9}};
constexpr std::array kSizes{Unit{"b", 1}, Unit{"k", 1024}, Unit{"m", 1024.0 * 1024},
                            Unit{"g", 1024.0 * 1024 * 1024}};

// The unit that a word of other tools stands for: "MB" and "MiB" for "m", "Mbit" for "mbit"; or "".
std::string_view unit_meant(std::string_view suffix, std::span<const Unit> units) {
  std::string word(suffix);
  for (char& c : word) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  const bool sizes = units.front().name == "b";
  for (const std::string_view tail : {"", "b", "ib"}) {
    if (!word.ends_with(tail) || (!tail.empty() && !sizes)) continue;
    const std::string_view stem = std::string_view(word).substr(0, word.size() - tail.size());
    for (const Unit& unit : units) {
      if (stem == unit.name) return unit.name;
    }
  }
  return "";
}

// A non-negative decimal number followed by one of the units, nothing else; the result in base
// units. `unitless` and `example` are what to suggest for a number without a unit and for anything
// else.
double parse_quantity(std::string_view text, std::span<const Unit> units, std::string_view unitless,
                      std::string_view example) {
  double value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !std::isfinite(value))
    throw BadInput(in_quotes(text) + " is not a quantity; write " + std::string(example));
  if (value < 0) throw BadInput(in_quotes(text) + " is negative");
  const std::string_view suffix(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  if (suffix.empty())
    throw BadInput(in_quotes(text) + " has no unit; write " + std::string(unitless));
  for (const Unit& unit : units) {
    if (suffix != unit.name) continue;
    const double scaled = value * unit.factor;
    if (scaled > 9e18) throw BadInput(in_quotes(text) + " is too large");
    return scaled;
  }
  const std::string_view number = text.substr(0, text.size() - suffix.size());
  const std::string_view meant = unit_meant(suffix, units);
  throw BadInput(
      in_quotes(text) + " has an unknown unit " + in_quotes(suffix) + "; write " +
      (meant.empty() ? std::string(example) : in_quotes(std::string(number) + std::string(meant))));
}

// In the largest unit that leaves a whole number, so that it parses back to the same count.
std::string to_text_in(std::int64_t count, std::span<const Unit> units) {
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (count != 0 && count % static_cast<std::int64_t>(unit.factor) == 0) best = &unit;
  }
  return std::to_string(count / static_cast<std::int64_t>(best->factor)) + std::string(best->name);
}

}  // namespace

Nanos parse_duration(std::string_view text) {
  const std::string t(text);
  return Nanos{std::llround(parse_quantity(
      text, kDurations, in_quotes(t + "ms") + " or " + in_quotes(t + "us"), "\"5ms\""))};
}

BitsPerSecond parse_rate(std::string_view text) {
  return {std::llround(
      parse_quantity(text, kRates, in_quotes(std::string(text) + "mbit"), "\"100mbit\""))};
}

Bytes parse_size(std::string_view text) {
  const std::string t(text);
  return {std::llround(parse_quantity(
      text, kSizes, in_quotes(t + "b") + " or " + in_quotes(t + "k"), "\"4k\" or \"512b\""))};
}

double parse_percent(std::string_view text) {
  constexpr std::array units{Unit{"%", 0.01}};
  const double fraction = parse_quantity(text, units, in_quotes(std::string(text) + "%"), "\"1%\"");
  if (fraction > 1) throw BadInput(in_quotes(text) + " is more than 100%");
  return fraction;
}

std::string to_text(Nanos t) { return to_text_in(t.count(), std::span(kDurations).first(4)); }
std::string to_text(BitsPerSecond rate) { return to_text_in(rate.count, kRates); }
std::string to_text(Bytes size) { return to_text_in(size.count, kSizes); }
std::string percent_text(double fraction) {
  return shortest(std::round(fraction * 1e11) / 1e9) + "%";
}

}  // namespace mpb
