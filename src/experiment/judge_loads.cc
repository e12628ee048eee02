#include "experiment/judge_loads.hh"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "experiment/commands.hh"
#include "experiment/judge.hh"
#include "experiment/limits.hh"
#include "load/split.hh"
#include "sys/units.hh"

namespace mpb {

namespace {

using Clauses = std::vector<std::string>;

// Adds the clauses about each host, with its name; without a name if they are the same for all.
void add_by_name(const std::vector<std::string>& hosts, const std::vector<Clauses>& of_hosts,
                 Clauses& into) {
  const auto says = [](const Clauses& all, const std::string& clause) {
    return std::find(all.begin(), all.end(), clause) != all.end();
  };
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    for (const std::string& clause : of_hosts[i]) {
      const bool by_all = std::all_of(of_hosts.begin(), of_hosts.end(),
                                      [&](const Clauses& its) { return says(its, clause); });
      if (!by_all) {
        into.push_back(by_name(hosts[i]) + clause);
      } else if (!says(into, clause)) {
        into.push_back(clause);
      }
    }
  }
}

HostRecord record_of(const std::string& name, int connections, const FollowedLoad& load,
                     const Run& part) {
  HostRecord host{.name = name,
                  .connections = connections,
                  .requests = part.outcome.requests,
                  .throughput_rps = part.throughput_rps,
                  .latency = headline_latency(part),
                  .longest_stall = part.outcome.longest_stall,
                  .cpu_pct = part.outcome.cpu_pct,
                  .threads = part.outcome.threads};
  if (part.mptcp.connections > 0) {
    // Before the warm-up, some subflows may not have joined yet.
    host.mptcp = load.report.outcome.mptcp_end;
    host.mptcp->fallbacks = part.mptcp.fallbacks;
  }
  if (load.clock_before && load.clock_after)
    host.clock = {load.clock_before->offset, load.clock_after->offset,
                  std::max(load.clock_before->bound, load.clock_after->bound)};
  return host;
}

void judge_windows(const std::vector<std::string>& hosts, const std::vector<FollowedLoad>& loads,
                   Run& run) {
  const Nanos most = run.outcome.duration / kEdgesApart;
  for (std::size_t i = 1; i < hosts.size(); ++i) {
    const Nanos its = apart(loads[i], loads[0]);
    if (its <= most) continue;
    run.invalid_reasons.push_back(fmt::format(
        "{}its window may have been {} from that of {} (limit {}), by the clocks of both hosts",
        by_name(hosts[i]), to_text(std::chrono::round<std::chrono::milliseconds>(its)), hosts[0],
        to_text(std::chrono::round<std::chrono::milliseconds>(most))));
  }
}

}  // namespace

Nanos apart(const FollowedLoad& load, const FollowedLoad& first) {
  if (!load.opened || !first.opened) return 0ns;  // it was stopped before
  const Nanos opening = *load.opened - *first.opened;
  if (!load.clock_before || !load.clock_after) return std::chrono::abs(opening);
  const Nanos drift = load.clock_after->offset - load.clock_before->offset;
  return std::max(std::chrono::abs(opening) + load.clock_before->bound,
                  std::chrono::abs(opening - drift) + load.clock_after->bound);
}

void judge_loads(const std::vector<std::string>& hosts, const std::vector<FollowedLoad>& loads,
                 const Cell& cell, const ExperimentOptions& options, int expected_subflows,
                 Run& run) {
  if (loads.size() == 1)
    return judge_outcome(loads[0].report.outcome, cell, options, expected_subflows, run);
  const auto report_of = [&](std::size_t i) {
    LoadReport report = loads[i].report;
    for (PathCount& path : report.outcome.paths) path.host = hosts[i];
    return report;
  };
  LoadReport all = report_of(0);
  for (std::size_t i = 1; i < loads.size(); ++i) all.merge(report_of(i));
  all.complete(loads[0].report.outcome.timeline.interval);
  record_outcome(all.outcome, options, run);

  const int count = static_cast<int>(loads.size());
  std::vector<Clauses> reasons, notes, saturated;
  for (int i = 0; i < count; ++i) {
    const FollowedLoad& load = loads[static_cast<std::size_t>(i)];
    ExperimentOptions own = options;
    own.workload.connections = even_share(options.workload.connections, i, count);
    Run part;
    judge_outcome(load.report.outcome, cell, own, expected_subflows, part);
    run.hosts.push_back(
        record_of(hosts[static_cast<std::size_t>(i)], own.workload.connections, load, part));
    for (const std::size_t link : links_of_part(options, {.index = i, .of = count}))
      run.hosts.back().links.push_back(options.scenario.links[link].name);
    run.mptcp.merge(part.mptcp);
    reasons.push_back(std::move(part.invalid_reasons));
    notes.push_back(std::move(part.notes));
    saturated.push_back(
        part.saturated ? Clauses{"saturated: it did not reach its share of the rate"} : Clauses{});
  }
  run.saturated = std::none_of(saturated.begin(), saturated.end(),
                               [](const Clauses& its) { return its.empty(); });
  add_by_name(hosts, reasons, run.invalid_reasons);
  add_by_name(hosts, notes, run.notes);
  // The latencies of a saturated host depend on the length of the run, so those of all together
  // would mean nothing.
  if (!run.saturated) add_by_name(hosts, saturated, run.invalid_reasons);
  judge_windows(hosts, loads, run);
}

}  // namespace mpb
