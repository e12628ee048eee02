#include "report/analysis.hh"

namespace mpb {

Analysis analyse(const Result& result) {
  return {result, groups_of(result), figures_of(result), explain(result), slo_answers(result)};
}

std::vector<const Figure*> ratios_in(const Analysis& analysis) {
  std::vector<const Figure*> ratios;
  for (const Figure& figure : analysis.figures) {
    if (figure.comparison) ratios.push_back(&figure);
  }
  return ratios;
}

}  // namespace mpb
