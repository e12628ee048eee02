// The runs of a result, by what they measured: one group for each operation, value size, offered
// rate and contestant, which is a protocol with its congestion control. Figures over a group are
// medians of its valid runs; ratios between groups are formed within blocks, where what the machine
// was like cancels out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "result/protocol.hh"
#include "result/result.hh"
#include "stats/summary.hh"

namespace mpb {

struct RunGroup {
  const Run* first;               // of the group, valid or not
  std::vector<const Run*> valid;  // in the order in which they ran
};

// In the order in which cells first ran; in a cell, for each congestion control, tcp, tcp-split,
// mptcp, mptcp-one, tcp-on-mptcp, so that a ratio stands under what it is a ratio of. Runs of a
// search are in none of them: each is at a rate of its own. The runs stay the result's.
std::vector<RunGroup> groups_of(const Result& result);

// "GET 4k"; at a rate "GET 4k at 500 req/s".
std::string cell_text(const std::string& op, const std::string& values,
                      const std::optional<double>& rate_rps = std::nullopt);

// What a row or a chart is of; in a sweep with the rate, which is a part of the cell there.
std::string cell_of(const Run& run, bool sweep = false);

bool same_cell(const RunGroup& a,
               const RunGroup& b);  // the same operation, value size and offered rate

// How many rates were offered: more than one is a sweep.
std::size_t rates_of(const std::vector<RunGroup>& groups);

// Whether more was offered than got through in any of its valid runs. Latency then is a matter of
// how long the runs were.
bool is_saturated(const RunGroup& group);

// The group of the same cell and congestion control with that protocol; null when it was not
// measured.
const RunGroup* find_group(const std::vector<RunGroup>& groups, const RunGroup& like,
                           const std::string& proto);

// Whether the run is one of that group, valid or not.
bool belongs_to(const Run& run, const RunGroup& group);

// The group of the same cell that this one is compared with; null when there is none.
const RunGroup* base_group(const std::vector<RunGroup>& groups, const RunGroup& group);

template <class Get>
double median_of(const RunGroup& group, Get get) {
  std::vector<double> values;
  for (const Run* run : group.valid) values.push_back(get(*run));
  return median(std::move(values));
}

// The group's valid run of that block, the first if there are several; null when there is none. A
// block is one pair of a comparison, never more.
const Run* run_of_block(const RunGroup& group, int block);

// In how many blocks both have a valid run.
std::size_t blocks_of_both(const RunGroup& group, const RunGroup& base);

// Those that the runs used, read back: "bbr", or "bbr and cubic"; "" where none is known.
std::string congestion_text(const Result& result);

// The share of all bytes, both ways, that link `index` carried.
double share_of(const std::vector<LinkTraffic>& links, std::size_t index);

}  // namespace mpb
