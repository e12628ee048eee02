// The output of the commands on a terminal: a result, the outcomes of a gate, or two results side
// by side.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.hh"
#include "analysis/gate.hh"
#include "analysis/published.hh"

namespace mpb {

// `title`, the answer, the tables, and a sentence for every invalid run.
std::string terminal_text(const Analysis& analysis, const std::string& title,
                          const std::optional<Published>& published = std::nullopt);

std::string gate_text(const Result& result, const std::vector<GateOutcome>& outcomes);

// The differences, then the table. Throws BadInput with the differences if the two cannot be
// compared. The names are those of the files; for `allowed` see differences().
std::string compare_text(const Analysis& a, const std::string& name_a, const Analysis& b,
                         const std::string& name_b, const std::vector<std::string>& allowed = {});

}  // namespace mpb
