#include "cmd/title.hh"

#include <fmt/format.h>

#include "analysis/text.hh"
#include "analysis/verdicts.hh"

namespace mpb {

std::string until_text(const ExperimentOptions& e, const Result& result) {
  if (e.until_ci == 0) return "";
  const std::string asked = percent_text(e.until_ci);
  const std::optional<double> widest = widest_interval(result);
  if (!widest) {
    return fmt::format(
        "\n  --until-ci {}: an interval is missing, because it has too few valid runs\n", asked);
  }
  return fmt::format("\n  --until-ci {}: {} with {} blocks; the widest interval is ±{}\n", asked,
                     *widest <= e.until_ci ? "reached" : "NOT reached", blocks_of(result),
                     percent(*widest, 1));
}

}  // namespace mpb
