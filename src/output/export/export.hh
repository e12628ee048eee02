// A result in the formats that dashboards and CI systems read. The result file is the truth, and
// every text here follows from it: UTF-8, no NaN, no null, the same bytes whatever the locale. A
// run that is not valid is left out, because readers take its 0 for a measurement; that it is left
// out is said in the notes and in the formats that have a place for it. results/README.md says
// which file is for whom.
#pragma once

#include <string>
#include <vector>

#include "output/export/formats.hh"

namespace mpb {

// As --format takes them, in the order of the documentation.
std::vector<std::string> export_formats();

// The files of one format. Throws BadInput for a format that is none.
std::vector<ExportFile> export_files(const Analysis& analysis, const std::string& format,
                                     const ExportContext& context, ExportNotes& notes);

}  // namespace mpb
