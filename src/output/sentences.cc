#include "output/sentences.hh"

#include <algorithm>
#include <utility>

#include "analysis/runs.hh"
#include "analysis/text.hh"
#include "analysis/verdicts.hh"

namespace mpb {

std::string about(const Analysis& analysis) {
  const Result& result = analysis.result;
  std::string text = scenario_name(result);
  if (text.empty()) text = "your own store";
  text += ", " + result.store.kind + " " + result.store.version;
  if (!result.runs.empty()) {
    const Run& run = result.runs.front();
    const bool one = std::all_of(result.runs.begin(), result.runs.end(),
                                 [&](const Run& other) { return other.rate_rps == run.rate_rps; });
    text += ", " + std::to_string(run.connections) + " connections, " +
            (!run.rate_rps ? "closed loop"
             : one         ? format_count(*run.rate_rps) + " req/s offered"
                           : "open loop at several rates") +
            ", " + fixed(seconds(run.outcome.duration), 1) + " s a run";
    if (const std::string used = congestion_text(result); !used.empty()) text += ", " + used;
  }
  const std::size_t blocks = blocks_of(result);
  if (result.slo) return text + ", a search, " + result.started;
  text += blocks == 1 ? ", one block" : ", " + std::to_string(blocks) + " blocks";
  return text + ", " + result.started;
}

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
