// Rules of gates, one a line: refused with their place, or decided about a result that is in order.
#include "analysis/gate.hh"

#include <algorithm>
#include <cmath>

#include "fuzz.hh"
#include "output/gate_report.hh"
#include "output/terminal.hh"
#include "result/read.hh"

namespace mpb {

namespace {

const Result& golden() {
  static const Result result = read_result(SOURCE_ROOT "/tests/golden/result.json");
  return result;
}

void check_outcome(const GateOutcome& outcome) {
  assert(outcome.p >= 0 && outcome.p <= 1);
  assert(!to_text(outcome.verdict).empty());
  assert(outcome.figure || !outcome.undecided_because.empty() ||
         outcome.verdict == GateVerdict::kInvalid);
  if (outcome.figure) assert(std::isfinite(outcome.figure->value));
}

}  // namespace

}  // namespace mpb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mpb;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto rules = accepted([&] { return parse_gate_rules(text, "gates.txt"); }, "gates.txt:");
  if (!rules || rules->size() > 8) return 0;
  for (const GateRule& rule : *rules) {
    assert(rule.metric != nullptr && std::isfinite(rule.threshold) && rule.threshold >= 0);
    const GateRule again = parse_gate_rule(rule.text, rule.where);
    assert(again.proto == rule.proto && again.threshold == rule.threshold);
  }
  const auto outcomes = accepted([&] { return evaluate(analyse(golden()), *rules); }, "gates.txt:");
  if (!outcomes) return 0;
  assert(outcomes->size() >= rules->size());
  for (const GateOutcome& outcome : *outcomes) check_outcome(outcome);
  const int code = exit_code(golden(), *outcomes);
  assert(code == kOk || code == kFailed || code == kGateWorse || code == kGateInconclusive);
  assert(!gate_text(golden(), *outcomes).empty());
  const std::string junit = gate_junit(golden(), *outcomes);
  assert(std::count(junit.begin(), junit.end(), '<') ==
         std::count(junit.begin(), junit.end(), '>'));
  return 0;
}
