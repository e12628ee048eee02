// All tables of the program. Each is built here once. The terminal, the page and the Markdown
// summary render it in their own way, and choose which tables they show. A table without rows has
// nothing to show.
//
// A row begins with its cell, "GET 4k" or in a sweep "GET 4k at 500 req/s", and its protocol. The
// maps of a grid are different.
// Figures are medians over the valid runs. Ratios are formed within blocks, to the base in the
// heading ("vs tcp") unless another one is named.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.hh"
#include "analysis/compare.hh"
#include "analysis/gate.hh"
#include "analysis/heat_map.hh"
#include "analysis/published.hh"
#include "output/table.hh"

namespace mpb {

// Throughput, its ratio, latency, and the share of all bytes that each link carried. For a
// synchronisation its time, and the lag under SETs in place of the latency.
Table throughput_table(const Analysis& analysis);

// Every ratio with its interval and verdict, headlines first.
Table ratio_table(const Analysis& analysis);

// The maps of a grid with two variables: the ratio under each condition, with its verdict.
std::vector<Table> heat_tables(const Analysis& analysis);

// "GET 4k: throughput of mptcp as a ratio to tcp".
std::string heat_title(const HeatMap& map);

// For links that change: the longest stall and the first success after an event, and their ratios.
Table stall_table(const Analysis& analysis);

// For links that change: throughput, waits and losses between the events.
Table event_table(const Analysis& analysis);

// Where a TCP flow shares a link with the load: the goodput and the share of each.
Table competing_table(const Analysis& analysis);

// Where the load came from several hosts: what each of them did.
Table host_table(const Analysis& analysis);
// At a target: the interfaces and addresses that the connections used, and what each carried.
Table path_table(const Analysis& analysis);

// The answers of a search.
Table slo_table(const Analysis& analysis);

// Our figures next to the published ones.
Table published_table(const Analysis& analysis, const Published& published);

// Throughput against the wire model, retransmitted segments, and the time that a reply takes to
// arrive.
Table explanation_table(const Analysis& analysis);

// CPU time per request.
Table cpu_table(const Analysis& analysis);

Table gate_table(const Result& result, const std::vector<GateOutcome>& outcomes);
Table compare_table(const Analysis& a, const Analysis& b, const std::vector<CompareRow>& rows);

// The base of most ratios: "tcp".
std::string heading_base(const Analysis& analysis);

// "1.52x"; "1.10x of mptcp" if the base is not the one in the heading.
std::string ratio_text(const Figure& ratio, int decimals, const std::string& heading);

// "104-131" in milliseconds; "-" for none.
std::string milliseconds_text(const std::optional<Interval>& interval);

}  // namespace mpb
