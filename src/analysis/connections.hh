// What the connections of the runs went through, in sentences that stand below a table: a reader of
// the figures has to know it, and no figure shows it.
#pragma once

#include <string>
#include <vector>

#include "analysis/group.hh"

namespace mpb {

// From so many of a run's requests on that went to connections which had been idle for longer than
// their retransmission time-out: a hundredth is what p99 is made of.
constexpr double kNotablyIdle = 0.01;

// The median share of such requests over a group's valid runs; nothing where no run tells.
std::optional<double> idle_share(const RunGroup& group);

// "Requests on connections that had been idle ...: GET 16k 98 % with tcp, 97 % with mptcp. ...", of
// every group with a notable share whose congestion control heeds it; "" for none.
std::string idle_sentence(const std::vector<RunGroup>& groups);

// "Time from connect to ready, median and maximum: tcp 21.3 and 22.0 ms, mptcp ...", of each
// protocol over all its runs, also those that are not valid: a connection that never got its
// subflows makes its run so. "" of results that do not tell.
std::string connecting_sentence(const Result& result);

// "bbr's PROBE_RTT, ...: GET 4k 37 of 51 connections with tcp, 98 of 101 subflows with mptcp.", of
// every cell whose protocols differ in that by more than a tenth of their connections, at the end
// that sends the values; "" for none.
std::string probe_rtt_sentence(const std::vector<RunGroup>& groups);

// The share of connections (MPTCP: subflows) that were in bbr's PROBE_RTT during the window, in all
// valid runs together, at the end that sends most of the values; nothing where none uses bbr.
std::optional<double> probe_rtt_share(const RunGroup& group);

// All of them, where there is something to say.
std::vector<std::string> connection_sentences(const Result& result,
                                              const std::vector<RunGroup>& groups);

}  // namespace mpb
