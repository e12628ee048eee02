// github-action-benchmark's customSmallerIsBetter: the metrics for which smaller is better.
#include "output/export/custom.hh"
#include "output/export/formats.hh"

namespace mpb {

extern const ExportFormat kCustomSmaller{
    "custom-smaller",
    [](const Analysis& analysis, const ExportContext&, ExportNotes&) -> std::vector<ExportFile> {
      return {{"custom-smaller.json", custom_entries(analysis, false)}};
    }};

}  // namespace mpb
