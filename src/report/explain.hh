// Why a protocol was as fast as it was: computed from what was measured, for every operation, value
// size, offered rate and protocol. Medians over the valid runs; what a result cannot tell is
// absent.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/group.hh"
#include "result/result.hh"

namespace mpb {

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
      retransmitted;  // segments sent again of all sent, at the end where it is more
  double after_first_byte_ns =
      0;  // from a reply's first byte to its last, on average: what a hole in the stream delays
  double client_cpu_ns = 0;            // of the load's threads, a request
  std::optional<double> store_cpu_ns;  // a request
  std::optional<double> stack_ratio;   // mptcp-one: throughput against tcp over the same one link
};

// Of every group with a valid run, in the table's order. Nothing for a target, of whose links and
// store nothing is known.
std::vector<Explanation> explain(const Result& result, const std::vector<RunGroup>& groups);

// Of the load's threads, a request; 0 without requests.
double client_cpu_ns(const Run& run);

}  // namespace mpb
