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

std::vector<const Figure*> judged_ratios_in(const Analysis& analysis) {
  std::vector<const Figure*> ratios = ratios_in(analysis);
  std::erase_if(ratios, [](const Figure* ratio) {
    const Run& run = *ratio->runs.front();
    return !can_be_judged(*ratio->metric, run) || depends_on_window(*ratio->metric, run);
  });
  return ratios;
}

}  // namespace mpb
