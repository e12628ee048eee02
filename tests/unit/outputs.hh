// Outputs of invented results.
#pragma once

#include <string>
#include <vector>

#include "analysis/analysis.hh"
#include "analysis/gate.hh"
#include "output/export/export.hh"
#include "output/gate_report.hh"
#include "output/tables.hh"
#include "output/terminal.hh"
#include "result/result.hh"

namespace mpb {

inline std::string exported(const Result& result, const std::string& format) {
  ExportNotes notes;
  return export_files(analyse(result), format, {}, notes).at(0).text;
}

inline std::vector<GateOutcome> gate(const Result& result, const std::vector<std::string>& rules) {
  std::vector<GateRule> parsed;
  for (const std::string& rule : rules) parsed.push_back(parse_gate_rule(rule, "--fail-if"));
  return evaluate(analyse(result), parsed);
}

// Of a result that has all its runs.
inline int exit_code(const std::vector<GateOutcome>& outcomes) {
  return exit_code(Result{}, outcomes);
}
inline std::string gate_text(const std::vector<GateOutcome>& outcomes) {
  return gate_text(Result{}, outcomes);
}

inline std::string ratios_of(const Analysis& analysis) { return to_text(ratio_table(analysis)); }

}  // namespace mpb
