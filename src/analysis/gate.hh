// `mptcp-bench gate`: whether a result is good enough, by rules that say when it is not.
//
//   mptcp/tcp throughput get/4k < 1.2     a ratio within blocks, of one operation and value size
//   mptcp/tcp p99 * > 1.5                 in every cell
//   mptcp throughput set/16k < 1200/s     a figure by itself
//   mptcp p99 get/* > 20ms
//
// A rule fails when the figure's exact interval lies on the failing side, holds when it lies on the
// other, and is inconclusive in between. All rules are decided upon together: their p are adjusted
// by Holm's method, so that with any number of rules a good result fails in at most one of twenty
// times. The more outcomes (a rule in a cell), the more blocks they need: with fewer no figure,
// however bad, could fail, and that is an outcome of its own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.hh"

namespace mpb {

struct GateRule {
  std::string text;   // as written
  std::string where;  // "--fail-if", "gates.txt:3": for messages
  std::string proto;
  std::string base;  // of a ratio; otherwise empty
  const Metric* metric = nullptr;
  std::string op, values;  // "*" for all; or `op` alone is a cell's whole name, "get_4k_c200"
  bool fails_below = false;
  double threshold = 0;  // of a ratio, or in the metric's unit
};

// Throws BadInput that says where, what and how it is written.
GateRule parse_gate_rule(const std::string& text, const std::string& where);

// One a line; what follows a # is for people. Throws BadInput, also when there is none.
std::vector<GateRule> parse_gate_rules(const std::string& text, const std::string& file);

// What a rule that is probably written the wrong way round fails for, and the likely one; "" for
// any other. tcp/mptcp, the ratio of a base to what is compared with it, is meant that way.
std::string backwards_warning(const GateRule& rule);

// kTooFewBlocks: whatever the figures, the rule can neither fail nor hold with these blocks.
enum class GateVerdict { kHolds, kWorse, kInconclusive, kTooFewBlocks, kInvalid };

struct GateOutcome {
  GateRule rule;
  std::string cell;                 // "get_4k"; "get_4k with bbr" where several compete
  std::size_t made = 0;             // blocks that have a run of it
  std::optional<Figure> figure;     // nothing when no run of it is valid
  std::string undecided_because;    // why nothing is decided although there are valid runs
  double p = 1;                     // of the figure being the threshold, adjusted over all outcomes
  GateVerdict verdict{};            // kInvalid: no run can be believed
  std::optional<std::size_t> more;  // undecided: how many blocks more it would take
};

// Every cell that a rule is about. Throws BadInput for a rule that is about none, with what there
// is.
std::vector<GateOutcome> evaluate(const Analysis& analysis, const std::vector<GateRule>& rules);

// How many outcomes the rules have in a result with such groups, whatever its figures. Throws like
// evaluate().
std::size_t outcomes_of(const Result& result, const std::vector<RunGroup>& groups,
                        const std::vector<GateRule>& rules);

// 3 when one is worse, else 1 when one is invalid, else 4 when one is undecided or runs are
// missing, else 0.
int exit_code(const Result& result, const std::vector<GateOutcome>& outcomes);

}  // namespace mpb
