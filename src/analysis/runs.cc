#include "analysis/runs.hh"

#include <fmt/format.h>

#include "analysis/text.hh"

namespace mpb {

namespace {

std::string name_in_order(const Run& run, std::size_t runs) {
  const std::string rate =
      run.rate_rps ? fmt::format(" at {} req/s", format_count(*run.rate_rps)) : std::string();
  return fmt::format("run {} of {} ({} {} {}{})", run.order + 1, runs, contestant(run), run.op,
                     run.values, rate);
}

// "lost requests: 4 by reset, 1 by timeout, and reconnected 2 times".
std::string loss_text(const Outcome& outcome) {
  std::string lost = "lost requests:";
  for (std::size_t i = 0; i < kLosses; ++i) {
    const Loss kind = static_cast<Loss>(i);
    if (outcome.error(kind) > 0)
      lost += fmt::format(" {} by {},", outcome.error(kind), to_text(kind));
  }
  return fmt::format("{} and reconnected {} {}", lost, outcome.reconnects,
                     outcome.reconnects == 1 ? "time" : "times");
}

}  // namespace

std::string trouble_sentence(const Run& run, std::size_t runs) {
  std::vector<std::string> clauses = run.notes;
  if (run.outcome.lost() > 0 || run.outcome.reconnects > 0)
    clauses.push_back(loss_text(run.outcome));
  if (clauses.empty()) return "";
  return fmt::format("{}: {}.", name_in_order(run, runs), fmt::join(clauses, "; "));
}

std::string invalid_sentence(const Run& run, std::size_t runs) {
  return fmt::format("{} is not a result: {}.", name_in_order(run, runs),
                     fmt::join(run.invalid_reasons, "; "));
}

std::vector<std::string> invalid_sentences(const Result& result) {
  std::vector<std::string> sentences;
  for (const Run& run : result.runs) {
    if (!run.valid()) sentences.push_back(invalid_sentence(run, result.runs.size()));
  }
  return sentences;
}

}  // namespace mpb
