#include "analysis/runs.hh"

#include "analysis/text.hh"

namespace mpb {

namespace {

std::string name_in_order(const Run& run, std::size_t runs) {
  return "run " + std::to_string(run.order + 1) + " of " + std::to_string(runs) + " (" +
         contestant(run) + " " + run.op + " " + run.values +
         (run.rate_rps ? " at " + grouped(*run.rate_rps) + " req/s" : "") + ")";
}

}  // namespace

std::string trouble_sentence(const Run& run, std::size_t runs) {
  std::vector<std::string> clauses = run.notes;
  if (run.outcome.lost() > 0 || run.outcome.reconnects > 0) {
    std::string lost = "lost requests:";
    for (std::size_t i = 0; i < kLosses; ++i) {
      const Loss kind = static_cast<Loss>(i);
      if (run.outcome.error(kind) == 0) continue;
      lost +=
          " " + std::to_string(run.outcome.error(kind)) + " by " + std::string(to_text(kind)) + ",";
    }
    clauses.push_back(lost + " and reconnected " + std::to_string(run.outcome.reconnects) +
                      (run.outcome.reconnects == 1 ? " time" : " times"));
  }
  if (clauses.empty()) return "";
  std::string text = name_in_order(run, runs) + ": ";
  for (std::size_t i = 0; i < clauses.size(); ++i) text += (i > 0 ? "; " : "") + clauses[i];
  return text + ".";
}

std::string invalid_sentence(const Run& run, std::size_t runs) {
  std::string text = name_in_order(run, runs) + " is not a result: ";
  for (std::size_t i = 0; i < run.invalid_reasons.size(); ++i)
    text += (i > 0 ? "; " : "") + run.invalid_reasons[i];
  return text + ".";
}

std::vector<std::string> invalid_sentences(const Result& result) {
  std::vector<std::string> sentences;
  for (const Run& run : result.runs) {
    if (!run.valid()) sentences.push_back(invalid_sentence(run, result.runs.size()));
  }
  return sentences;
}

}  // namespace mpb
