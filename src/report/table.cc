#include "report/table.hh"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <utility>

namespace mpb {

namespace {

std::string fixed(double value, int decimals) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// Milliseconds with three significant digits: enough to compare, not so many as to pretend.
std::string milliseconds(double ns) {
  const double ms = ns / 1e6;
  return fixed(ms, ms < 1 ? 3 : ms < 10 ? 2 : ms < 100 ? 1 : 0);
}

template <class Get>
double median_of(const std::vector<const Run*>& runs, Get get) {
  std::vector<double> values;
  for (const Run* run : runs) values.push_back(get(*run));
  return median(std::move(values));
}

using Row = std::vector<std::string>;

// Left-aligns the first three columns (words), right-aligns the rest (numbers). Widths are measured in bytes: the cells are ASCII.
std::string render(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (r == 1) text += "  " + std::string(std::accumulate(widths.begin(), widths.end(), 2 * (widths.size() - 1)), '-') + "\n";
    std::string line = "  ";
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      const std::string padding(widths[i] - rows[r][i].size(), ' ');
      line += i < 3 ? rows[r][i] + padding : padding + rows[r][i];
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

double bytes_of(const LinkTraffic& link) { return static_cast<double>(link.client_tx_bytes + link.client_rx_bytes); }

// The share of all bytes that link `index` carried, in a run.
double share(const Run& run, std::size_t index) {
  double total = 0;
  for (const LinkTraffic& link : run.links) total += bytes_of(link);
  return total == 0 ? 0 : bytes_of(run.links[index]) / total;
}

struct Group {
  const Run* first;
  std::vector<const Run*> valid;
};

// The median of the ratios within the blocks in which both are valid: what a block's machine was like cancels out. "" when there is none.
std::string ratio_text(const Group& group, const Group* tcp) {
  std::vector<double> ratios;
  for (const Run* run : group.valid) {
    for (const Run* base : tcp != nullptr && tcp != &group ? tcp->valid : std::vector<const Run*>{}) {
      if (base->block == run->block && base->throughput_rps > 0) ratios.push_back(run->throughput_rps / base->throughput_rps);
    }
  }
  return ratios.empty() ? "" : fixed(median(std::move(ratios)), 2) + "x";
}

// The headline latency. Open loop: it counts from when the request was due, or a stall would hide the requests that it held up.
const Histogram& latency_of(const Run& run) { return run.rate_rps ? run.response : run.last_byte; }

// A quantile over the runs that can tell it: "-" when none can.
std::string quantile_text(const Group& group, double q) {
  std::vector<double> values;
  for (const Run* run : group.valid) {
    if (can_tell(latency_of(*run), q)) values.push_back(static_cast<double>(latency_of(*run).quantile(q).count()));
  }
  return values.empty() ? "-" : milliseconds(median(std::move(values)));
}

Row figures(const Group& group, const Group* tcp, std::size_t links) {
  Row row{"", "", group.first->proto};
  if (group.valid.empty()) {
    row.push_back("INVALID");
    row.insert(row.end(), 4 + links, "-");
    return row;
  }
  const double rps = median_of(group.valid, [](const Run& r) { return r.throughput_rps; });
  const bool saturated = std::any_of(group.valid.begin(), group.valid.end(), [](const Run* r) { return r->saturated; });
  row.push_back(grouped(rps) + (saturated ? " SATURATED" : ""));
  row.push_back(ratio_text(group, tcp));
  row.push_back(fixed(median_of(group.valid, [](const Run& r) { return r.goodput_bps; }) / 1e6, 1));
  for (const double q : {0.5, 0.99}) row.push_back(quantile_text(group, q));
  for (std::size_t i = 0; i < links; ++i) {
    row.push_back(fixed(100 * median_of(group.valid, [i](const Run& r) { return share(r, i); }), 0) + "%");
  }
  return row;
}

const Row kSyncHeader{"op", "value", "proto", "sync s", "vs tcp", "Mbit/s", "lag p50 ms", "lag p99 ms"};

bool is_sync(const Run& run) { return run.op == "sync"; }

// Of a full synchronisation: its time, its speed against TCP's, and in the place of latency how long data took to the replica under SETs.
Row sync_figures(const Group& group, const Group* tcp, std::size_t links) {
  Row row = figures(group, tcp, links);
  if (group.valid.empty()) return row;
  row[3] = fixed(median_of(group.valid, [](const Run& r) { return r.replication->sync_s; }), 2);
  std::vector<double> halves;
  std::vector<double> tails;
  for (const Run* run : group.valid) {
    const Spread& lag = *run->replication->lag_ns;
    halves.push_back(static_cast<double>(lag.p50));
    if (lag.p99) tails.push_back(static_cast<double>(*lag.p99));
  }
  row[6] = milliseconds(median(std::move(halves)));
  row[7] = tails.empty() ? "-" : milliseconds(median(std::move(tails)));
  return row;
}

std::string name_of(const Run& run, std::size_t runs) {
  return "run " + std::to_string(run.order + 1) + " of " + std::to_string(runs) + " (" + run.proto + " " + run.op + " " + run.values + ")";
}

// What a valid run went through and its figures do not show; "" when nothing.
std::string trouble_sentence(const Run& run, std::size_t runs) {
  if (run.errors.empty() && run.reconnects == 0) return "";
  std::string text = name_of(run, runs) + " lost requests:";
  for (const auto& [kind, count] : run.errors) text += " " + std::to_string(count) + " by " + kind + ",";
  return text + " and made " + std::to_string(run.reconnects) + " connections anew.";
}

}  // namespace

std::string grouped(double value) {
  if (value < 100) return fixed(value, 1);
  std::string digits = fixed(value, 0);
  for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3) digits.insert(static_cast<std::size_t>(i), 1, ',');
  return digits;
}

std::string invalid_sentence(const Run& run, std::size_t runs) {
  std::string text = name_of(run, runs) + " is not a result: ";
  for (std::size_t i = 0; i < run.invalid_reasons.size(); ++i) text += (i > 0 ? "; " : "") + run.invalid_reasons[i];
  return text + ".";
}

std::string table(const Result& result, const std::string& title) {
  // Groups in the order in which they first ran, but TCP before MPTCP, so that the ratio stands under what it is a ratio of.
  std::vector<Group> groups;
  for (const Run& run : result.runs) {
    auto same = [&](const Group& g) { return g.first->op == run.op && g.first->values == run.values && g.first->proto == run.proto; };
    auto found = std::find_if(groups.begin(), groups.end(), same);
    if (found == groups.end()) found = groups.insert(groups.end(), Group{&run, {}});
    if (run.valid()) found->valid.push_back(&run);
  }
  if (groups.empty()) return title + "\n\n  no run was completed\n";

  // An invalid run may not know what its links carried.
  const auto knows = std::find_if(result.runs.begin(), result.runs.end(), [](const Run& run) { return !run.links.empty(); });
  const std::vector<LinkTraffic> links = knows != result.runs.end() ? knows->links : std::vector<LinkTraffic>{};
  Row header{"op", "value", "proto", "req/s", "vs tcp", "Mbit/s", "p50 ms", "p99 ms"};
  if (is_sync(result.runs.front())) header = kSyncHeader;
  for (const LinkTraffic& link : links) header.push_back(link.name);
  std::vector<Row> rows{header};
  std::vector<bool> done(groups.size(), false);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (done[i]) continue;
    std::vector<const Group*> cell;
    for (std::size_t j = i; j < groups.size(); ++j) {
      if (groups[j].first->op != groups[i].first->op || groups[j].first->values != groups[i].first->values) continue;
      done[j] = true;
      cell.push_back(&groups[j]);
    }
    std::stable_sort(cell.begin(), cell.end(), [](auto* a, auto* b) { return (a->first->proto == "tcp") > (b->first->proto == "tcp"); });
    const Group* tcp = cell.front()->first->proto == "tcp" ? cell.front() : nullptr;
    for (const Group* group : cell) {
      Row row = (is_sync(*group->first) ? sync_figures : figures)(*group, tcp, links.size());
      if (group == cell.front()) {
        row[0] = upper(group->first->op);
        row[1] = group->first->values;
      }
      rows.push_back(std::move(row));
    }
  }

  std::string text = title + "\n\n" + render(rows);
  bool first = true;
  for (const Run& run : result.runs) {
    const std::string sentence = !run.valid() ? invalid_sentence(run, result.runs.size()) : trouble_sentence(run, result.runs.size());
    if (!sentence.empty()) text += (std::exchange(first, false) ? "\n  " : "  ") + sentence + "\n";
  }
  return text;
}

}  // namespace mpb
