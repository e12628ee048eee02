// Parses rules, and reports the ones that are malformed or probably reversed.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>

#include "analysis/gate.hh"
#include "result/protocol.hh"
#include "sys/error.hh"
#include "sys/units.hh"

namespace mpb {

namespace {

constexpr const char* kForm =
    "write PROTO/BASE METRIC OP/SIZE < RATIO, as in 'mptcp/tcp throughput get/4k < 1.2'";

[[noreturn]] void refuse(const GateRule& rule, const std::string& why) {
  throw BadInput(fmt::format("{}: \"{}\": {}", rule.where, rule.text, why));
}

double parse_number(const GateRule& rule, const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !std::isfinite(value) || value <= 0)
    refuse(rule, fmt::format("\"{}\" is not a positive number", text));
  return value;
}

// In the metric's unit, which must be written, except in the rule of a ratio, which has none.
double parse_threshold(const GateRule& rule, const std::string& text) {
  if (!rule.base.empty()) return parse_number(rule, text);
  try {
    switch (rule.metric->unit) {
      case Unit::kRequestsPerSecond:
        if (!text.ends_with("/s"))
          refuse(rule,
                 fmt::format("\"{0}\" has no unit; write \"{0}/s\" (requests per second)", text));
        return parse_number(rule, text.substr(0, text.size() - 2));
      case Unit::kBitsPerSecond:
        return static_cast<double>(parse_rate(text).count);
      case Unit::kNanoseconds:
        return static_cast<double>(parse_duration(text).count());
    }
  } catch (const BadInput& error) {
    if (std::string(error.what()).rfind(rule.where, 0) == 0) throw;
    refuse(rule, error.what());
  }
  return 0;
}

}  // namespace

GateRule parse_gate_rule(const std::string& text, const std::string& where) {
  GateRule rule;
  rule.text = text;
  rule.where = where;
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  if (words.size() != 5) refuse(rule, std::string("is not a rule; ") + kForm);

  const std::size_t slash = words[0].find('/');
  rule.proto = words[0].substr(0, slash);
  if (slash != std::string::npos) rule.base = words[0].substr(slash + 1);
  if (rule.proto.empty() ||
      (slash != std::string::npos && (rule.base.empty() || rule.base == rule.proto))) {
    refuse(rule, fmt::format("\"{}\" is neither PROTO nor PROTO/BASE; {}", words[0], kForm));
  }
  rule.metric = find_metric(words[1]);
  if (rule.metric == nullptr)
    refuse(rule, fmt::format("\"{}\" is not a metric; the metrics are {}", words[1],
                             fmt::join(metric_names(), ", ")));
  const std::size_t cut = words[2].find('/');
  rule.op = words[2].substr(0, cut);
  if (cut != std::string::npos) {
    rule.values = words[2].substr(cut + 1);
  } else if (rule.op == "*") {
    rule.values = "*";
  }
  if (words[3] != "<" && words[3] != ">")
    refuse(rule, fmt::format("\"{}\" is neither < nor >", words[3]));
  rule.fails_below = words[3] == "<";
  rule.threshold = parse_threshold(rule, words[4]);
  return rule;
}

std::string backwards_warning(const GateRule& rule) {
  if (rule.metric->bigger_is_better == rule.fails_below) return "";
  if (!rule.base.empty() && base_of(rule.base) == rule.proto) return "";
  std::string likely = rule.text;
  likely[likely.find_last_of("<>")] = rule.fails_below ? '>' : '<';
  return fmt::format(
      "{}: warning: \"{}\" fails when {} of {} is good, because {} of it is better; was \"{}\" "
      "meant?",
      rule.where, rule.text, rule.metric->name, rule.proto,
      rule.metric->bigger_is_better ? "more" : "less", likely);
}

std::vector<GateRule> parse_gate_rules(const std::string& text, const std::string& file) {
  std::vector<GateRule> rules;
  std::istringstream stream(text);
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    line.resize(std::min(line.find('#'), line.size()));
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    while (std::string(" \t\r").find(line.back()) != std::string::npos) line.pop_back();
    line.erase(0, line.find_first_not_of(" \t"));
    rules.push_back(parse_gate_rule(line, file + ":" + std::to_string(number)));
  }
  if (rules.empty())
    throw BadInput(fmt::format(
        "{}: contains no rule; write one per line, such as mptcp/tcp throughput get/4k < 1.2",
        file));
  return rules;
}

}  // namespace mpb
