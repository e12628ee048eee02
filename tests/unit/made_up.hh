// Invented runs and results, for tests of analysis and output.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "result/result.hh"
#include "result/slo_rule.hh"

namespace mpb {

inline constexpr double kLine = 100e6;  // bit/s, of each of two links

inline Run run_of(const std::string& proto, double rps, int block = 0) {
  Run run;
  run.proto = proto;
  run.op = "get";
  run.values = "4k";
  run.value_bytes = 4096;
  run.block = block;
  run.outcome.duration = 10s;
  run.throughput_rps = rps;
  run.outcome.requests = static_cast<std::uint64_t>(rps * 10);
  run.outcome.cpu_pct = {20, 10};
  run.store_pct = 40;
  run.outcome.first_byte.record(10ms);
  run.outcome.last_byte.record(12ms);
  run.kernel = {{"client", {{"TcpOutSegs", 1000}}},
                {"server", {{"TcpOutSegs", 1960}, {"TcpRetransSegs", 40}}}};
  const bool both = proto == "mptcp";
  if (both) run.kernel["server"]["MPTcpExtMPTCPRetrans"] = 20;
  run.mptcp.connections = both || proto == "mptcp-one" ? 50 : 0;
  run.links = {{"link1", 100, both ? 650 : 900, 0, 0}, {"link2", 0, both ? 250 : 0, 0, 0}};
  return run;
}

inline Result result_of(std::vector<Run> runs) {
  Result result;
  result.workload.keys = "uniform";
  result.capacities = {{"link1", kLine, kLine}, {"link2", kLine, kLine}};
  for (std::size_t i = 0; i < runs.size(); ++i) runs[i].order = static_cast<int>(i);
  result.runs = std::move(runs);
  return result;
}

// The same with two clients, each of which had the traffic that the only one has in `result`.
inline Result with_two_clients(Result result) {
  result.scenario.clients = 2;
  result.capacities.insert(result.capacities.end(),
                           {{"link1_c2", kLine, kLine}, {"link2_c2", kLine, kLine}});
  for (Run& run : result.runs) {
    run.kernel["client2"] = run.kernel["client"];
    for (const char* name : {"link1", "link2"}) {
      LinkTraffic& its = run.links.emplace_back(run.links[run.links.size() - 2]);
      its.name = std::string(name) + "_c2";
    }
  }
  return result;
}

inline Run with_events(Run run, Nanos stall, std::optional<Nanos> success) {
  const auto segment = [&](const char* event, const char* state, Nanos from, Nanos to) {
    Segment s;
    s.event = event;
    s.link = *event == '\0' ? "" : "link1";
    s.state = state;
    s.from = from;
    s.to = to;
    s.requests = static_cast<std::uint64_t>(100 * seconds(to - from));
    s.links = run.links;
    return s;
  };
  run.outcome.segments = {segment("", "", 0s, 3s), segment("link1 down", "down", 3s, 6s),
                          segment("link1 up", "up", 6s, 11s)};
  run.outcome.segments[1].longest_stall = stall;
  run.outcome.segments[1].first_success = success;
  run.outcome.segments[1].lost = 7;
  run.outcome.segments[2].first_success = 400ms;
  return run;
}

inline Run at_rate(const std::string& proto, double rate, bool saturated, int block = 0) {
  Run run = run_of(proto, saturated ? rate / 2 : rate, block);
  run.connections = 50, run.threads = run.pipeline = 1;
  run.arrivals = "constant";
  run.rate_rps = rate;
  run.saturated = saturated;
  run.outcome.response.record(20ms, 5000);
  return run;
}

using Change = std::function<void(Run&)>;

// MPTCP at twice TCP's throughput in a closed loop, and at half its latency or stall.
inline Result result_with(const Change& change, int blocks = 1) {
  std::vector<Run> runs;
  for (int block = 0; block < blocks; ++block) {
    for (const char* proto : {"tcp", "mptcp"}) {
      const bool mptcp = std::string(proto) == "mptcp";
      Run run = run_of(proto, mptcp ? 200 : 100, block);
      run.connections = 50, run.threads = run.pipeline = 1, run.arrivals = "closed";
      change(run);
      runs.push_back(std::move(run));
    }
  }
  return result_of(std::move(runs));
}

inline void fail_over(Run& run) {
  run.outcome.segments.resize(2);
  run.outcome.segments[1].event = "link1 down";
  run.outcome.segments[1].first_success = run.proto == "mptcp" ? 100ms : 200ms;
  run.outcome.longest_stall = run.proto == "mptcp" ? 150ms : 300ms;
}

inline Run search_step(const std::string& proto, double rate, Nanos latency) {
  Run run = at_rate(proto, rate, false);
  run.search = true;
  run.outcome.response = {};
  run.outcome.response.record(latency, 5000);
  return run;
}

// Runs of a search with one protocol at, and around, a threshold.
inline std::vector<Run> search_steps(const std::string& proto, double threshold) {
  std::vector<Run> runs;
  for (const double away : {-0.5, -0.05, -0.02, -0.01, 0.01, 0.02, 0.05, 0.1})
    runs.push_back(search_step(proto, threshold * (1 + away), away < 0 ? 15ms : 30ms));
  return runs;
}

inline Result search_of(const std::vector<std::pair<std::string, double>>& thresholds) {
  std::vector<Run> runs;
  std::vector<CapacityProbe> probes;
  for (const auto& [proto, threshold] : thresholds) {
    for (Run& run : search_steps(proto, threshold)) runs.push_back(std::move(run));
    probes.push_back({"get", "4k", proto, 1.5 * threshold, 3, {}});
  }
  Result result = result_of(std::move(runs));
  result.slo = SloAsked{parse_slo("p99 < 20ms"), 200};
  result.probes = std::move(probes);
  return result;
}

inline Run run_in_block(const std::string& proto, int block, double rps,
                        const std::string& op = "get") {
  Run run;
  run.proto = proto;
  run.op = op;
  run.values = "4k";
  run.value_bytes = 4096;
  run.connections = 50;
  run.threads = run.pipeline = 1;
  run.arrivals = "closed";
  run.block = block;
  run.outcome.duration = 1s;
  run.throughput_rps = rps;
  run.outcome.congestion_control = {"cubic"};
  for (int i = 0; i < 2000; ++i)
    run.outcome.last_byte.record(Nanos{static_cast<std::int64_t>(1e9 / rps) * (50 + i % 20)});
  return run;
}

// TCP at about 1000 requests a second and the other at about 1000 x ratio, a little noise on both.
inline Result result_of_ratio(double ratio, int blocks, const std::string& proto = "mptcp") {
  constexpr double kNoise[] = {0,     0.004,  -0.006, 0.009, -0.002,
                               0.007, -0.008, 0.001,  0.005, -0.003};
  Result result;
  result.scenario.name = "lab", result.scenario.backend = "tun";
  result.scenario.links = {{"a", {{"rate", "1mbit"}}, {{"rate", "1mbit"}}, false}};
  result.workload.connections = 50, result.workload.keys = "uniform";
  result.environment.kernel = "Linux 6.18";
  for (int block = 0; block < blocks; ++block) {
    result.runs.push_back(run_in_block("tcp", block, 1000 * (1 + kNoise[block % 10])));
    result.runs.push_back(
        run_in_block(proto, block, 1000 * ratio * (1 + kNoise[(block + 3) % 10])));
  }
  for (std::size_t i = 0; i < result.runs.size(); ++i) result.runs[i].order = static_cast<int>(i);
  return result;
}

// A grid of two delays and two rates of the second link. MPTCP's ratios to TCP are 1.5 and 1 with
// the shorter delay, and 0.5 and 1.2 with the longer one.
inline Result grid_of_ratios(int blocks) {
  Result result = result_of_ratio(1, 0);
  result.parameters.protos = {"tcp", "mptcp"}, result.parameters.repeat = blocks;
  result.parameters.grid = {{"link2.delay", {"5ms", "20ms"}}, {"link2.rate", {"10mbit", "50mbit"}}};
  const std::vector<Settings> conditions = conditions_of(result.parameters.grid);
  constexpr double kRatios[] = {1.5, 1, 0.5, 1.2};
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    for (Run& run : result_of_ratio(kRatios[i], blocks).runs) {
      run.conditions = conditions[i];
      result.runs.push_back(std::move(run));
    }
  }
  for (std::size_t i = 0; i < result.runs.size(); ++i) result.runs[i].order = static_cast<int>(i);
  return result;
}

// The same, as if 900 requests a second had been offered to both.
inline Result open_loop(Result result) {
  for (Run& run : result.runs) {
    run.rate_rps = 900;
    run.arrivals = "poisson";
    run.outcome.response = run.outcome.last_byte;
  }
  return result;
}

inline Result link_events() {
  std::vector<Run> runs;
  for (int block = 0; block < 8; ++block) {
    for (const char* proto : {"tcp", "mptcp"}) {
      const bool mptcp = std::string(proto) == "mptcp";
      Run run = with_events(run_of(proto, 1000, block), mptcp ? 214ms : 3200ms,
                            mptcp || block > 1 ? std::optional(20ms) : std::nullopt);
      run.outcome.longest_stall = (mptcp ? 214ms : 3200ms) + std::chrono::milliseconds(block);
      runs.push_back(std::move(run));
    }
  }
  return result_of(std::move(runs));
}

}  // namespace mpb
