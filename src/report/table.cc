#include "report/table.hh"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "report/causes.hh"
#include "report/connections.hh"
#include "report/curve.hh"
#include "report/explain.hh"
#include "report/group.hh"
#include "report/headline.hh"
#include "report/slo.hh"
#include "report/stalls.hh"
#include "report/steadiness.hh"
#include "report/text.hh"
#include "report/verdicts.hh"
#include "report/why.hh"
#include "sys/escape.hh"

namespace mpb {

namespace {

// A quantile over the runs that can tell it: "-" when none can.
std::string quantile_text(const RunGroup& group, double q) {
  std::vector<double> values;
  for (const Run* run : group.valid) {
    if (can_tell(headline_latency(*run), q))
      values.push_back(static_cast<double>(headline_latency(*run).quantile(q).count()));
  }
  return values.empty() ? "-" : milliseconds(median(std::move(values)));
}

// "1.52x"; with the metric where the column's heading cannot tell it, and with a base that is not
// tcp.
std::string ratio_text(const Analysis& analysis, const RunGroup& group) {
  const Figure* ratio = headline_ratio(analysis.figures, analysis.groups, group);
  if (ratio == nullptr) return "";
  const bool told = headlines_in(analysis.figures, analysis.groups).size() == 1;
  return fixed(ratio->value, 2) + "x" + (told ? "" : " " + short_name(*ratio->metric)) +
         (ratio->base == "tcp" ? "" : " of " + ratio->base);
}

// "vs tcp" of throughput, and "p99 vs tcp", "stall vs tcp"; "vs tcp" where cells differ in it.
std::string ratio_heading(const Analysis& analysis) {
  const std::vector<const Metric*> metrics = headlines_in(analysis.figures, analysis.groups);
  const bool throughput = metrics.empty() || metrics.front() == find_metric("throughput");
  return (metrics.size() != 1 || throughput ? "" : short_name(*metrics.front()) + " ") + "vs tcp";
}

Row figures(const Analysis& analysis, const RunGroup& group, std::size_t links) {
  Row row{"", "", contestant(*group.first)};
  if (group.valid.empty()) {
    row.push_back("INVALID");
    row.insert(row.end(), 4 + links, "-");
    return row;
  }
  const double rps = median_of(group, [](const Run& r) { return r.throughput_rps; });
  row.push_back(grouped(rps) + (is_saturated(group) ? " SATURATED" : ""));
  row.push_back(ratio_text(analysis, group));
  row.push_back(fixed(median_of(group, [](const Run& r) { return r.goodput_bps; }) / 1e6, 1));
  for (const double q : {0.5, 0.99}) row.push_back(quantile_text(group, q));
  for (std::size_t i = 0; i < links; ++i) {
    row.push_back(percent(median_of(group, [i](const Run& r) { return share_of(r.links, i); })));
  }
  return row;
}

// The operation and the value stand in the first row of their cell alone.
Row named(const std::vector<RunGroup>& groups, const RunGroup& group, Row row) {
  const bool leads = &group == &groups.front() || !same_cell(group, *(&group - 1));
  row[0] = leads ? upper(group.first->op) : "";
  row[1] = leads ? group.first->values : "";
  row[2] = contestant(*group.first);
  return row;
}

// Why the figures are what they are. Nothing where nothing is known of the links.
std::string why_table(const Analysis& analysis, const std::vector<RunGroup>& groups) {
  const std::vector<Explanation>& all = analysis.explanations;
  if (all.empty()) return "";
  const auto with_words = [](Row cells, const Row& words = {"", "", ""}) {
    cells.insert(cells.begin(), words.begin(), words.end());
    return cells;
  };
  const Row words{"op", "value", "proto"};
  std::vector<Row> throughput{with_words(throughput_header(analysis.result), words)};
  std::vector<Row> cpu{with_words(cpu_header(), words)};
  std::string stack;
  for (const RunGroup& group : groups) {
    const Run& run = *group.first;
    const auto why = std::find_if(all.begin(), all.end(), [&](const Explanation& e) {
      return e.op == run.op && e.values == run.values && e.proto == run.proto &&
             e.congestion == run.congestion;
    });
    if (why == all.end()) continue;
    throughput.push_back(named(groups, group, with_words(throughput_cells(*why))));
    cpu.push_back(named(groups, group, with_words(cpu_cells(*why))));
    if (const std::string sentence = stack_sentence(*why); !sentence.empty())
      stack += line_of(sentence);
  }
  std::string limits;
  for (const std::string& sentence : limit_sentences(analysis.result, groups))
    limits += (limits.empty() ? "\n" : "") + line_of(sentence);
  std::string tails;
  for (const std::string& sentence : tail_sentences(analysis.result, groups))
    tails += (tails.empty() ? "\n" + line_of(kAboutTail) + "\n" : "") + folded(sentence);
  drop_unknown_columns(throughput, words.size());
  drop_unknown_columns(cpu, words.size());
  std::string text =
      "\n  why: throughput against the wire model, segments sent again, a reply from its first "
      "byte to its last\n\n" +
      render(throughput) + stack + limits + tails;
  if (cpu.front().size() == words.size()) return text;  // nobody's CPU time is known
  text += "\n" + line_of(kAboutCpu) + "\n" + render(cpu) + "\n";
  for (const std::string& sentence : cpu_sentences(all)) text += line_of(sentence);
  return text;
}

std::string seconds_text(double ns) { return fixed(ns / 1e9, ns < 1e9 ? 2 : 1) + " s"; }

using Cell = std::vector<const RunGroup*>;  // the protocols of an operation and value size that
                                            // have a valid run

const std::vector<Segment>& segments_of(const RunGroup& group) {
  return group.valid.front()->outcome.segments;
}

// Whether a request sent after that segment's beginning was answered in any of the runs.
bool came_back(const RunGroup& group, std::size_t index) {
  return std::any_of(group.valid.begin(), group.valid.end(), [index](const Run* run) {
    const auto from = run->outcome.segments.begin() + static_cast<std::ptrdiff_t>(index);
    return std::any_of(from, run->outcome.segments.end(),
                       [](const Segment& s) { return s.first_success.has_value(); });
  });
}

// "link1 down 3.0 s, GET 4k: tcp stalled 7.4 s, mptcp 0.43 s" when the segment began with a link
// that went away: the longest wait from then until the link is back, one that the link's return
// found waiting included. A stall that the window's end cut off is not over: it says so.
std::string stall_sentence(const Cell& cell, std::size_t index) {
  const std::vector<Segment>& segments = segments_of(*cell.front());
  const Segment& gone = segments[index];
  if (gone.state != "down" && gone.state != "unplugged") return "";
  std::string text = gone.event;
  std::size_t back = index + 1;
  while (back < segments.size() &&
         !(segments[back].link == gone.link && segments[back].state == "up"))
    ++back;
  if (back < segments.size())
    text += " " + fixed(seconds(segments[back].from - gone.from), 1) + " s";
  const auto longest = [&](const Run& run) {
    Nanos stall{0};
    for (std::size_t i = index; i < run.outcome.segments.size() && i <= back; ++i)
      stall = std::max(stall, run.outcome.segments[i].longest_stall);
    return static_cast<double>(stall.count());
  };
  text += ", " + upper(cell.front()->first->op) + " " + cell.front()->first->values + ": ";
  for (const RunGroup* group : cell) {
    text += (group == cell.front() ? "" : ", ") + contestant(*group->first) +
            (group == cell.front() ? " stalled " : " ") + seconds_text(median_of(*group, longest));
    if (!came_back(*group, index)) text += " to the end";
  }
  return text;
}

// The cells of runs with events, of each the protocols that have a valid one.
std::vector<Cell> cells_with_events(const std::vector<RunGroup>& groups) {
  std::vector<Cell> cells;
  for (auto group = groups.begin(); group != groups.end();) {
    Cell cell;
    for (const RunGroup& head = *group; group != groups.end() && same_cell(*group, head); ++group) {
      if (!group->valid.empty() && !segments_of(*group).empty()) cell.push_back(&*group);
    }
    if (!cell.empty()) cells.push_back(std::move(cell));
  }
  return cells;
}

Row segment_row(const RunGroup& group, std::size_t index, std::size_t links) {
  const Segment& segment = segments_of(group)[index];
  const auto over = [&](auto get) {
    return median_of(group, [&](const Run& run) { return get(run.outcome.segments[index]); });
  };
  std::vector<double> stalls;
  for (const Run* run : group.valid) {
    const Nanos longest = run->outcome.segments[index].longest_stall;
    stalls.push_back(static_cast<double>(longest.count()));
  }
  std::vector<double> successes;  // in one block the first may never have come
  for (const Run* run : group.valid) {
    if (const auto& first = run->outcome.segments[index].first_success)
      successes.push_back(static_cast<double>(first->count()));
  }
  const bool always = successes.size() == group.valid.size();
  Row row{"",
          "",
          "",
          fixed(seconds(segment.from), 1),
          grouped(over([](const Segment& s) { return s.throughput_rps(); })),
          milliseconds(median(stalls)),
          milliseconds_text(summarize(stalls).interval),
          always ? milliseconds(median(successes)) : "never",
          always ? milliseconds_text(summarize(successes).interval) : "-",
          fixed(over([](const Segment& s) { return static_cast<double>(s.lost); }), 0)};
  for (std::size_t link = 0; link < links; ++link) {
    row.push_back(percent(
        over([link](const Segment& s) { return s.links.empty() ? 0 : share_of(s.links, link); })));
  }
  row.push_back(segment.event.empty() ? "-" : segment.event);
  return row;
}

// Columns of that name in which no row has anything: there are too few blocks.
void drop_empty_columns(std::vector<Row>& rows, const std::string& name) {
  for (std::size_t column = rows.front().size(); column-- > 0;) {
    const bool empty = std::all_of(rows.begin() + 1, rows.end(),
                                   [column](const Row& row) { return row[column] == "-"; });
    if (rows.front()[column] != name || !empty) continue;
    for (Row& row : rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(column));
  }
}

// What each protocol did between the events, and the sentences that say it at once. Nothing for
// links that did not change.
std::string events_table(const std::vector<RunGroup>& groups,
                         const std::vector<LinkTraffic>& links) {
  Row header{"op",       "value", "proto",       "from s", "req/s",
             "stall ms", "95 %",  "first ok ms", "95 %",   "lost"};
  for (const LinkTraffic& link : links) header.push_back(link.name);
  header.push_back("event");
  std::vector<Row> rows{header};
  for (const Cell& cell : cells_with_events(groups)) {
    for (const RunGroup* protocol : cell) {
      for (std::size_t i = 0; i < segments_of(*protocol).size(); ++i) {
        Row row = segment_row(*protocol, i, links.size());
        if (i == 0) row[2] = contestant(*protocol->first);
        if (i == 0 && protocol == cell.front())
          row[0] = upper(protocol->first->op), row[1] = protocol->first->values;
        rows.push_back(std::move(row));
      }
    }
  }
  if (rows.size() == 1) return "";
  drop_empty_columns(rows, "95 %");
  std::string sentences;
  for (const std::string& sentence : stall_sentences(groups)) sentences += line_of(sentence);
  if (!sentences.empty()) sentences.insert(0, 1, '\n');
  return sentences +
         "\n  through the events: the longest that any connection waited, and the first success "
         "after each\n\n" +
         render(rows);
}

const Row kSyncHeader{"op",     "value",  "proto",      "sync s",
                      "vs tcp", "Mbit/s", "lag p50 ms", "lag p99 ms"};

bool is_sync(const Run& run) { return run.op == "sync"; }

// Of a full synchronisation: its time, the speed of its transfer, and in the place of latency how
// long data took to the replica under SETs.
Row sync_figures(const Analysis& analysis, const RunGroup& group, std::size_t links) {
  Row row = figures(analysis, group, links);
  if (group.valid.empty()) return row;
  row[3] = fixed(median_of(group, [](const Run& r) { return r.replication->sync_s; }), 2);
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

// Behind the first figure the interval for its median, where a group has the runs that it takes.
void add_intervals(std::vector<Row>& rows, const std::vector<RunGroup>& groups) {
  constexpr std::size_t kColumn = 4;
  std::vector<std::string> cells{"95 %"};
  for (const RunGroup& group : groups) {
    const bool sync = is_sync(*group.first);
    const std::optional<Interval> interval =
        figure_of(*find_metric(sync ? "sync" : "throughput"), group).interval;
    const auto text = [sync](double value) {
      return sync ? fixed(value / 1e9, 2) : grouped(value);
    };
    cells.push_back(interval ? text(interval->low) + "-" + text(interval->high) : "");
  }
  if (std::all_of(cells.begin() + 1, cells.end(),
                  [](const std::string& cell) { return cell.empty(); }))
    return;
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].insert(rows[i].begin() + kColumn, cells[i]);
}

// Behind the first figure how it changed over the window, where that is known.
void add_trends(std::vector<Row>& rows, const std::vector<RunGroup>& groups) {
  constexpr std::size_t kColumn = 4;
  std::vector<std::string> cells{"trend"};
  for (const RunGroup& group : groups) cells.push_back(trend_text(group));
  if (std::all_of(cells.begin() + 1, cells.end(),
                  [](const std::string& cell) { return cell == "-"; }))
    return;
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].insert(rows[i].begin() + kColumn, cells[i]);
}

// Behind the ratio how many of the runs are valid, where some are not.
void add_valid(std::vector<Row>& rows, const Result& result, const std::vector<RunGroup>& groups) {
  constexpr std::size_t kColumn = 5;
  std::vector<std::string> cells{"valid"};
  bool all = true;
  for (const RunGroup& group : groups) {
    const std::size_t made = runs_made(result, group);
    all = all && group.valid.size() == made;
    cells.push_back(std::to_string(group.valid.size()) + " of " + std::to_string(made));
  }
  if (all) return;
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].insert(rows[i].begin() + kColumn, cells[i]);
}

// Which one it was decides some answers, and most hosts use cubic.
std::string congestion_note(const Result& result) {
  if (!result.parameters.congestions.empty()) return "";  // which are told apart
  const std::string used = congestion_text(result);
  return used.empty() || used == "cubic"
             ? ""
             : "Congestion control is " + used +
                   ": with cubic, which most hosts use, the answer may be another "
                   "(--congestion cubic).";
}

std::string name_of(const Run& run, std::size_t runs) {
  return "run " + std::to_string(run.order + 1) + " of " + std::to_string(runs) + " (" +
         contestant(run) + " " + run.op + " " + run.values +
         (run.rate_rps ? " at " + grouped(*run.rate_rps) + " req/s" : "") + ")";
}

std::string matrix_table(const Analysis& analysis, const std::vector<RunGroup>& groups,
                         const std::optional<Published>& published) {
  const Result& result = analysis.result;
  // An invalid run may not know what its links carried.
  const auto knows = std::find_if(result.runs.begin(), result.runs.end(),
                                  [](const Run& run) { return !run.links.empty(); });
  const std::vector<LinkTraffic> links =
      knows != result.runs.end() ? knows->links : std::vector<LinkTraffic>{};
  const std::string ratio = ratio_heading(analysis);
  Row header{"op", "value", "proto", "req/s", ratio, "Mbit/s", "p50 ms", "p99 ms"};
  if (is_sync(result.runs.front())) header = kSyncHeader;
  for (const LinkTraffic& link : links) header.push_back(link.name);
  std::vector<Row> rows{header};
  for (const RunGroup& group : groups) {
    const auto figures_of = is_sync(*group.first) ? sync_figures : figures;
    rows.push_back(named(groups, group, figures_of(analysis, group, links.size())));
  }
  add_valid(rows, result, groups);
  add_trends(rows, groups);
  add_intervals(rows, groups);
  const bool sweep = rates_of(groups) > 1;
  if (sweep) add_rates(rows, groups);
  std::string text = render(rows, sweep ? 4 : 3);
  std::vector<std::string> sentences = sweep_sentences(groups);
  if (std::any_of(groups.begin(), groups.end(), is_saturated)) sentences.push_back(kSaturatedNote);
  for (std::string& sentence : warmup_sentences(result)) sentences.push_back(std::move(sentence));
  for (std::string& sentence : unsteady_sentences(result, groups))
    sentences.push_back(std::move(sentence));
  for (std::size_t i = 0; i < sentences.size(); ++i)
    text += (i == 0 ? "\n" : "") + line_of(sentences[i]);
  text += events_table(groups, links) + verdict_table(analysis);
  if (published) text += published_table(analysis, *published);
  // At the rates of a sweep throughput is what was offered, which explains itself.
  return text + (sweep ? "" : why_table(analysis, groups));
}

}  // namespace

std::vector<std::string> stall_sentences(const std::vector<RunGroup>& groups) {
  std::vector<std::string> sentences;
  for (const Cell& cell : cells_with_events(groups)) {
    for (std::size_t i = 0; i < segments_of(*cell.front()).size(); ++i) {
      std::string sentence = stall_sentence(cell, i);
      if (!sentence.empty()) sentences.push_back(std::move(sentence));
    }
  }
  return sentences;
}

std::string trouble_sentence(const Run& run, std::size_t runs) {
  std::vector<std::string> clauses = run.notes;
  if (run.outcome.lost() > 0 || run.outcome.reconnects > 0) {
    std::string lost = "lost requests:";
    for (std::size_t i = 0; i < kLosses; ++i) {
      const Loss kind = static_cast<Loss>(i);
      if (run.outcome.error(kind) == 0) continue;
      lost +=
          " " + std::to_string(run.outcome.error(kind)) + " by " + std::string(to_text(kind)) + ",";
    }
    clauses.push_back(lost + " and made " + std::to_string(run.outcome.reconnects) +
                      " connections anew");
  }
  if (clauses.empty()) return "";
  std::string text = name_of(run, runs) + ": ";
  for (std::size_t i = 0; i < clauses.size(); ++i) text += (i > 0 ? "; " : "") + clauses[i];
  return text + ".";
}

std::string invalid_sentence(const Run& run, std::size_t runs) {
  std::string text = name_of(run, runs) + " is not a result: ";
  for (std::size_t i = 0; i < run.invalid_reasons.size(); ++i)
    text += (i > 0 ? "; " : "") + run.invalid_reasons[i];
  return text + ".";
}

std::string table(const Analysis& analysis, const std::string& title,
                  const std::optional<Published>& published) {
  const Result& result = analysis.result;
  const std::vector<RunGroup>& groups = analysis.groups;
  std::string text = for_terminal(title) + "\n";
  if (const std::string missing = interruption(result); !missing.empty()) text += line_of(missing);
  if (const std::string note = congestion_note(result); !note.empty()) text += line_of(note);
  text += "\n";
  if (const std::vector<Row> answers = slo_rows(analysis); !answers.empty()) {
    for (const std::string& sentence : slo_sentences(analysis)) text += line_of(sentence);
    text += "\n" + render(answers);
  } else if (groups.empty()) {
    text += "  no run was completed\n";
  } else {
    text += matrix_table(analysis, groups, published);
  }
  std::string sentences;
  for (const std::string& sentence : noise_sentences(analysis))
    sentences += line_of(sentence + ".");
  for (const std::string& sentence : outlier_sentences(analysis))
    sentences += line_of(sentence + ".");
  if (!sentences.empty()) text += "\n" + sentences;
  std::string connections;
  for (const std::string& sentence : connection_sentences(result, groups))
    connections += line_of(sentence);
  if (!connections.empty()) text += "\n" + connections;
  if (const std::string probes = probe_sentence(result); !probes.empty())
    text += "\n" + line_of(probes);
  bool first = true;
  for (const Run& run : result.runs) {
    const std::string sentence = !run.valid() ? invalid_sentence(run, result.runs.size())
                                              : trouble_sentence(run, result.runs.size());
    if (!sentence.empty()) text += (std::exchange(first, false) ? "\n" : "") + line_of(sentence);
  }
  return text;
}

}  // namespace mpb
