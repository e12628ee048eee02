// How a rule is written, and what is said to one that is not.
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
  throw BadInput(rule.where + ": \"" + rule.text + "\": " + why);
}

double parse_number(const GateRule& rule, const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !std::isfinite(value) || value <= 0)
    refuse(rule, "\"" + text + "\" is not a positive number");
  return value;
}

// In the metric's unit. A ratio has none; everything else must be written with its own.
double parse_threshold(const GateRule& rule, const std::string& text) {
  if (!rule.base.empty()) return parse_number(rule, text);
  try {
    switch (rule.metric->unit) {
      case Unit::kRequestsPerSecond:
        if (!text.ends_with("/s"))
          refuse(rule,
                 "\"" + text + "\" has no unit; write \"" + text + "/s\" (requests a second)");
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
    refuse(rule, "\"" + words[0] + "\" is neither a protocol nor two of them; " + kForm);
  }
  rule.metric = find_metric(words[1]);
  if (rule.metric == nullptr) {
    std::string names;
    for (const std::string& name : metric_names()) names += (names.empty() ? "" : ", ") + name;
    refuse(rule, "\"" + words[1] + "\" is no metric; there are " + names);
  }
  const std::size_t cut = words[2].find('/');
  rule.op = words[2].substr(0, cut);
  if (cut != std::string::npos) {
    rule.values = words[2].substr(cut + 1);
  } else if (rule.op == "*") {
    rule.values = "*";
  }
  if (words[3] != "<" && words[3] != ">") refuse(rule, "\"" + words[3] + "\" is neither < nor >");
  rule.fails_below = words[3] == "<";
  rule.threshold = parse_threshold(rule, words[4]);
  return rule;
}

std::string backwards_warning(const GateRule& rule) {
  if (rule.metric->bigger_is_better == rule.fails_below) return "";
  if (!rule.base.empty() && base_of(rule.base) == rule.proto) return "";
  std::string likely = rule.text;
  likely[likely.find_last_of("<>")] = rule.fails_below ? '>' : '<';
  return rule.where + ": warning: \"" + rule.text + "\" fails when " + rule.metric->name + " of " +
         rule.proto + " is good, for " + (rule.metric->bigger_is_better ? "more" : "less") +
         " of it is better; was \"" + likely + "\" meant?";
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
    throw BadInput(file +
                   ": has no rule; write one a line, such as mptcp/tcp throughput get/4k < 1.2");
  return rules;
}

}  // namespace mpb
