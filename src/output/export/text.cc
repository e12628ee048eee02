// The tables as a run prints them on a terminal.
#include "analysis/figure_names.hh"
#include "analysis/published.hh"
#include "analysis/verdicts.hh"
#include "output/export/formats.hh"
#include "output/sentences.hh"
#include "output/terminal.hh"

namespace mpb {

extern const ExportFormat kText{
    "text",
    [](const Analysis& analysis, const ExportContext&, ExportNotes&) -> std::vector<ExportFile> {
      const std::optional<Published> published = published_for(scenario_name(analysis.result));
      return {{"summary.txt", terminal_text(analysis, about(analysis), published)}};
    }};

}  // namespace mpb
