#include "output/export/export.hh"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sys/error.hh"

namespace mpb {

// Each is defined in a file of this folder, which has the format's name.
extern const ExportFormat kGbench, kGbenchCi, kCustomSmaller, kCustomBigger, kBmf, kOpenMetrics,
    kJunit, kMarkdown, kText, kHgrm, kCsv, kValkeyCsv, kValkeyPerf;

namespace {

// In the order of the documentation.
const std::array kFormats{&kGbench,      &kGbenchCi,  &kCustomSmaller, &kCustomBigger, &kBmf,
                          &kOpenMetrics, &kJunit,     &kMarkdown,      &kText,         &kHgrm,
                          &kCsv,         &kValkeyCsv, &kValkeyPerf};

}  // namespace

std::vector<std::string> export_formats() {
  std::vector<std::string> names;
  for (const ExportFormat* format : kFormats) names.emplace_back(format->name);
  return names;
}

std::vector<ExportFile> export_files(const Analysis& analysis, const std::string& format,
                                     const ExportContext& context, ExportNotes& notes) {
  const auto found = std::find_if(kFormats.begin(), kFormats.end(),
                                  [&](const ExportFormat* f) { return f->name == format; });
  if (found == kFormats.end())
    throw BadInput(
        fmt::format("--format: there is no format \"{}\"; see mptcp-bench export --help", format));
  return (*found)->files(analysis, context, notes);
}

}  // namespace mpb
