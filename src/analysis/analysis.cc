#include "analysis/analysis.hh"

#include "analysis/headline.hh"

namespace mpb {

Analysis analyse(const Result& result) {
  std::vector<RunGroup> groups = groups_of(result);
  std::vector<SloAnswer> answers = slo_answers(result);
  std::vector<Figure> figures = figures_of(result, groups, answers);
  std::vector<Explanation> explanations = explain(result, groups);
  return {result, std::move(groups), std::move(figures), std::move(explanations),
          std::move(answers)};
}

std::vector<const Figure*> ratios_in(const Analysis& analysis) {
  std::vector<const Figure*> ratios;
  for (const Figure& figure : analysis.figures) {
    if (figure.comparison) ratios.push_back(&figure);
  }
  put_headlines_first(ratios, analysis.groups);
  return ratios;
}

}  // namespace mpb
