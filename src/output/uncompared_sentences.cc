#include "output/uncompared_sentences.hh"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "analysis/figures.hh"
#include "analysis/group.hh"
#include "analysis/headline.hh"
#include "analysis/runs.hh"
#include "analysis/text.hh"
#include "analysis/verdicts.hh"

namespace mpb {

const char* const kNothingToCompare =
    "Only one protocol was measured, so there is nothing to compare it with.";

namespace {

// The first reason why the run is invalid, but not its remedy, which stands below the tables.
std::string first_reason(const Run& run) {
  const std::string& reason = run.invalid_reasons.front();
  return reason.substr(0, reason.find(": ", after_host(run, reason)));
}

// "MPTCP: none of its 36 runs is valid (fell back to TCP on 50 of 50 connections)." with the reason
// of the first run; "" if a run is valid.
std::string all_invalid_sentence(const Result& result, const std::string& proto) {
  std::size_t count = 0;
  std::string why;
  for (const Run& run : result.runs) {
    if (contestant(run) != proto || run.search) continue;
    if (run.valid()) return "";
    if (count++ == 0) why = first_reason(run);
  }
  if (count == 1) return fmt::format("{}: its run is not valid ({}).", title_name(proto), why);
  return fmt::format("{}: none of its {} runs is valid ({}).", title_name(proto), count, why);
}

// "TCP: the throughput is 2,898/s with GET 4k (95 % 2,896/s to 2,898/s)." of the only protocol.
std::string alone_sentence(const Analysis& analysis) {
  std::vector<Figure> figures;
  std::string cell;
  for (const RunGroup& group : analysis.groups) {
    const bool sync = group.first->op == "sync";
    Figure figure =
        figure_of(sync ? *find_metric("sync") : headline_of(analysis.groups, group), group);
    if (figure.values.empty()) continue;
    cell = cell_of(*group.first);
    if (figures.empty() || figures.front().metric == figure.metric)
      figures.push_back(std::move(figure));
  }
  if (figures.empty()) return "";
  const auto [low, high] =
      std::minmax_element(figures.begin(), figures.end(),
                          [](const Figure& a, const Figure& b) { return a.value < b.value; });
  const std::string text =
      fmt::format("{}: {} is {}", title_name(contestant(*analysis.groups.front().first)),
                  name_in_sentence(*low->metric), value_text(*low, low->value));
  if (figures.size() > 1) {
    return fmt::format("{} to {} in {} cells.", text, value_text(*high, high->value),
                       figures.size());
  }
  if (!low->interval) return fmt::format("{} with {}.", text, cell);
  return fmt::format("{} with {} (95 % {} to {}).", text, cell,
                     value_text(*low, low->interval->low), value_text(*low, low->interval->high));
}

}  // namespace

std::vector<std::string> uncompared_sentences(const Analysis& analysis) {
  const Result& result = analysis.result;
  const std::vector<RunGroup>& groups = analysis.groups;
  if (result.runs.empty()) return {"No run was completed."};
  if (std::none_of(result.runs.begin(), result.runs.end(),
                   [](const Run& run) { return run.valid(); }))
    return {fmt::format("{} valid ({}).",
                        result.runs.size() == 1
                            ? "The run is not"
                            : fmt::format("None of the {} runs is", result.runs.size()),
                        first_reason(result.runs.front()))};
  std::vector<std::string> sentences;
  std::vector<std::string> protos;
  for (const RunGroup& group : groups) {
    const std::string proto = contestant(*group.first);
    if (std::find(protos.begin(), protos.end(), proto) != protos.end()) continue;
    protos.push_back(proto);
    std::string invalid = all_invalid_sentence(result, proto);
    if (!invalid.empty()) sentences.push_back(std::move(invalid));
  }
  if (!sentences.empty() || protos.empty()) return sentences;
  if (protos.size() == 1) return {alone_sentence(analysis), kNothingToCompare};
  const auto any_base = [&](auto is) {
    return std::any_of(groups.begin(), groups.end(), [&](const RunGroup& g) {
      const RunGroup* base = base_group(groups, g);
      return base != nullptr && is(g, *base);
    });
  };
  if (!any_base([](const RunGroup&, const RunGroup&) { return true; }))
    return {"There is nothing to compare with, because tcp was not measured."};
  if (!any_base([](const RunGroup& g, const RunGroup& b) { return blocks_of_both(g, b) > 0; }))
    return {"There is nothing to compare, because no block has a valid run of both."};
  return {};
}

}  // namespace mpb
