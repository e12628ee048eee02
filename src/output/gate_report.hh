// The outcomes of a gate as text, as JUnit and as KTAP.
#pragma once

#include <string>
#include <vector>

#include "analysis/gate.hh"

namespace mpb {

std::string to_text(GateVerdict verdict);  // "passes", "WORSE", "inconclusive", ...

// "1.49x to 1.51x"; "-" for none.
std::string interval_text(const GateOutcome& outcome);

// The sentences below the table of outcomes: why some are undecided, and which runs are invalid or
// missing.
std::vector<std::string> gate_sentences(const Result& result,
                                        const std::vector<GateOutcome>& outcomes);

// For the test tab of a CI system: one case for each outcome.
std::string gate_junit(const Result& result, const std::vector<GateOutcome>& outcomes);

// For tests of kernels (Documentation/dev-tools/ktap.rst): one test for each outcome, skipped if
// the outcome is undecided.
std::string gate_ktap(const Result& result, const std::vector<GateOutcome>& outcomes);

}  // namespace mpb
