#include "sys/units.hh"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

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

// How people write durations, and our names.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kDurationWords{
    {{"sec", "s"}, {"second", "s"}, {"msec", "ms"}, {"usec", "us"}, {"min", "m"}, {"minute", "m"}}};

// Our name of a unit that other tools spell differently: "m" for "MB" and "MiB", "mbit" for "Mbit",
// "s" for "seconds". "" if there is none.
std::string_view unit_meant(std::string_view suffix, std::span<const Unit> units) {
  std::string word(suffix);
  for (char& c : word) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  for (const auto& [name, ours] : kDurationWords) {
    if (units.front().name == "ns" && (word == name || word == std::string(name) + "s"))
      return ours;
  }
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

// Parses a non-negative decimal number followed by one of the units; returns it in base units.
// `unitless` is the remedy for a number without a unit, `example` the one for any other mistake.
double parse_quantity(std::string_view text, std::span<const Unit> units, std::string_view unitless,
                      std::string_view example) {
  double value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !std::isfinite(value))
    throw BadInput(fmt::format("\"{}\" is not a quantity; write {}", text, example));
  if (value < 0) throw BadInput(in_quotes(text) + " is negative");
  const std::string_view suffix(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  if (suffix.empty()) throw BadInput(fmt::format("\"{}\" has no unit; write {}", text, unitless));
  for (const Unit& unit : units) {
    if (suffix != unit.name) continue;
    const double scaled = value * unit.factor;
    if (scaled > 9e18) throw BadInput(in_quotes(text) + " is too large");
    return scaled;
  }
  const std::string_view number = text.substr(0, text.size() - suffix.size());
  const std::string_view meant = unit_meant(suffix, units);
  const std::string remedy =
      meant.empty() ? std::string(example) : fmt::format("\"{}{}\"", number, meant);
  throw BadInput(fmt::format("\"{}\" has an unknown unit \"{}\"; write {}", text, suffix, remedy));
}

// The count in the largest unit that leaves a whole number, so that it parses back to the same.
std::string to_text_in(std::int64_t count, std::span<const Unit> units) {
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (count != 0 && count % static_cast<std::int64_t>(unit.factor) == 0) best = &unit;
  }
  return std::to_string(count / static_cast<std::int64_t>(best->factor)) + std::string(best->name);
}

}  // namespace

Nanos parse_duration(std::string_view text) {
  return Nanos{std::llround(parse_quantity(
      text, kDurations, fmt::format("\"{0}s\" or \"{0}ms\"", text), "\"5s\" or \"5ms\""))};
}

BitsPerSecond parse_rate(std::string_view text) {
  return {
      std::llround(parse_quantity(text, kRates, fmt::format("\"{}mbit\"", text), "\"100mbit\""))};
}

Bytes parse_size(std::string_view text) {
  return {std::llround(parse_quantity(text, kSizes, fmt::format("\"{0}b\" or \"{0}k\"", text),
                                      "\"4k\" or \"512b\""))};
}

double parse_percent(std::string_view text) {
  constexpr std::array units{Unit{"%", 0.01}};
  const double fraction = parse_quantity(text, units, fmt::format("\"{}%\"", text), "\"1%\"");
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
