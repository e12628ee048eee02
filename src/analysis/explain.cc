#include "analysis/explain.hh"

#include <algorithm>
#include <numeric>

#include "analysis/group.hh"
#include "analysis/links.hh"
#include "analysis/wire_model.hh"

namespace mpb {

namespace {

// The share at the end that retransmits more. The other end mostly sends acknowledgements, which
// are never retransmitted. As RFC 4022 defines it, Linux does not count a segment in OutSegs if it
// contains only data that was sent before (__tcp_transmit_skb()). Data that MPTCP sends again over
// another subflow is new to that subflow's TCP, so OutSegs contains it.
double retransmitted(const Run& run) {
  double most = 0;
  for (const auto& [role, counters] : run.kernel) {
    const auto count = [&counters = counters](const char* name) {
      const auto found = counters.find(name);
      return found == counters.end() ? 0.0 : static_cast<double>(found->second);
    };
    const double by_tcp = count("TcpRetransSegs");
    const double all = count("TcpOutSegs") + by_tcp;
    if (all > 0) most = std::max(most, (by_tcp + count("MPTcpExtMPTCPRetrans")) / all);
  }
  return most;
}

double per_request(double cpu_pct, const Run& run) {
  return run.outcome.requests == 0 ? 0
                                   : cpu_pct / 100 * seconds(run.outcome.duration) * 1e9 /
                                         static_cast<double>(run.outcome.requests);
}

// Of the runs that have the value; nothing if none has.
template <class Get>
std::optional<CpuCost> cost_of(const RunGroup& group, Get percent_of) {
  std::vector<double> values;
  for (const Run* run : group.valid) {
    if (const std::optional<double> pct = percent_of(*run))
      values.push_back(per_request(*pct, *run));
  }
  if (values.empty()) return std::nullopt;
  return CpuCost{median(values), median_interval(values)};
}

std::optional<double> client_percent(const Run& run) {
  if (run.outcome.cpu_pct.empty()) return std::nullopt;
  return std::accumulate(run.outcome.cpu_pct.begin(), run.outcome.cpu_pct.end(), 0.0);
}

std::optional<double> system_percent(const Run& run) {
  if (!run.system_pct) return std::nullopt;
  return std::max(0.0, *run.system_pct - run.system_before_pct.value_or(0));
}

// The ratio of a value within the blocks in which both groups have it, above 0.
template <class Get>
std::optional<Centre> ratio_within_blocks(const RunGroup& group, const RunGroup& base,
                                          Get value_of) {
  std::vector<double> values, base_values;
  for (const Run* run : group.valid) {
    const Run* other = run_of_block(base, run->block);
    if (run != run_of_block(group, run->block) || other == nullptr) continue;
    const std::optional<double> value = value_of(*run);
    const std::optional<double> base_value = value_of(*other);
    if (!value || !base_value || *value <= 0 || *base_value <= 0) continue;
    values.push_back(*value);
    base_values.push_back(*base_value);
  }
  if (values.empty()) return std::nullopt;
  const Comparison ratio = paired(base_values, values);
  return Centre{ratio.ratio, ratio.interval};
}

// The most requests per second over link `index` of every client; nothing if one has no limit.
std::optional<double> ceiling_rps(const Result& result, const Run& run, std::size_t index,
                                  bool mptcp) {
  std::vector<LinkCapacity> links = capacities_under(result, run.conditions);
  double all = 0;
  for (std::size_t i = index; i < links.size(); i += result.scenario.per_client(links.size())) {
    links[i].ipv6 = uses_ipv6(setting(run.variant, "ip"), index);
    const LinkCapacity link = capacity_for(links[i], flows_on_link(result, run, index));
    const double most = wire_ceiling_rps(run.op, static_cast<double>(run.value_bytes), link, mptcp,
                                         run.pipeline > 1);
    if (most <= 0) return std::nullopt;
    all += most;
  }
  return all;
}

std::optional<double> system_cpu_ns(const Run& run) {
  const std::optional<double> pct = system_percent(run);
  return pct && run.outcome.requests > 0 ? std::optional(per_request(*pct, run)) : std::nullopt;
}

}  // namespace

double client_cpu_ns(const Run& run) { return per_request(client_percent(run).value_or(0), run); }

std::vector<std::pair<std::string, CpuCost>> cpu_costs(const Explanation& why) {
  std::vector<std::pair<std::string, CpuCost>> known;
  for (const auto& [name, cost] : {std::pair{"emulator", &why.emulator_cpu},
                                   {"client", &why.client_cpu},
                                   {"store", &why.store_cpu},
                                   {"system", &why.system_cpu}}) {
    if (*cost) known.emplace_back(name, **cost);
  }
  return known;
}

std::vector<Explanation> explain(const Result& result, const std::vector<RunGroup>& groups) {
  std::vector<Explanation> all;
  if (result.capacities.empty()) return all;
  for (const RunGroup& group : groups) {
    if (group.valid.empty() || group.first->op == "sync")
      continue;  // a synchronisation has no requests to explain
    const Run& first = *group.valid.front();
    Explanation& why = all.emplace_back();
    why.op = first.op;
    why.values = first.values;
    why.proto = first.proto;
    why.rate_rps = first.rate_rps;
    why.variant = first.variant;
    why.conditions = first.conditions;
    const double rps = median_of(group, [](const Run& run) { return run.throughput_rps; });
    const bool mptcp = first.mptcp.connections > 0;
    double ceiling = 0;
    bool all_limited = true;
    const std::size_t per_client = result.scenario.per_client(result.capacities.size());
    for (std::size_t i = 0; i < per_client; ++i) {
      const std::optional<double> most = ceiling_rps(result, first, i, mptcp);
      why.of_links.push_back(most ? std::optional(rps / *most) : std::nullopt);
      all_limited = all_limited && most;
      ceiling += most.value_or(0);
    }
    if (all_limited) why.of_all_links = rps / ceiling;
    for (std::size_t i = 0; i < per_client && i < first.links.size(); ++i) {
      why.shares.push_back(
          median_of(group, [&](const Run& run) { return share_of(run.links, i, per_client); }));
    }
    if (!first.kernel.empty()) why.retransmitted = median_of(group, retransmitted);
    why.after_first_byte_ns = median_of(group, [](const Run& run) {
      return run.outcome.last_byte.mean() - run.outcome.first_byte.mean();
    });
    why.emulator_cpu = cost_of(group, [](const Run& run) { return run.emulator_pct; });
    why.client_cpu = cost_of(group, client_percent);
    why.store_cpu = cost_of(group, [](const Run& run) { return run.store_pct; });
    why.system_cpu = cost_of(group, system_percent);
    const RunGroup* tcp = find_group(groups, group, "tcp");
    if (first.proto == "mptcp-one" && tcp != nullptr) {
      why.stack_ratio = ratio_within_blocks(
          group, *tcp, [](const Run& run) { return std::optional(run.throughput_rps); });
      why.stack_cpu_ratio = ratio_within_blocks(group, *tcp, system_cpu_ns);
    }
  }
  return all;
}

}  // namespace mpb
