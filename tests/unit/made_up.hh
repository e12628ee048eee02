// Invented runs and results, for tests of analysis and output.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "result/result.hh"

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

}  // namespace mpb
