// A result in the formats that dashboards and CI systems read. Every file is computed from the
// result alone: UTF-8, no NaN, the same bytes whatever the locale. Only metrics.json
// has nulls, because its readers take an absent latency for 0. Invalid runs are left out, because
// readers would take their 0 for a measurement. The notes name them, and so do the formats that
// have a place for it. results/README.md lists the readers of each file.
#pragma once

#include <string>
#include <vector>

#include "output/export/formats.hh"

namespace mpb {

// As --format takes them, in the order of the documentation.
std::vector<std::string> export_formats();

// The files of one format. Throws BadInput for an unknown format.
std::vector<ExportFile> export_files(const Analysis& analysis, const std::string& format,
                                     const ExportContext& context, ExportNotes& notes);

}  // namespace mpb
