// Explanations of the speed of a protocol, computed from the measurements of every operation, value
// size, offered rate and protocol. Medians over the valid runs. Values that a result does not
// support are absent.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/group.hh"
#include "result/result.hh"
#include "stats/comparison.hh"
#include "stats/summary.hh"

namespace mpb {

// CPU time per request: the median over the valid runs, and its exact interval if there are enough
// runs.
struct CpuCost {
  double ns = 0;
  std::optional<Interval> interval;
};

struct Explanation {
  std::string op, values, proto;
  std::optional<double> rate_rps;  // the offered rate of an open loop
  Settings variant;
  Settings conditions;
  // The throughput as a fraction of the limit of each link, and of all links together, by the wire
  // model: under the conditions of the runs, with this protocol's own headers and without loss. Of
  // several clients, the links with the same place count together, as do their shares: all first
  // links, all second links, and so on.
  std::vector<std::optional<double>> of_links;
  std::optional<double> of_all_links;
  std::vector<double> shares;  // of all bytes, by link
  // Retransmitted segments as a share of all segments sent, at the end that retransmits more.
  std::optional<double> retransmitted;
  // The average time from a reply's first byte to its last.
  double after_first_byte_ns = 0;
  // CPU time of each process, including the kernel's work in its system calls. That of the emulator
  // includes the kernel's receive path of both ends, which runs inside its writes. With netem there
  // is no emulator, and that work is charged to whichever process it interrupts.
  std::optional<CpuCost> emulator_cpu, client_cpu, store_cpu;
  // CPU time of the whole host: all of the above, the kernel's own threads, and every interrupt.
  // The load of the host before the run is subtracted if it was measured.
  std::optional<CpuCost> system_cpu;
  // mptcp-one compared with tcp over the same link, within blocks: the throughput, and the CPU time
  // of the whole host per request.
  std::optional<Centre> stack_ratio, stack_cpu_ratio;
};

// The known costs, by "emulator", "client", "store" and "system".
std::vector<std::pair<std::string, CpuCost>> cpu_costs(const Explanation& why);

// One for every group with a valid run, in the order of the table. None for a target, because its
// links and its store are unknown.
std::vector<Explanation> explain(const Result& result, const std::vector<RunGroup>& groups);

// CPU time of the load's threads per request; 0 without requests.
double client_cpu_ns(const Run& run);

}  // namespace mpb
