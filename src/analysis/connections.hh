// Sentences below a table about the connections of the runs: how long they took to establish, and
// conditions that explain the figures but are not part of them.
#pragma once

#include <string>
#include <vector>

#include "analysis/group.hh"

namespace mpb {

// Requests on connections that had been idle for longer than their retransmission time-out are
// reported from this share of all requests on: one in a hundred can determine p99.
constexpr double kNotablyIdle = 0.01;

// The median share of such requests over a group's valid runs; nothing if no run counted them.
std::optional<double> idle_share(const RunGroup& group);

// "Requests on connections that had been idle ...: GET 16k 98 % with tcp, 97 % with mptcp. ...",
// for every group with a notable share, unless its congestion control ignores idleness. "" for
// none.
std::string idle_sentence(const std::vector<RunGroup>& groups);

// "Time from connect to ready, median and maximum: tcp 21.3 and 22.0 ms, mptcp ...", for each
// protocol over all its runs. Invalid runs are included, because a connection that never had all
// its subflows makes its run invalid. "" for results without these times.
std::string connecting_sentence(const Result& result);

// "bbr's PROBE_RTT, ...: GET 4k 37 of 51 connections with tcp, 98 of 101 subflows with mptcp.", for
// every cell whose protocols differ by more than a tenth of their connections. It counts the end
// that sends most of the values. "" for none.
std::string probe_rtt_sentence(const std::vector<RunGroup>& groups);

// The share of connections (MPTCP: subflows) that were in bbr's PROBE_RTT during the window, in all
// valid runs together, at the end that sends most of the values. Nothing if no run uses bbr.
std::optional<double> probe_rtt_share(const RunGroup& group);

// All of these sentences that are not empty.
std::vector<std::string> connection_sentences(const Result& result,
                                              const std::vector<RunGroup>& groups);

}  // namespace mpb
