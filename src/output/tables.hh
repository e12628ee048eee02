// Every table of the program, each built here once: the terminal, the page and the Markdown summary
// differ in how they render it and in which tables they have. Without rows where there is nothing
// to show.
//
// A row begins with its cell, "GET 4k", in a sweep "GET 4k at 500 req/s", and its protocol. Figures
// are medians over the valid runs; ratios are formed within blocks, to tcp where no other base is
// named.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.hh"
#include "analysis/compare.hh"
#include "analysis/gate.hh"
#include "analysis/published.hh"
#include "output/table.hh"

namespace mpb {

// Throughput, its ratio, latency, and the share of all bytes that each link carried. Of a
// synchronisation its time, and the lag under SETs in the place of latency.
Table throughput_table(const Analysis& analysis);

// Every ratio with its interval and verdict, headlines first.
Table ratio_table(const Analysis& analysis);

// Where links change: the longest stall and the first success after a change, and their ratios.
Table stall_table(const Analysis& analysis);

// Where links change: what happened between the events.
Table event_table(const Analysis& analysis);

// The answers of a search.
Table slo_table(const Analysis& analysis);

// Our figures next to the published ones.
Table published_table(const Analysis& analysis, const Published& published);

// Throughput against the wire model, segments sent again, and how long a reply takes to arrive.
Table explanation_table(const Analysis& analysis);

// CPU time a request.
Table cpu_table(const Analysis& analysis);

Table gate_table(const Result& result, const std::vector<GateOutcome>& outcomes);
Table compare_table(const Analysis& a, const Analysis& b, const std::vector<CompareRow>& rows);

// "1.52x", and "1.10x of mptcp" where the base is not tcp.
std::string ratio_text(const Figure& ratio, int decimals);

// "104-131" in milliseconds; "-" for none.
std::string milliseconds_text(const std::optional<Interval>& interval);

}  // namespace mpb
