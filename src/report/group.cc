#include "report/group.hh"

#include <algorithm>
#include <array>

namespace mpb {

namespace {

constexpr std::string_view kAgain = "-again";

// Each stands right behind what it is compared with, where that has one of its own.
std::size_t rank(const std::string& proto) {
  static const std::array<const char*, 5> kOrder{"tcp", "tcp-split", "mptcp", "mptcp-one", "tcp-on-mptcp"};
  const bool again = proto.ends_with(kAgain);
  const auto place = std::find(kOrder.begin(), kOrder.end(), again ? base_of(proto) : proto);
  return 2 * static_cast<std::size_t>(place - kOrder.begin()) + (again ? 1 : 0);
}

}  // namespace

std::string base_of(const std::string& proto) {
  if (proto.ends_with(kAgain)) return proto.substr(0, proto.size() - kAgain.size());
  return proto == "tcp" ? "" : "tcp";
}

const RunGroup* base_group(const std::vector<RunGroup>& groups, const RunGroup& group) {
  const std::string base = base_of(group.first->proto);
  return base.empty() ? nullptr : find_group(groups, group, base);
}

bool same_cell(const RunGroup& a, const RunGroup& b) { return a.first->op == b.first->op && a.first->values == b.first->values; }

std::vector<RunGroup> groups_of(const Result& result) {
  std::vector<RunGroup> found;
  for (const Run& run : result.runs) {
    const RunGroup its{&run, {}};
    auto group =
        std::find_if(found.begin(), found.end(), [&](const RunGroup& g) { return same_cell(g, its) && g.first->proto == run.proto; });
    if (group == found.end()) group = found.insert(found.end(), its);
    if (run.valid()) group->valid.push_back(&run);
  }
  std::vector<RunGroup> ordered;
  for (const RunGroup& cell : found) {
    if (std::any_of(ordered.begin(), ordered.end(), [&](const RunGroup& g) { return same_cell(g, cell); })) continue;
    const auto start = static_cast<std::ptrdiff_t>(ordered.size());
    std::copy_if(found.begin(), found.end(), std::back_inserter(ordered), [&](const RunGroup& g) { return same_cell(g, cell); });
    std::stable_sort(ordered.begin() + start, ordered.end(),
                     [](const RunGroup& a, const RunGroup& b) { return rank(a.first->proto) < rank(b.first->proto); });
  }
  return ordered;
}

const RunGroup* find_group(const std::vector<RunGroup>& groups, const RunGroup& cell, const std::string& proto) {
  const auto found =
      std::find_if(groups.begin(), groups.end(), [&](const RunGroup& g) { return same_cell(g, cell) && g.first->proto == proto; });
  return found == groups.end() ? nullptr : &*found;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::optional<double> throughput_ratio(const RunGroup& group, const RunGroup& base) {
  std::vector<double> ratios;
  for (const Run* run : group.valid) {
    for (const Run* other : base.valid) {
      if (other->block == run->block && other->throughput_rps > 0) ratios.push_back(run->throughput_rps / other->throughput_rps);
    }
  }
  if (ratios.empty()) return std::nullopt;
  return median(std::move(ratios));
}

double share_of(const std::vector<LinkTraffic>& links, std::size_t index) {
  const auto bytes = [](const LinkTraffic& link) { return static_cast<double>(link.client_tx_bytes + link.client_rx_bytes); };
  double total = 0;
  for (const LinkTraffic& link : links) total += bytes(link);
  return total == 0 ? 0 : bytes(links[index]) / total;
}

}  // namespace mpb
