// JUnit XML, which every CI system shows as a list of tests: the outcomes of a gate, or the runs of
// a result.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "result/result.hh"

namespace mpb {

struct JunitCase {
  enum Outcome { kPass, kFail, kSkip };
  std::string name;
  Outcome outcome = kPass;
  std::string type, message;  // unless it passed: "invalid", and the reason in one line
  std::string text;           // the figures, or the whole description of a failure
  std::optional<double> seconds;
};

// Adds a case if runs of the experiment are missing.
void add_interruption(const Result& result, JunitCase::Outcome outcome,
                      std::vector<JunitCase>& cases);

// Names and values that belong to the whole suite rather than to a case.
using JunitProperties = std::vector<std::pair<std::string, std::string>>;

std::string junit_document(const Result& result, const std::string& suite,
                           const std::vector<JunitCase>& cases,
                           const JunitProperties& properties = {});

}  // namespace mpb
