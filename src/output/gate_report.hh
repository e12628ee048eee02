// The outcomes of a gate as text, as JUnit and as KTAP.
#pragma once

#include <string>
#include <vector>

#include "analysis/gate.hh"

namespace mpb {

std::string to_text(GateVerdict verdict);  // "holds", "WORSE", "inconclusive", ...

// "1.49x to 1.51x"; "-" for none.
std::string interval_text(const GateOutcome& outcome);

// What is to be said below the table of outcomes: why some are not decided, and runs that are not
// valid or missing.
std::vector<std::string> gate_sentences(const Result& result,
                                        const std::vector<GateOutcome>& outcomes);

// For the test tab of a CI system: one case an outcome.
std::string gate_junit(const Result& result, const std::vector<GateOutcome>& outcomes);

// For those who test kernels (Documentation/dev-tools/ktap.rst): a test an outcome, skipped where
// nothing was decided.
std::string gate_ktap(const Result& result, const std::vector<GateOutcome>& outcomes);

}  // namespace mpb
