// A result in the formats that dashboards and CI systems read. The result file is the truth, and every text here follows from it: UTF-8, no
// NaN, no null, the same bytes whatever the locale. A run that is not valid is left out, because readers take its 0 for a measurement; that
// it is left out is said in the notes and in the formats that have a place for it. results/README.md says which file is for whom.
#pragma once

#include <string>
#include <vector>

#include "report/result.hh"

namespace mpb {

// What a result does not know, of the formats that want it.
struct ExportContext {
  std::string commit, branch;  // of a history's row
  std::string history;         // the history so far, as text
  std::string history_file;    // its name, for messages
};

// What is to be said of an export. Of two kinds: what is left out of figures that are whole without it, and
// what was asked for and is not there.
struct ExportNotes {
  std::vector<std::string> left_out;
  std::vector<std::string> missing;
};

struct ExportFile {
  std::string name;  // "gbench.json"; what a folder of all formats calls it
  std::string text;
};

// As --format takes them, in the order of the documentation.
const std::vector<std::string>& export_formats();

// The files of one format: one, but of hgrm one a cell and protocol, and of hgrm and csv none without a valid run. Throws BadInput for a
// format that is none.
std::vector<ExportFile> export_files(const Result& result, const std::string& format, const ExportContext& context, ExportNotes& notes);

constexpr const char* kHistoryName = "history.csv";

}  // namespace mpb
