#include "result/slo_rule.hh"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sys/error.hh"
#include "sys/units.hh"

namespace mpb {

namespace {

constexpr std::array<std::pair<const char*, double>, 5> kMeasures{
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"mean", 0}}};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

SloRule parse_slo(std::string_view text) {
  const auto bad = [&](const std::string& why) {
    return BadInput(fmt::format(
        "\"{}\" {}; write a rule such as 'p99 < 20ms', with p50, p90, p99, p99.9 or mean", text,
        why));
  };
  const std::size_t sign = text.find('<');
  if (sign == std::string_view::npos) throw bad("has no \"<\" or \"<=\"");
  SloRule rule;
  rule.name = trimmed(text.substr(0, sign));
  const auto measure = std::find_if(kMeasures.begin(), kMeasures.end(),
                                    [&](const auto& m) { return m.first == rule.name; });
  if (measure == kMeasures.end())
    throw bad(fmt::format("names \"{}\", which is not a latency", rule.name));
  rule.q = measure->second;
  std::string_view bound = text.substr(sign + 1);
  rule.or_equal = bound.starts_with('=');
  if (rule.or_equal) bound.remove_prefix(1);
  rule.bound = parse_duration(trimmed(bound));
  if (rule.bound <= 0ns) throw bad("has a bound that no latency satisfies");
  return rule;
}

std::string to_text(const SloRule& rule) {
  return rule.name + (rule.or_equal ? " <= " : " < ") + mpb::to_text(rule.bound);
}

}  // namespace mpb
