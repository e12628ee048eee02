// The writers behind report/export, one function a format, and what they share. Each returns the whole text of one file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/export.hh"
#include "report/figures.hh"
#include "report/result.hh"

namespace mpb {

// The shortest text that parses back to the same number, whatever the locale; whole numbers without an exponent.
std::string number(double value);

// In quotes, for JSON.
std::string json_string(std::string_view text);

// "run 3 of 12 (mptcp get 4k) is not a result: ..." of every run that is left out.
std::vector<std::string> omissions(const Result& result);

std::string gbench_text(const Result& result);
std::string gbench_ci_text(const Result& result);
std::string custom_text(const Result& result, bool bigger_is_better);
std::string bmf_text(const Result& result);
std::string openmetrics_text(const Result& result);
std::string junit_text(const Result& result);

struct JunitCase {
  enum Outcome { kPassed, kFailed, kSkipped };
  std::string name;
  Outcome outcome = kPassed;
  std::string type, message;  // of what did not pass: "invalid", and why in a line
  std::string text;           // the figures, or all that is to be said of a failure
  std::optional<double> seconds;
};
// A case of its own where runs are missing.
void add_interruption(const Result& result, JunitCase::Outcome outcome, std::vector<JunitCase>& cases);
std::string junit_document(const Result& result, const std::string& suite, const std::vector<JunitCase>& cases);

std::string markdown_text(const Result& result);
std::string hgrm_text(const Histogram& latency);

// The history with this result's row at its end. A row that could not be added is missing in the notes, and
// then the history comes back as it was. Throws BadInput when the file so far is no history.
std::string csv_text(const Result& result, const ExportContext& context, ExportNotes& notes);

}  // namespace mpb
