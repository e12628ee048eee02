// An export format. Each is a file of this folder that defines one ExportFormat, which export.cc
// declares and lists.
#pragma once

#include <string>
#include <vector>

#include "analysis/analysis.hh"

namespace mpb {

// Information that a result does not contain, for the formats that need it.
struct ExportContext {
  std::string commit, branch;  // for a row of the history
  std::string history;         // the text of the history so far
  std::string history_file;    // its name, for messages
};

// Messages of an export: data that was left out although the file is complete without it, and
// output that was requested but could not be written.
struct ExportNotes {
  std::vector<std::string> left_out;
  std::vector<std::string> missing;
};

struct ExportFile {
  std::string name;  // "gbench.json", the name in a folder of all formats
  std::string text;
};

// The name as --format takes it, and the function that makes the files. Most formats have one file;
// hgrm has one for each cell and protocol. Without a valid run, hgrm, csv, valkey-csv and
// valkey-perf have none. A format that cannot add to a history returns it unchanged and says so in
// the notes. Throws BadInput if the history so far is not one.
struct ExportFormat {
  const char* name;
  std::vector<ExportFile> (*files)(const Analysis& analysis, const ExportContext& context,
                                   ExportNotes& notes);
};

constexpr const char* kHistoryName = "history.csv";

}  // namespace mpb
