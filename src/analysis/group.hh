// The runs of a result in groups: one for each cell (operation, value size, offered rate and
// conditions) and contestant, which is a protocol in one of its variants. A figure of a group is
// the median of its valid runs. Ratios between groups are formed within blocks, so that the
// condition of the machine cancels out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "result/protocol.hh"
#include "result/result.hh"
#include "stats/summary.hh"

namespace mpb {

struct RunGroup {
  const Run* first;               // the first run of the group, valid or not
  std::vector<const Run*> valid;  // in the order in which they ran
  std::string base;               // the contestant that it is compared with; "" for none
};

// Cells in the order in which they first ran. Within a cell, for each value of the settings that
// concern every protocol: tcp, mptcp and its variants, tcp-split, mptcp-one, tcp-on-mptcp, so that
// a ratio is listed below its base. The runs of a search are in no group, because each has its own
// rate. The groups refer to the runs of `result`.
std::vector<RunGroup> groups_of(const Result& result);

// "GET 4k"; at a rate "GET 4k at 500 req/s"; of a grid "GET 4k, link2.delay 20ms".
std::string cell_text(const std::string& op, const std::string& values,
                      const std::optional<double>& rate_rps = std::nullopt,
                      const Settings& conditions = {});

// The cell of a run; in a sweep with the rate, which is a part of the cell there.
std::string cell_of(const Run& run, bool sweep = false);

// The separator of such cells in a list. The name of a cell with conditions contains commas.
const char* separator_of(const std::string& cell);

// Whether both groups belong to the same cell.
bool same_cell(const RunGroup& a, const RunGroup& b);

// The number of offered rates: more than one is a sweep.
std::size_t rates_of(const std::vector<RunGroup>& groups);

// Whether the offered rate exceeded capacity in any valid run. Latency then depends on the length
// of the runs.
bool is_saturated(const RunGroup& group);

// Whether `name` is the run's contestant. It may leave out the settings that concern every
// protocol: "mptcp+signal" is also "mptcp+bbr+signal".
bool is_named(const Run& run, const std::string& name);

// The group of the same cell whose contestant has this name. If the name leaves out settings, they
// are those of `like`. Null if it was not measured.
const RunGroup* find_group(const std::vector<RunGroup>& groups, const RunGroup& like,
                           const std::string& name);

// Whether the run, valid or not, is in that group.
bool belongs_to(const Run& run, const RunGroup& group);

// The group of the same cell that this one is compared with; null if there is none.
const RunGroup* base_group(const std::vector<RunGroup>& groups, const RunGroup& group);

template <class Get>
double median_of(const RunGroup& group, Get get) {
  std::vector<double> values;
  for (const Run* run : group.valid) values.push_back(get(*run));
  return median(std::move(values));
}

// The group's first valid run of that block; null if it has none. A block contributes one pair to a
// comparison, never more.
const Run* run_of_block(const RunGroup& group, int block);

// The number of blocks in which both have a valid run.
std::size_t blocks_of_both(const RunGroup& group, const RunGroup& base);

// The congestion controls that the runs used, read back from the kernel: "bbr", or "bbr and cubic";
// "" if none is known.
std::string congestion_text(const Result& result);

// The share of all bytes, in both directions, that link `index` carried. With several clients, each
// of which has `per_client` links, it is the share of that link of every client.
double share_of(const std::vector<LinkTraffic>& links, std::size_t index, std::size_t per_client);

}  // namespace mpb
