// `mptcp-bench gate`: whether a result is good enough, by rules that describe when it is not.
//
//   mptcp/tcp throughput get/4k < 1.2     a ratio within blocks, of one operation and value size
//   mptcp/tcp p99 * > 1.5                 in every cell
//   mptcp throughput set/16k < 1200/s     a figure by itself
//   mptcp p99 get/* > 20ms
//
// A rule fails when the figure's exact interval lies on the failing side, holds when it lies on the
// other, and is inconclusive in between. All rules are decided together: their p are adjusted by
// Holm's method, so that a good result fails at most one time in twenty, with any number of rules.
// More outcomes (a rule in a cell) need more blocks. With too few, no figure could fail, however
// bad it is, and that is an outcome of its own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.hh"

namespace mpb {

struct GateRule {
  std::string text;   // as written
  std::string where;  // for messages: "--fail-if", "gates.txt:3"
  std::string proto;
  std::string base;  // of a ratio; otherwise empty
  const Metric* metric = nullptr;
  std::string op, values;  // "*" for all; without `values`, `op` is the cell's name: "get_4k_c200"
  bool fails_below = false;
  double threshold = 0;  // of a ratio, or in the metric's unit
};

// Throws BadInput with the place, the fault and the correct form.
GateRule parse_gate_rule(const std::string& text, const std::string& where);

// One rule per line; a # begins a comment. Throws BadInput, also if there is no rule.
std::vector<GateRule> parse_gate_rules(const std::string& text, const std::string& file);

// A warning about a rule that fails if the figure is good, with the rule that was probably meant;
// "" for any other rule. A ratio of a base to its competitor, such as tcp/mptcp, is not reported.
std::string backwards_warning(const GateRule& rule);

// kTooFewBlocks: with this number of blocks the rule can neither fail nor hold, whatever the
// figures.
enum class GateVerdict { kHolds, kWorse, kInconclusive, kTooFewBlocks, kInvalid };

struct GateOutcome {
  GateRule rule;
  std::string cell;               // "get_4k"; "get_4k with bbr" where several compete
  std::string shown_cell;         // the same as tables have it: "GET 4k"
  std::size_t made = 0;           // blocks that have a run, valid or not
  std::optional<Figure> figure;   // nothing if no run is valid
  std::string undecided_because;  // if it is undecided although there are valid runs
  double p = 1;           // that the figure equals the threshold, adjusted over all outcomes
  GateVerdict verdict{};  // kInvalid: no run is valid
  std::optional<std::size_t> more;  // if undecided: the number of additional blocks needed
};

// One outcome for every rule and cell that it is about. Throws BadInput for a rule that is about no
// cell, with the cells and protocols of the result.
std::vector<GateOutcome> evaluate(const Analysis& analysis, const std::vector<GateRule>& rules);

// The number of outcomes of the rules in a result with these groups. Throws like evaluate().
std::size_t outcomes_of(const Result& result, const std::vector<RunGroup>& groups,
                        const std::vector<GateRule>& rules);

// 3 if a rule failed; otherwise 1 if an outcome is invalid; otherwise 4 if one is undecided or runs
// are missing; otherwise 0.
int exit_code(const Result& result, const std::vector<GateOutcome>& outcomes);

}  // namespace mpb
