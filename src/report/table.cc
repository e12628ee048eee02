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

struct Row {
  std::vector<std::string> cells;
  bool opens_group = false;
};

// Left-aligns the first three columns (words), right-aligns the rest (numbers). Widths are measured in bytes: the cells are ASCII.
std::string render(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().cells.size(), 0);
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.cells.size(); ++i) widths[i] = std::max(widths[i], row.cells[i].size());
  }
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (r == 1 || rows[r].opens_group) {
      const std::size_t total = std::accumulate(widths.begin(), widths.end(), std::size_t{0}) + 2 * (widths.size() - 1);
      if (r == 1) text += "  " + std::string(total, '-') + "\n";
    }
    std::string line = "  ";
    for (std::size_t i = 0; i < rows[r].cells.size(); ++i) {
      const std::string padding(widths[i] - rows[r].cells[i].size(), ' ');
      line += i < 3 ? rows[r].cells[i] + padding : padding + rows[r].cells[i];
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

Row figures(const Group& group, double tcp_rps, std::size_t links) {
  Row row;
  row.cells = {"", "", group.first->proto};
  if (group.valid.empty()) {
    row.cells.insert(row.cells.end(), 5 + links, "-");
    row.cells[3] = "INVALID";
    return row;
  }
  const double rps = median_of(group.valid, [](const Run& r) { return r.throughput_rps; });
  const bool saturated = std::any_of(group.valid.begin(), group.valid.end(), [](const Run* r) { return r->saturated; });
  row.cells.push_back(grouped(rps) + (saturated ? " SATURATED" : ""));
  row.cells.push_back(tcp_rps > 0 && group.first->proto != "tcp" ? fixed(rps / tcp_rps, 2) + "x" : "");
  row.cells.push_back(fixed(median_of(group.valid, [](const Run& r) { return r.goodput_bps; }) / 1e6, 1));
  for (const double q : {0.5, 0.99}) {
    // Open loop: latency counts from when the request was due, or a stall would hide the requests that it held up.
    row.cells.push_back(milliseconds(
        median_of(group.valid, [q](const Run& r) { return double((r.rate_rps ? r.response : r.last_byte).quantile(q).count()); })));
  }
  for (std::size_t i = 0; i < links; ++i) {
    row.cells.push_back(fixed(100 * median_of(group.valid, [i](const Run& r) { return share(r, i); }), 0) + "%");
  }
  return row;
}

}  // namespace

std::string grouped(double value) {
  if (value < 100) return fixed(value, 1);
  std::string digits = fixed(value, 0);
  for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3) digits.insert(static_cast<std::size_t>(i), ",");
  return digits;
}

std::string invalid_sentence(const Run& run, std::size_t runs) {
  std::string text = "run " + std::to_string(run.order + 1) + " of " + std::to_string(runs) + " (" + run.proto + " " + run.op + " " +
                     run.values + ") is not a result: ";
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

  const std::size_t links = result.runs.front().links.size();
  Row header{{"op", "value", "proto", "req/s", "vs tcp", "Mbit/s", "p50 ms", "p99 ms"}};
  for (const LinkTraffic& link : result.runs.front().links) header.cells.push_back(link.name);
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
    double tcp_rps = 0;
    for (const Group* group : cell) {
      if (group->first->proto == "tcp" && !group->valid.empty()) {
        tcp_rps = median_of(group->valid, [](const Run& r) { return r.throughput_rps; });
      }
      Row row = figures(*group, tcp_rps, links);
      if (group == cell.front()) {
        row.cells[0] = upper(group->first->op);
        row.cells[1] = group->first->values;
        row.opens_group = true;
      }
      rows.push_back(std::move(row));
    }
  }

  std::string text = title + "\n\n" + render(rows);
  bool first = true;
  for (const Run& run : result.runs) {
    if (!run.valid()) text += (std::exchange(first, false) ? "\n  " : "  ") + invalid_sentence(run, result.runs.size()) + "\n";
  }
  return text;
}

}  // namespace mpb
