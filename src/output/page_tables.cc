#include "output/page_tables.hh"

#include <algorithm>
#include <utility>

#include "report/causes.hh"
#include "report/connections.hh"
#include "report/curve.hh"
#include "report/explain.hh"
#include "report/figures.hh"
#include "report/group.hh"
#include "report/headline.hh"
#include "report/page_data.hh"
#include "report/slo.hh"
#include "report/stalls.hh"
#include "report/steadiness.hh"
#include "report/table.hh"
#include "report/text.hh"
#include "report/verdicts.hh"
#include "report/why.hh"
#include "sys/escape.hh"
#include "sys/process.hh"

namespace mpb {

namespace {

// The first `words` columns are words, the first two name the cell.
std::string html_table(const std::string& caption, const Row& header, const std::vector<Row>& rows,
                       std::size_t words) {
  if (rows.empty()) return "";
  const auto kind = [words](std::size_t column) {
    return std::string(column < words ? " class=\"word\"" : "");
  };
  std::string html = "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"" +
                     for_markup(caption) + "\"><table>\n<caption>" + for_markup(caption) +
                     "</caption>\n<thead><tr>";
  for (std::size_t i = 0; i < header.size(); ++i)
    html += "<th scope=\"col\"" + kind(i) + ">" + for_markup(header[i]) + "</th>";
  html += "</tr></thead>\n<tbody>\n";
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const Row& row = rows[r];
    const bool leads = r == 0 || row[0] != rows[r - 1][0];
    html += leads ? "<tr class=\"leads\">" : "<tr>";
    html += "<th scope=\"row\">" + for_markup(row[0]) + "</th>";
    for (std::size_t i = 1; i < row.size(); ++i) {
      const bool verdict = row[i] == "better" || row[i] == "worse";
      html += (verdict ? "<td class=\"word " + row[i] + "\">" : "<td" + kind(i) + ">") +
              for_markup(row[i]) + "</td>";
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string upper_first(std::string text) { return upper(text.substr(0, 1)) + text.substr(1); }

std::vector<std::string> link_names(const Result& result) {
  // An invalid run may not know what its links carried.
  const auto knows = std::find_if(result.runs.begin(), result.runs.end(),
                                  [](const Run& run) { return !run.links.empty(); });
  std::vector<std::string> names;
  if (knows == result.runs.end()) return names;
  for (const LinkTraffic& link : knows->links) names.push_back(link.name);
  return names;
}

template <class Hist>
std::string quantile_text(const RunGroup& group, Hist histogram, double q) {
  std::vector<double> values;
  for (const Run* run : group.valid) {
    if (can_tell(histogram(*run), q))
      values.push_back(static_cast<double>(histogram(*run).quantile(q).count()));
  }
  return values.empty() ? "-" : milliseconds(median(std::move(values)));
}

Row latency_cells(const RunGroup& group) {
  const auto headline = [](const Run& run) -> const Histogram& { return headline_latency(run); };
  const auto first_byte = [](const Run& run) -> const Histogram& { return run.outcome.first_byte; };
  Row row;
  for (const double q : {0.5, 0.9, 0.99}) row.push_back(quantile_text(group, headline, q));
  for (const double q : {0.5, 0.99}) row.push_back(quantile_text(group, first_byte, q));
  return row;
}

Row lag_cells(const RunGroup& group) {
  Row row;
  for (const char* metric : {"lag_p50", "lag_p99"}) {
    const Figure lag = figure_of(*find_metric(metric), group);
    row.push_back(lag.values.empty() ? "-" : milliseconds(lag.value));
  }
  return row;
}

// "better in 4 of 6 cells and equivalent in 2"; with too few blocks nothing.
std::string verdicts_text(const std::vector<const Figure*>& cells) {
  std::string text;
  for (const Verdict kind :
       {Verdict::kBetter, Verdict::kEquivalent, Verdict::kInconclusive, Verdict::kWorse}) {
    const auto count = std::count_if(cells.begin(), cells.end(), [kind](const Figure* figure) {
      return figure->judgement.verdict == kind;
    });
    if (count == 0) continue;
    text += (text.empty() ? "" : ", ") + to_text(kind) +
            (cells.size() == 1            ? ""
             : count == std::ssize(cells) ? " in all"
                                          : " in " + std::to_string(count));
  }
  return text;
}

// "MPTCP got 1.50 to 1.61 times the throughput of TCP in 4 cells: better in all."
std::string headline_sentence(const std::vector<const Figure*>& cells) {
  const Figure& first = *cells.front();
  const auto [low, high] =
      std::minmax_element(cells.begin(), cells.end(),
                          [](const Figure* a, const Figure* b) { return a->value < b->value; });
  const std::string verdicts = verdicts_text(cells);
  return upper(contestant(first)) + (first.metric->bigger_is_better ? " got " : " had ") +
         fixed((*low)->value, 2) + (cells.size() > 1 ? " to " + fixed((*high)->value, 2) : "") +
         " times " + long_name(*first.metric) + " of " + upper(contestant_base(first)) +
         (cells.size() > 1 ? " in " + std::to_string(cells.size()) + " cells" : "") +
         (verdicts.empty() ? " (too few blocks for a verdict)." : ": " + verdicts + ".");
}

}  // namespace

std::string answer(const Analysis& analysis) {
  std::string text;
  const std::vector<RunGroup>& groups = analysis.groups;
  for (const std::string& sentence : slo_sentences(analysis))
    text += (text.empty() ? "" : " ") + sentence + ".";
  for (const std::string& sentence : sweep_sentences(groups))
    text += (text.empty() ? "" : " ") + sentence + ".";
  if (!text.empty()) return text;
  for (const std::string& sentence : stall_sentences(groups))
    text += (text.empty() ? "" : " ") + sentence + ".";
  std::vector<std::string> protos;
  for (const Figure* ratio : ratios_in(analysis)) {
    if (std::find(protos.begin(), protos.end(), contestant(*ratio)) == protos.end())
      protos.push_back(contestant(*ratio));
  }
  for (const std::string& proto : protos) {
    for (const Metric* metric : headlines_in(analysis.figures, groups)) {
      std::vector<const Figure*> cells;
      for (const RunGroup& group : groups) {
        const Figure* ratio = headline_ratio(analysis.figures, groups, group);
        if (ratio != nullptr && contestant(*ratio) == proto && ratio->metric == metric)
          cells.push_back(ratio);
      }
      if (!cells.empty()) text += (text.empty() ? "" : " ") + headline_sentence(cells);
    }
  }
  std::string uncompared = uncompared_text(analysis);
  // A share of some, next to the ratio; it says already where it is all of a protocol's.
  if (uncompared.empty()) uncompared = invalid_shares(analysis.result);
  return text + (text.empty() || uncompared.empty() ? "" : " ") + uncompared;
}

std::string about(const Analysis& analysis) {
  const Result& result = analysis.result;
  std::string text = scenario_name(result);
  if (text.empty()) text = "a store of one's own";
  text += ", " + result.store.kind + " " + result.store.version;
  if (!result.runs.empty()) {
    const Run& run = result.runs.front();
    const bool one = std::all_of(result.runs.begin(), result.runs.end(),
                                 [&](const Run& other) { return other.rate_rps == run.rate_rps; });
    text += ", " + std::to_string(run.connections) + " connections, " +
            (!run.rate_rps ? "closed loop"
             : one         ? grouped(*run.rate_rps) + " req/s offered"
                           : "open loop at several rates") +
            ", " + fixed(seconds(run.outcome.duration), 1) + " s a run";
    if (const std::string used = congestion_text(result); !used.empty()) text += ", " + used;
  }
  const std::size_t blocks = blocks_of(result);
  if (result.slo) return text + ", a search, " + result.started;
  text += blocks == 1 ? ", one block" : ", " + std::to_string(blocks) + " blocks";
  return text + ", " + result.started;
}

std::string ratio_table(const Analysis& analysis) {
  const bool sweep = rates_of(analysis.groups) > 1;
  std::vector<Row> rows;
  bool too_short = false;
  bool unjudged = false;
  bool cut_off = false;
  std::size_t judged = 0;
  for (const Figure* figure : ratios_in(analysis)) {
    const Figure& ratio = *figure;
    const Comparison& c = *ratio.comparison;
    too_short = too_short || ratio.untold > 0;
    cut_off = cut_off || ratio.judgement.cut_off;
    judged = std::max(judged, ratio.judgement.family);
    unjudged = unjudged || !can_be_judged(*ratio.metric, *ratio.runs.front());
    rows.push_back({cell_of(*ratio.runs.front(), sweep), contestant(ratio), contestant_base(ratio),
                    ratio.metric->name, verdict_text(ratio.judgement, ratio.untold),
                    fixed(c.ratio, 3) + "x", interval_text(c.interval), p_text(ratio.judgement),
                    p_text(c.mann_whitney_p), fixed(c.cliffs_delta, 2),
                    count_of(c.n, blocks_of(analysis.result))});
  }
  std::string html =
      html_table("Ratios of each protocol to its base, within blocks",
                 {"cell", "protocol", "against", "metric", "verdict", "ratio", "95 % interval",
                  "adjusted p", "Mann-Whitney p", "Cliff's delta", "blocks"},
                 rows, 5);
  for (const std::string& sentence : noise_sentences(analysis))
    html += "<p class=\"note\">" + for_markup(upper_first(sentence)) + ".</p>\n";
  if (!rows.empty()) html += "<p class=\"note\">" + for_markup(about_intervals(judged)) + "</p>\n";
  if (const std::string invalid = invalid_shares(analysis.result);
      !invalid.empty() && !rows.empty())
    html += "<p class=\"note\">" + for_markup(invalid) + "</p>\n";
  if (unjudged) html += "<p class=\"note\">" + for_markup(kAboutLatency) + "</p>\n";
  for (const std::string& sentence : warmup_sentences(analysis.result))
    html += "<p class=\"note\">" + for_markup(sentence) + "</p>\n";
  for (const std::string& sentence : unsteady_sentences(analysis.result, analysis.groups))
    html += "<p class=\"note\">" + for_markup(sentence) + "</p>\n";
  if (cut_off) html += "<p class=\"note\">" + for_markup(kAboutCutOff) + "</p>\n";
  for (const std::string& sentence : connection_sentences(analysis.result, analysis.groups))
    html += "<p class=\"note\">" + for_markup(sentence) + "</p>\n";
  if (too_short) html += "<p class=\"note\">" + for_markup(kAboutTooShort) + "</p>\n";
  return html;
}

std::string figure_table(const Analysis& analysis, const Published* published) {
  const Result& result = analysis.result;
  const std::vector<RunGroup>& groups = analysis.groups;
  const std::vector<std::string> links = link_names(result);
  const bool sweep = rates_of(groups) > 1;
  const bool sync = !result.runs.empty() && result.runs.front().op == "sync";
  Row header{"cell", "protocol", sync ? "sync s" : "req/s", "95 % interval", "Mbit/s"};
  const Row latency = sync ? Row{"lag p50 ms", "lag p99 ms"}
                           : Row{"p50 ms", "p90 ms", "p99 ms", "first byte p50", "first byte p99"};
  header.insert(header.end(), latency.begin(), latency.end());
  header.push_back("runs");
  header.insert(header.end(), links.begin(), links.end());
  if (published != nullptr) header.insert(header.end(), {"published req/s", "published ms"});
  std::vector<Row> rows;
  for (const RunGroup& group : groups) {
    Row row{cell_of(*group.first, sweep), contestant(*group.first)};
    if (group.valid.empty()) {
      row.push_back("INVALID");
      row.resize(header.size(), "-");
      rows.push_back(std::move(row));
      continue;
    }
    row.push_back(
        sync ? fixed(median_of(group,
                               [](const Run& run) {
                                 return run.replication ? run.replication->sync_s : 0;
                               }),
                     2)
             : grouped(median_of(group, [](const Run& run) { return run.throughput_rps; })) +
                   (is_saturated(group) ? " SATURATED" : ""));
    const Figure figure = figure_of(*find_metric(sync ? "sync" : "throughput"), group);
    row.push_back(
        !figure.interval ? "-"
        : sync ? interval_text(Interval{figure.interval->low / 1e9, figure.interval->high / 1e9}, 2)
               : grouped(figure.interval->low) + "-" + grouped(figure.interval->high));
    row.push_back(fixed(median_of(group, [](const Run& run) { return run.goodput_bps; }) / 1e6, 1));
    const Row its = sync ? lag_cells(group) : latency_cells(group);
    row.insert(row.end(), its.begin(), its.end());
    row.push_back(count_of(group.valid.size(), runs_made(result, group)));
    for (std::size_t i = 0; i < links.size(); ++i) {
      row.push_back(percent(median_of(group, [i](const Run& run) {
        return i < run.links.size() ? share_of(run.links, i) : 0;
      })));
    }
    if (const PublishedFigure* theirs =
            published == nullptr ? nullptr : published->of(*group.first)) {
      row.push_back(grouped(theirs->rps));
      row.push_back(milliseconds(theirs->latency_ms * 1e6));
    }
    row.resize(header.size(), "-");
    rows.push_back(std::move(row));
  }
  return html_table(sync ? "Medians over the valid runs: a full synchronisation, then how long "
                           "data took to the replica under SETs"
                         : "Medians over the valid runs; latency to the last byte, in an open loop "
                           "from when the request was due",
                    header, rows, 2);
}

std::string slo_table(const Analysis& analysis) {
  const Result& result = analysis.result;
  std::vector<Row> rows = slo_rows(analysis);
  if (rows.size() < 2) return "";
  const Row header = rows.front();
  rows.erase(rows.begin());
  Row merged{"cell", "protocol"};
  merged.insert(merged.end(), header.begin() + 3, header.end());
  std::vector<Row> all;
  std::string cell;
  for (const Row& row : rows) {
    if (!row[0].empty()) cell = row[0] + " " + row[1];
    Row one{cell, row[2]};
    one.insert(one.end(), row.begin() + 3, row.end());
    all.push_back(std::move(one));
  }
  return html_table(
      "The highest rate at which " + to_text(result.slo->rule) + ", found by a search", merged, all,
      2);
}

std::string event_table(const Analysis& analysis) {
  const Result& result = analysis.result;
  const std::vector<std::string> links = link_names(result);
  Row header{"cell", "protocol", "event", "from s", "req/s", "longest wait ms", "first success ms",
             "lost"};
  header.insert(header.end(), links.begin(), links.end());
  std::vector<Row> rows;
  const std::vector<RunGroup>& groups = analysis.groups;
  const bool sweep = rates_of(groups) > 1;
  for (const RunGroup& group : groups) {
    if (group.valid.empty()) continue;
    const Run& run = typical(group.valid);
    for (const Segment& segment : run.outcome.segments) {
      Row row{cell_of(run, sweep),
              contestant(run),
              segment.event.empty() ? "-" : segment.event,
              fixed(seconds(segment.from), 1),
              grouped(segment.throughput_rps()),
              milliseconds(static_cast<double>(segment.longest_stall.count())),
              segment.event.empty() ? "-"
              : segment.first_success
                  ? milliseconds(static_cast<double>(segment.first_success->count()))
                  : "never",
              std::to_string(segment.lost)};
      for (std::size_t i = 0; i < links.size(); ++i)
        row.push_back(i < segment.links.size() ? percent(share_of(segment.links, i)) : "-");
      rows.push_back(std::move(row));
    }
  }
  std::vector<Row> stalls =
      stall_rows(analysis, [sweep](const RunGroup& group) { return cell_of(*group.first, sweep); });
  const Row heading = stalls.front();
  stalls.erase(stalls.begin());
  return html_table(
             "Longest stall and first success after a change: medians over the valid runs, "
             "and ratios within blocks",
             heading, stalls, 2) +
         html_table("Between the events, of the run with the median throughput", header, rows, 3);
}

std::string why_table(const Analysis& analysis) {
  const std::vector<Explanation>& all = analysis.explanations;
  if (all.empty()) return "";
  const bool sweep = rates_of(analysis.groups) > 1;
  const auto table_of = [&](const std::string& caption, Row header, auto cells_of) {
    header.insert(header.begin(), {"cell", "protocol"});
    std::vector<Row> rows{std::move(header)};
    for (const Explanation& why : all) {
      const std::string rate =
          sweep && why.rate_rps ? " at " + grouped(*why.rate_rps) + " req/s" : "";
      Row& row = rows.emplace_back(cells_of(why));
      row.insert(row.begin(), {upper(why.op) + " " + why.values + rate,
                               why.proto + (why.congestion.empty() ? "" : "+" + why.congestion)});
    }
    drop_unknown_columns(rows, 2);
    if (rows.front().size() == 2) return std::string();
    const Row first = rows.front();
    rows.erase(rows.begin());
    return html_table(caption, first, rows, 2);
  };
  std::string html = table_of(
      "Throughput against the wire model, segments sent again, a reply from its first byte to its "
      "last",
      throughput_header(analysis.result), throughput_cells);
  for (const std::string& sentence : limit_sentences(analysis.result, analysis.groups))
    html += "<p class=\"note\">" + for_markup(sentence) + "</p>\n";
  std::string tails;
  for (const std::string& sentence : tail_sentences(analysis.result, analysis.groups))
    tails += "<li>" + for_markup(sentence) + "</li>\n";
  if (!tails.empty())
    html += "<p class=\"note\">" + for_markup(upper_first(kAboutTail)) + "</p>\n<ul>\n" + tails +
            "</ul>\n";
  const std::string cpu = table_of(kAboutCpu, cpu_header(), cpu_cells);
  html += cpu;
  for (const Explanation& why : all) {
    if (const std::string sentence = stack_sentence(why); !sentence.empty())
      html += "<p class=\"note\">" + for_markup(sentence) + "</p>\n";
  }
  if (cpu.empty()) return html;
  for (const std::string& sentence : cpu_sentences(all))
    html += "<p class=\"note\">" + for_markup(upper_first(sentence)) + "</p>\n";
  return html;
}

std::string trouble_list(const Analysis& analysis) {
  const Result& result = analysis.result;
  std::string html;
  for (const Run& run : result.runs) {
    const bool valid = run.valid();
    const std::string sentence = valid ? trouble_sentence(run, result.runs.size())
                                       : invalid_sentence(run, result.runs.size());
    if (!sentence.empty())
      html += (valid ? "<li>" : "<li class=\"invalid\">") + for_markup(sentence) + "</li>\n";
  }
  for (const std::string& sentence : outlier_sentences(analysis))
    html += "<li>" + for_markup(sentence) + ".</li>\n";
  return html.empty() ? "" : "<ul>\n" + html + "</ul>\n";
}

std::string environment_list(const Analysis& analysis) {
  const Result& result = analysis.result;
  std::string host;
  std::string rest;
  const auto entry = [](const std::string& name, const std::string& value) {
    const bool lines = value.find('\n') != std::string::npos;
    return "<dt>" + for_markup(name) + "</dt><dd>" +
           (lines ? "<pre>" + for_markup(value) + "</pre>" : for_markup(value)) + "</dd>\n";
  };
  for (const auto& [name, value] : leaves(result.environment)) {
    const bool deep = name.rfind("namespaces", 0) == 0 || value.find('\n') != std::string::npos;
    (deep ? rest : host) += entry(name, value);
  }
  host += entry("store", result.store.kind + " " + result.store.version + ": " + result.store.why);
  for (const auto& [name, value] : leaves(result.scenario))
    host += entry("scenario " + name, value);
  for (const auto& [name, value] : leaves(result.workload))
    host += entry("workload " + name, value);
  host += entry("seed", std::to_string(result.seed));
  std::string configuration;
  for (const auto& [name, value] : result.store.configuration) configuration += entry(name, value);
  const auto folded = [](const char* title, const std::string& list) {
    return list.empty() ? ""
                        : "<details><summary>" + std::string(title) + "</summary>\n<dl>\n" + list +
                              "</dl></details>\n";
  };
  return "<dl>\n" + host + "</dl>\n" +
         folded("Namespaces: routes, qdiscs, endpoints, sysctls", rest) +
         folded("The store's configuration", configuration);
}

std::string command_list(const Analysis& analysis) {
  const Result& result = analysis.result;
  std::string html = "<pre>" + for_markup(command_text(result.command)) + "</pre>\n";
  if (!result.store.command.empty()) {
    html += "<details><summary>The store</summary>\n<pre>" +
            for_markup(command_text(result.store.command)) + "</pre></details>\n";
  }
  std::string runs;
  const std::vector<RunGroup>& groups = analysis.groups;
  for (const RunGroup& group : groups) {
    runs +=
        "# " + cell_of(*group.first, rates_of(groups) > 1) + " " + contestant(*group.first) + "\n";
    for (const std::string& command : group.first->commands) runs += command + "\n";
    runs += "\n";
  }
  if (runs.empty()) return html;
  const bool more = blocks_of(result) > 1;
  return html + "<details><summary>The processes of every run" +
         (more ? ": the first block's; the others differ in their seeds" : "") +
         "</summary>\n<pre>" + for_markup(runs) + "</pre></details>\n";
}

}  // namespace mpb
