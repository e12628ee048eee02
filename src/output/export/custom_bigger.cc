// github-action-benchmark's customBiggerIsBetter: the metrics for which bigger is better.
#include "output/export/custom.hh"
#include "output/export/formats.hh"

namespace mpb {

extern const ExportFormat kCustomBigger{
    "custom-bigger",
    [](const Analysis& analysis, const ExportContext&, ExportNotes&) -> std::vector<ExportFile> {
      return {{"custom-bigger.json", custom_entries(analysis, true)}};
    }};

}  // namespace mpb
