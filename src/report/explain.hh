// Why a protocol was as fast as it was: computed from what was measured, for every operation, value
// size, offered rate and protocol. Medians over the valid runs; what a result cannot tell is
// absent.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/group.hh"
#include "result/result.hh"
#include "stats/comparison.hh"
#include "stats/summary.hh"

namespace mpb {

// CPU time a request: the median over the valid runs, and its exact interval where there are enough
// of them.
struct CpuCost {
  double ns = 0;
  std::optional<Interval> interval;
};

struct Explanation {
  std::string op, values, proto;
  std::optional<double> rate_rps;  // offered, of an open loop
  std::string congestion;          // where several compete
  // The throughput as a fraction of what the wire model lets pass over each link, and over all
  // links together, with this protocol's own headers and without loss.
  std::vector<std::optional<double>> of_links;
  std::optional<double> of_all_links;
  std::vector<double> shares;  // of all bytes, by link
  std::optional<double>
      retransmitted;               // segments sent again of all sent, at the end where it is more
  double after_first_byte_ns = 0;  // from a reply's first byte to its last, on average
  // Of each process with what the kernel does in its system calls. The emulator's includes the
  // kernel's receive path of both ends, which runs inside its writes; with netem there is no
  // emulator, and that work is charged to whichever process it interrupts.
  std::optional<CpuCost> emulator_cpu, client_cpu, store_cpu;
  // Of this host with all that ran on it: all of the above, the kernel's own threads, and every
  // interrupt. Without our emulator less what ran before the load.
  std::optional<CpuCost> system_cpu;
  // mptcp-one against tcp over the same one link, within blocks: throughput, and the CPU time of
  // the whole host a request.
  std::optional<Centre> stack_ratio, stack_cpu_ratio;
};

// Those that are known, by "emulator", "client", "store" and "system".
std::vector<std::pair<std::string, CpuCost>> cpu_costs(const Explanation& why);

// Of every group with a valid run, in the table's order. Nothing for a target, of whose links and
// store nothing is known.
std::vector<Explanation> explain(const Result& result, const std::vector<RunGroup>& groups);

// Of the load's threads, a request; 0 without requests.
double client_cpu_ns(const Run& run);

}  // namespace mpb
