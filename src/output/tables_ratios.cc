#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "analysis/connections.hh"
#include "analysis/headline.hh"
#include "analysis/slo.hh"
#include "analysis/steadiness.hh"
#include "analysis/text.hh"
#include "analysis/verdicts.hh"
#include "output/tables.hh"

namespace mpb {

namespace {

// Why ratios have no verdict, each reason once. Reasons that are listed below the table of
// throughput are left out.
std::vector<std::string> withheld_sentences(const Analysis& analysis,
                                            const std::vector<const Figure*>& ratios) {
  std::vector<std::string> listed = unsteady_sentences(analysis.result, analysis.groups);
  std::vector<std::string> sentences;
  for (const Figure* ratio : ratios) {
    std::string sentence = ratio->withheld + ".";
    if (ratio->withheld.empty() ||
        std::find(listed.begin(), listed.end(), sentence) != listed.end())
      continue;
    listed.push_back(sentence);
    sentences.push_back(std::move(sentence));
  }
  return sentences;
}

std::vector<std::string> ratio_notes(const Analysis& analysis,
                                     const std::vector<const Figure*>& ratios) {
  if (const std::string few = few_blocks_sentence(analysis); !few.empty()) {
    std::vector<std::string> notes{few};
    if (std::string invalid = invalid_shares(analysis.result); !invalid.empty())
      notes.push_back(std::move(invalid));
    return notes;
  }
  const auto any = [&](auto is) { return std::any_of(ratios.begin(), ratios.end(), is); };
  std::size_t judged = 0;
  for (const Figure* ratio : ratios) judged = std::max(judged, ratio->judgement.family);
  const Adjustment adjustment = adjustment_of(analysis.result.parameters);
  std::vector<std::string> notes = interval_sentences(
      judged, looks_at(analysis.result, fewest_for_any(judged, adjustment)), adjustment);
  if (any([](const Figure* f) { return !can_be_judged(*f->metric, *f->runs.front()); }))
    notes.emplace_back(kAboutLatency);
  if (any([](const Figure* f) { return depends_on_window(*f->metric, *f->runs.front()); }))
    notes.emplace_back(kAboutWindow);
  for (std::string& reason : withheld_sentences(analysis, ratios))
    notes.push_back(std::move(reason));
  if (std::string invalid = invalid_shares(analysis.result); !invalid.empty())
    notes.push_back(std::move(invalid));
  if (any([](const Figure* f) { return f->judgement.blocks_missing.has_value(); }))
    notes.emplace_back(kAboutMoreBlocks);
  if (any([](const Figure* f) { return f->judgement.cut_off; })) notes.emplace_back(kAboutCutOff);
  if (any([](const Figure* f) { return f->too_short > 0; })) notes.emplace_back(kAboutTooShort);
  return notes;
}

const Figure* find_figure(const Analysis& analysis, const RunGroup& group, const Metric& metric,
                          bool ratio) {
  const auto found =
      std::find_if(analysis.figures.begin(), analysis.figures.end(), [&](const Figure& figure) {
        return figure.comparison.has_value() == ratio && figure.metric == &metric &&
               belongs_to(*figure.runs.front(), group);
      });
  return found == analysis.figures.end() ? nullptr : &*found;
}

constexpr const char* kAboutTests =
    "The adjusted p tests the claim of the verdict, so a clear difference that is about as large "
    "as "
    "the margin has a large p. The Mann-Whitney p tests whether there is any difference at all, "
    "however small.";

// "2,350-2,480".
std::string rates_of_interval(const Interval& interval) {
  return fmt::format("{}-{}", format_count(interval.low), format_count(interval.high));
}

// A bound of a threshold that the search did not find; "-" for none.
std::string bound_text(const SloAnswer& answer) {
  return answer.held_rps     ? "≥ " + format_count(*answer.held_rps)
         : answer.failed_rps ? "< " + format_count(*answer.failed_rps)
                             : "-";
}

// "2.03x" if the two thresholds differ. Otherwise "-", because a ratio would suggest a difference.
std::string threshold_ratio_text(const SloAnswer& answer) {
  if (base_of(answer.proto).empty()) return "";
  if (!differs_from_base(answer)) return "-";
  return fixed(answer.ratio->value, 2) + "x" + (answer.base == "tcp" ? "" : " of " + answer.base);
}

}  // namespace

std::string heading_base(const Analysis& analysis) {
  const auto ratio = std::find_if(analysis.figures.begin(), analysis.figures.end(),
                                  [](const Figure& figure) { return figure.comparison; });
  return ratio == analysis.figures.end() ? "tcp" : plain_base(*ratio);
}

std::string ratio_text(const Figure& ratio, int decimals, const std::string& heading) {
  const std::string base = plain_base(ratio);
  return fixed(ratio.value, decimals) + "x" + (base == heading ? "" : " of " + base);
}

std::string milliseconds_text(const std::optional<Interval>& interval) {
  if (!interval) return "-";
  return fmt::format("{}-{}", milliseconds(interval->low), milliseconds(interval->high));
}

Table ratio_table(const Analysis& analysis) {
  Table table;
  const std::vector<const Figure*> ratios = ratios_in(analysis);
  if (ratios.empty()) return table;
  table.title = "Ratios of each protocol to its base, block by block";
  table.keys = 2;
  const std::string base = heading_base(analysis);
  // A phone shows the first four without scrolling.
  table.columns = {word("cell"),
                   word("protocol"),
                   number_of("vs " + base),
                   word("verdict"),
                   word("metric"),
                   number_of("95 %"),
                   number_of("adjusted p"),
                   detail("Mann-Whitney p"),
                   detail("Cliff's delta"),
                   number_of("blocks")};
  const bool sweep = rates_of(analysis.groups) > 1;
  for (const Figure* ratio : judged_ratios_in(analysis)) {
    const Comparison& c = *ratio->comparison;
    const bool judged =
        ratio->judgement.family > 0;  // otherwise other tests would be mistaken for verdicts
    table.rows.push_back(
        {cell_of(*ratio->runs.front(), sweep), contestant(*ratio), ratio_text(*ratio, 3, base),
         verdict_text(ratio->judgement, ratio->too_short), shown_name(*ratio->metric),
         interval_text(c.interval), p_text(ratio->judgement),
         judged ? p_text(c.mann_whitney_p) : "-", judged ? fixed(c.cliffs_delta, 2) : "-",
         count_of(c.n, blocks_of(analysis.result))});
  }
  drop_empty_columns(table);
  table.notes = ratio_notes(analysis, ratios);
  const auto has_details = [](const TableColumn& column) { return column.detail; };
  if (std::any_of(table.columns.begin(), table.columns.end(), has_details))
    table.detail_notes.emplace_back(kAboutTests);
  return table;
}

Table stall_table(const Analysis& analysis) {
  Table table;
  table.title = "Longest stall and first success after an event: medians over the valid runs";
  table.keys = 2;
  const std::string base = heading_base(analysis);
  table.columns = {word("cell"),      word("protocol"),        word("metric"),  number_of("ms"),
                   number_of("95 %"), number_of("vs " + base), word("verdict"), number_of("runs")};
  const bool sweep = rates_of(analysis.groups) > 1;
  bool bounds = false;
  for (const RunGroup& group : analysis.groups) {
    for (const char* name : {"longest_stall", "first_success"}) {
      const Metric& metric = *find_metric(name);
      const Figure* figure = find_figure(analysis, group, metric, false);
      const Figure* ratio = find_figure(analysis, group, metric, true);
      if (figure == nullptr) continue;
      bounds = bounds || figure->at_least;
      table.rows.push_back(
          {cell_of(*group.first, sweep), contestant(*group.first), shown_name(metric),
           (figure->at_least ? "≥ " : "") + milliseconds(figure->value),
           milliseconds_text(figure->interval), ratio == nullptr ? "" : ratio_text(*ratio, 2, base),
           ratio == nullptr ? "" : verdict_text(ratio->judgement, ratio->too_short),
           count_of(group.valid.size(), runs_made(analysis.result, group))});
    }
  }
  drop_empty_columns(table);
  table.notes = {
      "Longest stall: the longest time that any connection waited without completing one of its "
      "requests.",
      "First success: the time from an event to the first completion of a request sent after it. "
      "With several events, the longest of these times."};
  if (bounds) table.notes.emplace_back("≥: in some runs the wait had not ended, so it was longer.");
  return table;
}

Table slo_table(const Analysis& analysis) {
  Table table;
  if (!analysis.result.slo) return table;
  table.title = fmt::format("The highest rate with {}, found by a search",
                            to_text(analysis.result.slo->rule));
  table.keys = 2;
  table.columns = {word("cell"),      word("protocol"),    number_of("req/s"),
                   number_of("95 %"), number_of("vs tcp"), number_of("95 % of the ratio"),
                   number_of("runs")};
  for (const SloAnswer& answer : analysis.answers) {
    table.rows.push_back({cell_text(answer.op, answer.values), answer.proto,
                          answer.rate ? format_count(answer.rate->value) : bound_text(answer),
                          answer.rate ? rates_of_interval(answer.rate->interval) : "-",
                          threshold_ratio_text(answer),
                          answer.ratio ? interval_text(answer.ratio->interval, 2) : "-",
                          count_of(static_cast<std::size_t>(answer.valid_runs),
                                   static_cast<std::size_t>(answer.runs))});
  }
  drop_empty_columns(table);
  table.notes = warmup_sentences(analysis.result);
  for (std::string& sentence : connection_sentences(analysis.result, analysis.groups))
    table.notes.push_back(std::move(sentence));
  return table;
}

namespace {

Row published_row(const Analysis& analysis, const Published& published, const RunGroup& group,
                  const PublishedFigure& theirs) {
  const Figure rps = figure_of(*find_metric("throughput"), group);
  const double first_byte =
      median_of(group, [](const Run& run) { return run.outcome.first_byte.mean(); });
  Row row{cell_of(*group.first),    contestant(*group.first),
          format_count(rps.value),  rps.interval ? rates_of_interval(*rps.interval) : "-",
          format_count(theirs.rps), percent(rps.value / theirs.rps),
          milliseconds(first_byte), milliseconds(theirs.latency_ms * 1e6)};
  const RunGroup* base = base_group(analysis.groups, group);
  const PublishedFigure* base_theirs = base == nullptr ? nullptr : published.of(*base->first);
  const Figure ratio =
      base_theirs == nullptr ? Figure{} : ratio_of(*find_metric("throughput"), group, *base);
  if (ratio.values.empty()) {
    row.insert(row.end(), {"", "", ""});
  } else {
    row.insert(row.end(), {ratio_text(ratio, 2, "tcp"), interval_text(ratio.interval, 2),
                           fixed(theirs.rps / base_theirs->rps, 2) + "x"});
  }
  return row;
}

}  // namespace

Table published_table(const Analysis& analysis, const Published& published) {
  Table table;
  table.title = "Next to the published figures: " + published.source;
  table.keys = 2;
  table.columns = {word("cell"),
                   word("protocol"),
                   number_of("req/s"),
                   detail("95 %"),
                   number_of("published req/s"),
                   number_of("of published"),
                   number_of("first byte ms"),
                   number_of("published ms"),
                   number_of("vs tcp"),
                   detail("95 % of the ratio"),
                   number_of("published vs tcp")};
  for (const RunGroup& group : analysis.groups) {
    const PublishedFigure* theirs = published.of(*group.first);
    if (theirs != nullptr && !group.valid.empty())
      table.rows.push_back(published_row(analysis, published, group, *theirs));
  }
  drop_empty_columns(table);
  return table;
}

}  // namespace mpb
