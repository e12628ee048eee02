#include "output/sentences.hh"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "analysis/figure_names.hh"
#include "analysis/links.hh"
#include "analysis/runs.hh"
#include "analysis/text.hh"
#include "analysis/verdicts.hh"
#include "sys/units.hh"

namespace mpb {

namespace {

// "two-lossy-links (links by tun, RTT 10ms), redis 7.0.15".
std::string place_text(const Result& result) {
  const std::string store = result.store.kind + " " + result.store.version;
  if (result.scenario.links.empty()) return fmt::format("your own store ({})", store);
  const std::vector<Variable>& grid = result.parameters.grid;
  const bool varies = std::any_of(grid.begin(), grid.end(), [](const Variable& variable) {
    const std::optional<LinkProperty> property = link_property(variable.name);
    return property && property->name == "delay";
  });
  std::vector<LinkRecord> links = result.scenario.links;
  links.resize(result.scenario.per_client(links.size()));
  const std::string trips = varies ? "" : round_trips(links);
  const std::string clients =
      result.scenario.clients ? fmt::format("{} clients, ", *result.scenario.clients) : "";
  return fmt::format("{} ({}links by {}{}), {}", scenario_name(result), clients,
                     result.scenario.backend, trips.empty() ? "" : ", RTT " + trips, store);
}

// "closed loop", "500 req/s offered (poisson)".
std::string rate_text(const Result& result) {
  const WorkloadRecord& workload = result.workload;
  if (result.slo) {
    return fmt::format("search for the highest rate with {} ({})", to_text(result.slo->rule),
                       workload.arrivals);
  }
  std::set<std::optional<double>> rates;
  for (const Run& run : result.runs) rates.insert(run.rate_rps);
  if (rates.size() > 1)
    return fmt::format("open loop at {} rates ({})", rates.size(), workload.arrivals);
  const std::optional<double> rate = rates.empty() ? workload.rate_rps : *rates.begin();
  return rate ? fmt::format("{} req/s offered ({})", format_count(*rate), workload.arrivals)
              : "closed loop";
}

// "9 conditions of link2.delay and link2.rate"; "" without a grid.
std::string grid_text(const std::vector<Variable>& grid) {
  if (grid.empty()) return "";
  std::vector<std::string> names;
  for (const Variable& variable : grid) names.push_back(variable.name);
  const std::size_t conditions = conditions_of(grid).size();
  return fmt::format("{} condition{} of {}", conditions, conditions == 1 ? "" : "s",
                     fmt::join(names, " and "));
}

}  // namespace

std::string about(const Analysis& analysis) {
  const Result& result = analysis.result;
  const WorkloadRecord& workload = result.workload;
  std::vector<std::string> parts{place_text(result)};
  if (workload.kind == "replica-sync") {
    parts.push_back(fmt::format("full synchronisation of {}, then lag under {} SET/s for {}",
                                to_text(Bytes{workload.data_bytes.value_or(0)}),
                                format_count(workload.rate_rps.value_or(0)),
                                to_text(workload.duration)));
  } else {
    const std::vector<Variable>& grid = result.parameters.grid;
    if (values(grid, "connections").empty())
      parts.push_back(fmt::format("{} connections", workload.connections));
    if (workload.threads > 1) parts.push_back(fmt::format("{} threads", workload.threads));
    if (workload.pipeline > 1 && values(grid, "pipeline").empty())
      parts.push_back(fmt::format("pipeline {}", workload.pipeline));
    parts.push_back(rate_text(result));
    parts.push_back(fmt::format("{} a run", to_text(workload.duration)));
    if (result.parameters.again) parts.emplace_back("each protocol twice a block");
  }
  if (std::string text = grid_text(result.parameters.grid); !text.empty())
    parts.push_back(std::move(text));
  if (std::string used = congestion_text(result); !used.empty()) parts.push_back(std::move(used));
  const std::size_t blocks = blocks_of(result);
  if (!result.slo) parts.push_back(blocks == 1 ? "one block" : fmt::format("{} blocks", blocks));
  parts.push_back(result.started);
  return fmt::format("{}", fmt::join(parts, ", "));
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
