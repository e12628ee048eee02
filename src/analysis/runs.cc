#include "analysis/runs.hh"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/text.hh"

namespace mpb {

namespace {

constexpr std::size_t kMostNumbers = 8;  // of runs in one sentence
constexpr std::size_t kMostCells = 3;    // that are named in one sentence

// "mptcp get 4k at 500 req/s".
std::string cell_in_order(const Run& run) {
  const std::string rate =
      run.rate_rps ? fmt::format(" at {} req/s", format_count(*run.rate_rps)) : std::string();
  return fmt::format("{} {} {}{}{}", contestant(run), run.op, run.values, rate,
                     conditions_text(run.conditions));
}

std::string name_in_order(const Run& run, std::size_t runs) {
  return fmt::format("run {} of {} ({})", run.order + 1, runs, cell_in_order(run));
}

// "3, 9 and 15".
std::string numbers_of(const std::vector<const Run*>& runs) {
  std::string text;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (i == kMostNumbers && runs.size() > kMostNumbers + 1)
      return fmt::format("{} and {} more", text, runs.size() - i);
    const char* separator = i == 0 ? "" : i + 1 == runs.size() ? " and " : ", ";
    text += fmt::format("{}{}", separator, runs[i]->order + 1);
  }
  return text;
}

// "mptcp get 1k, tcp get 1k", or "12 cells".
std::string cells_of(const std::vector<const Run*>& runs) {
  std::vector<std::string> cells;
  for (const Run* run : runs) {
    std::string cell = cell_in_order(*run);
    if (std::find(cells.begin(), cells.end(), cell) == cells.end())
      cells.push_back(std::move(cell));
  }
  return cells.size() > kMostCells ? fmt::format("{} cells", cells.size())
                                   : fmt::format("{}", fmt::join(cells, ", "));
}

// The reason ends with its remedy, such as "...: use fewer connections", which is not repeated.
void omit_if_given(const Run& run, std::string& reason, std::set<std::string>& given) {
  const std::size_t end = reason.rfind(": ");
  if (end == std::string::npos || end < after_host(run, reason)) return;
  if (!given.insert(reason.substr(end)).second) reason.resize(end);
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

std::size_t after_host(const Run& run, const std::string& reason) {
  for (const HostRecord& host : run.hosts) {
    if (reason.starts_with(host.name + ": ")) return host.name.size() + 2;
  }
  return 0;
}

std::string trouble_sentence(const Run& run, std::size_t runs) {
  std::vector<std::string> clauses = run.notes;
  if (run.outcome.lost() > 0 || run.outcome.reconnects > 0)
    clauses.push_back(loss_text(run.outcome));
  if (clauses.empty()) return "";
  return fmt::format("{}: {}.", name_in_order(run, runs), fmt::join(clauses, "; "));
}

std::vector<std::string> invalid_sentences(const Result& result) {
  std::vector<std::vector<const Run*>> alike;
  for (const Run& run : result.runs) {
    if (run.valid()) continue;
    const auto found = std::find_if(alike.begin(), alike.end(), [&](const auto& runs) {
      return runs.front()->invalid_reasons == run.invalid_reasons;
    });
    if (found == alike.end()) {
      alike.push_back({&run});
    } else {
      found->push_back(&run);
    }
  }
  std::set<std::string> given;
  std::vector<std::string> sentences;
  for (const std::vector<const Run*>& runs : alike) {
    const bool one = runs.size() == 1;
    std::vector<std::string> reasons = runs.front()->invalid_reasons;
    for (std::string& reason : reasons) omit_if_given(*runs.front(), reason, given);
    sentences.push_back(fmt::format(
        "{} {} of {} ({}) {}: {}.", one ? "run" : "runs", numbers_of(runs), result.runs.size(),
        cells_of(runs), one ? "is not a result" : "are not results", fmt::join(reasons, "; ")));
  }
  return sentences;
}

}  // namespace mpb
