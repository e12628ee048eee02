#include "cmd/title.hh"

#include <fmt/format.h>

#include "analysis/group.hh"
#include "analysis/text.hh"
#include "analysis/verdicts.hh"

namespace mpb {

namespace {

// "two-lossy-links (links by tun, RTT 10ms), redis 7.0.15"
std::string world_of_title(const ExperimentOptions& e, const Result& result) {
  if (e.target) {
    return fmt::format("store at {}:{} ({})", e.target->host, e.target->port, result.store.version);
  }
  const std::string round_trip = round_trips(e.scenario);
  return fmt::format("{} (links by {}{}), {} {}", e.scenario.name, to_text(e.backend),
                     round_trip.empty() ? "" : fmt::format(", RTT {}", round_trip),
                     result.store.kind, result.store.version);
}

// "closed loop", "500 req/s offered (poisson)"
std::string rate_of_title(const ExperimentOptions& e) {
  const Workload& w = e.workload;
  if (e.slo) {
    return fmt::format("search for the highest rate with {} ({})", to_text(*e.slo),
                       to_text(w.arrivals));
  }
  if (e.auto_rates)
    return fmt::format("open loop at rates that were found ({})", to_text(w.arrivals));
  if (!e.rates.empty())
    return fmt::format("open loop at {} rates ({})", e.rates.size(), to_text(w.arrivals));
  return w.rate ? fmt::format("{} req/s offered ({})", format_count(*w.rate), to_text(w.arrivals))
                : "closed loop";
}

}  // namespace

std::string title_of(const ExperimentOptions& e, const Result& result) {
  const Workload& w = e.workload;
  const bool sync = w.kind == WorkloadKind::kReplicaSync;
  std::vector<std::string> parts{world_of_title(e, result)};
  if (sync) {
    parts.push_back(fmt::format("full synchronisation of {}, then lag under {} SET/s for {}",
                                to_text(w.data), format_count(*w.rate), to_text(w.duration)));
  } else {
    parts.push_back(fmt::format("{} connections", w.connections));
    if (w.threads > 1) parts.push_back(fmt::format("{} threads", w.threads));
    if (w.pipeline > 1) parts.push_back(fmt::format("pipeline {}", w.pipeline));
    parts.push_back(rate_of_title(e));
    if (e.again) parts.emplace_back("each protocol twice a block");
  }
  if (const std::string used = congestion_text(result); !used.empty()) parts.push_back(used);
  if (!sync) parts.push_back(fmt::format("{} a run", to_text(w.duration)));
  if (const std::size_t blocks = blocks_of(result); blocks > 1 && !e.slo)
    parts.push_back(fmt::format("medians over {} blocks", blocks));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string until_text(const ExperimentOptions& e, const Result& result) {
  if (e.until_ci == 0) return "";
  const std::string asked = percent_text(e.until_ci);
  const std::optional<double> widest = widest_interval(result);
  if (!widest) {
    return fmt::format(
        "\n  --until-ci {}: an interval is missing, because it has too few valid runs\n", asked);
  }
  return fmt::format("\n  --until-ci {}: {} with {} blocks; the widest interval is ±{}\n", asked,
                     *widest <= e.until_ci ? "reached" : "NOT reached", blocks_of(result),
                     percent(*widest, 1));
}

}  // namespace mpb
