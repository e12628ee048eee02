#include "output/sentences.hh"

#include <algorithm>
#include <utility>

#include "analysis/runs.hh"
#include "analysis/verdicts.hh"

namespace mpb {

std::vector<std::string> remark_sentences(const Analysis& analysis) {
  std::vector<std::string> sentences = outlier_sentences(analysis);
  const std::vector<Run>& runs = analysis.result.runs;
  for (const Run& run : runs) {
    if (!run.valid()) continue;
    if (std::string sentence = trouble_sentence(run, runs.size()); !sentence.empty())
      sentences.push_back(std::move(sentence));
  }
  return sentences;
}

bool has_intervals(const Analysis& analysis) {
  const std::vector<const Figure*> ratios = ratios_in(analysis);
  return std::any_of(ratios.begin(), ratios.end(),
                     [](const Figure* ratio) { return ratio->interval.has_value(); });
}

}  // namespace mpb
