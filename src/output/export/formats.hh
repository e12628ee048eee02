// The formats of output/export/export: each is a file export_*.cc that defines one ExportFormat or
// more, which export.cc declares and lists; and what they share.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/analysis.hh"

namespace mpb {

// What a result does not know, of the formats that want it.
struct ExportContext {
  std::string commit, branch;  // of a history's row
  std::string history;         // the history so far, as text
  std::string history_file;    // its name, for messages
};

// What is to be said of an export. Of two kinds: what is left out of figures that are whole without
// it, and what was asked for and is not there.
struct ExportNotes {
  std::vector<std::string> left_out;
  std::vector<std::string> missing;
};

struct ExportFile {
  std::string name;  // "gbench.json"; what a folder of all formats calls it
  std::string text;
};

// One format: its name as --format takes it, and its files. Most have one; hgrm has one a cell and
// protocol, and hgrm and csv none without a valid run. What could not be added to a history is said
// in the notes, and then the history comes back as it was. Throws BadInput when the history so far
// is none.
struct ExportFormat {
  const char* name;
  std::vector<ExportFile> (*files)(const Analysis& analysis, const ExportContext& context,
                                   ExportNotes& notes);
};

constexpr const char* kHistoryName = "history.csv";

// In quotes, for JSON.
std::string json_string(std::string_view text);

std::string hgrm_text(const Histogram& latency);

struct JunitCase {
  enum Outcome { kPass, kFail, kSkip };
  std::string name;
  Outcome outcome = kPass;
  std::string type, message;  // of what did not pass: "invalid", and why in a line
  std::string text;           // the figures, or all that is to be said of a failure
  std::optional<double> seconds;
};
// A case of its own where runs are missing.
void add_interruption(const Result& result, JunitCase::Outcome outcome,
                      std::vector<JunitCase>& cases);
// Of the whole suite, by name: what no case of its own tells.
using JunitProperties = std::vector<std::pair<std::string, std::string>>;
std::string junit_document(const Result& result, const std::string& suite,
                           const std::vector<JunitCase>& cases,
                           const JunitProperties& properties = {});

}  // namespace mpb
