#include "analysis/steadiness.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "analysis/text.hh"
#include "sys/units.hh"

namespace mpb {

namespace {

// A value for each tenth of the window; empty if a run has none.
using Slices = std::vector<double>;

// Links that change are meant to change the rate, and a synchronisation has no rate of requests. In
// an open loop the schedule determines the rate.
bool may_be_steady(const Run& run) {
  return !run.replication && run.outcome.segments.empty() && !follows_trace(run);
}

Slices requests_of(const Run& run) {
  const std::vector<std::uint64_t>& slices = run.outcome.slices;
  if (!may_be_steady(run) || run.rate_rps || slices.size() != kSlices) return {};
  return {slices.begin(), slices.end()};
}

Slices latencies_of(const Run& run) {
  const std::vector<Nanos>& slices = run.outcome.slice_p50;
  if (!may_be_steady(run) || !run.rate_rps || slices.size() != kSlices) return {};
  Slices values;
  for (const Nanos p50 : slices) values.push_back(static_cast<double>(p50.count()));
  return values;
}

// The typical run's slices, as fractions of their mean.
std::vector<double> profile_of(const std::vector<std::vector<double>>& runs) {
  std::vector<double> profile;
  for (std::size_t i = 0; i < kSlices; ++i) {
    std::vector<double> fractions;
    for (const std::vector<double>& slices : runs) {
      double sum = 0;
      for (const double slice : slices) sum += slice;
      if (sum > 0) fractions.push_back(slices[i] / sum * static_cast<double>(kSlices));
    }
    profile.push_back(fractions.empty() ? 0 : median(std::move(fractions)));
  }
  return profile;
}

std::string signed_percent(double change) {
  const std::string text = percent(std::fabs(change));
  return text == "0 %" ? text : (change > 0 ? "+" : "-") + text;
}

// "tcp settled after 3s".
std::string pilot_text(const Pilot& pilot) {
  const std::string who = contestant_name(pilot.proto, pilot.variant);
  if (!pilot.invalid_reasons.empty())
    return fmt::format("{} was not valid ({})", who, pilot.invalid_reasons.front());
  if (!pilot.settled_after) return fmt::format("{} had not settled in the first half", who);
  if (*pilot.settled_after == 0ns) return fmt::format("{} was settled from the start", who);
  return fmt::format("{} settled after {}", who, to_text(*pilot.settled_after));
}

std::optional<Steadiness> steadiness(const RunGroup& group, Slices (*slices_of)(const Run&),
                                     double margin) {
  std::vector<Slices> runs;
  std::vector<double> trends;
  for (const Run* run : group.valid) {
    Slices slices = slices_of(*run);
    if (slices.empty()) continue;
    trends.push_back(trend(slices));
    runs.push_back(std::move(slices));
  }
  if (runs.empty()) return std::nullopt;
  Steadiness found;
  found.change = change_of(trends);
  found.steady = !is_beyond(found.change, margin);
  if (found.steady) return found;
  if (const auto slices = unsettled_slices(profile_of(runs), margin)) {
    found.settles_after = group.valid.front()->outcome.duration *
                          static_cast<std::int64_t>(*slices) / static_cast<std::int64_t>(kSlices);
  }
  return found;
}

// The sentence about a group whose `quantity` is not steady.
std::string sentence_of(const Result& result, const RunGroup& group, const Steadiness& found,
                        const std::string& quantity, const std::string& verdict) {
  const Run& run = *group.first;
  const Interval& interval = *found.change.interval;
  std::string remedy = "it has not settled by the middle of the window: take a longer --warmup";
  if (found.settles_after) {
    // Rounded up to whole seconds, which are easier to type.
    const Nanos warmup = run.warmup.value_or(result.workload.warmup) + *found.settles_after;
    const auto whole = Nanos{(warmup.count() + 999'999'999) / 1'000'000'000 * 1'000'000'000};
    remedy = fmt::format("--warmup {} would suffice", to_text(whole));
  }
  return fmt::format(
      "{} with {} is not stationary: {} changes by {} (95 %: {} to {}) over the window. {}; {}",
      cell_of(run, run.rate_rps.has_value()), contestant(run), quantity,
      signed_percent(found.change.value), signed_percent(interval.low),
      signed_percent(interval.high), verdict, remedy);
}

bool is_pilot_of(const Pilot& pilot, const Run& run) {
  return same_cell(pilot, run) && shared_settings(pilot.variant) == shared_settings(run.variant);
}

// Whether the last pilot run of every contestant in the cell had settled. A pilot run that had not
// settled, or was invalid, was repeated once.
bool pilots_had_settled(const Result& result, const Run& run) {
  std::map<std::string, bool> settled;
  for (const Pilot& pilot : result.pilots) {
    if (is_pilot_of(pilot, run))
      settled[contestant_name(pilot.proto, pilot.variant)] = pilot.settled_after.has_value();
  }
  return std::all_of(settled.begin(), settled.end(), [](const auto& its) { return its.second; });
}

}  // namespace

std::optional<Steadiness> steadiness_of(const RunGroup& group) {
  return steadiness(group, requests_of, kThroughputMargin);
}

std::optional<Steadiness> latency_steadiness_of(const RunGroup& group) {
  return steadiness(group, latencies_of, kLatencyMargin);
}

std::string trend_text(const RunGroup& group) {
  const std::optional<Steadiness> found = steadiness_of(group);
  return found ? signed_percent(found->change.value) : "-";
}

std::string unsteady_sentence(const Result& result, const RunGroup& group) {
  const std::optional<Steadiness> found = steadiness_of(group);
  return !found || found->steady ? ""
                                 : sentence_of(result, group, *found, "throughput", "No verdict");
}

std::string unsettled_latency_sentence(const Result& result, const RunGroup& group) {
  const Run& run = *group.first;
  if (!run.rate_rps || follows_trace(run)) return "";
  const std::optional<Steadiness> found = latency_steadiness_of(group);
  if (found && found->change.interval) {
    return found->steady
               ? ""
               : sentence_of(result, group, *found, "the median latency", "No verdict on latency");
  }
  if (pilots_had_settled(result, run)) return "";
  return fmt::format(
      "{}: latency had not settled in a pilot run. No verdict on latency; take a longer --warmup",
      cell_of(run, true));
}

std::string trend_precision_sentence(const std::vector<RunGroup>& groups) {
  double widest = kThroughputMargin;
  const RunGroup* which = nullptr;
  for (const RunGroup& group : groups) {
    const std::optional<Steadiness> found = steadiness_of(group);
    if (!found || !found->steady || !found->change.interval) continue;
    const Interval& interval = *found->change.interval;
    const double half = (interval.high - interval.low) / 2;
    if (half <= widest) continue;
    widest = half;
    which = &group;
  }
  if (which == nullptr) return "";
  return fmt::format(
      "The trend of throughput is known to +-{} at worst ({} with {}): a smaller drift would not "
      "be noticed.",
      percent(widest, 1), cell_of(*which->first), contestant(*which->first));
}

std::vector<std::string> warmup_sentences(const Result& result) {
  const auto label = [](const auto& of) {
    return cell_text(of.op, of.values, of.rate_rps, of.conditions);
  };
  std::vector<std::string> cells;
  std::map<std::string, std::string> openings;                 // by cell
  std::map<std::string, std::vector<std::string>> pilot_runs;  // by cell
  std::set<std::string> seen;
  for (const Pilot& pilot : result.pilots) {
    const std::string cell = label(pilot);
    if (!openings.contains(cell)) {
      cells.push_back(cell);
      const auto run = std::find_if(result.runs.begin(), result.runs.end(), [&](const Run& other) {
        return other.warmup && label(other) == cell;
      });
      const std::string warmup =
          run == result.runs.end() ? "" : fmt::format(", {} of warm-up", to_text(*run->warmup));
      openings[cell] =
          fmt::format("{}{}: in a pilot run of {}", cell, warmup, to_text(pilot.duration));
    }
    const bool first = seen.insert(cell + "/" + contestant_name(pilot.proto, pilot.variant)).second;
    pilot_runs[cell].push_back(pilot_text(pilot) + (first ? "" : " when repeated"));
  }
  std::vector<std::string> all;
  for (const std::string& cell : cells)
    all.push_back(
        fmt::format("{} {} (MSER-5).", openings[cell], fmt::join(pilot_runs[cell], ", ")));
  return all;
}

std::vector<std::string> unsteady_sentences(const Result& result,
                                            const std::vector<RunGroup>& groups) {
  std::vector<std::string> sentences;
  for (const RunGroup& group : groups) {
    for (const std::string& sentence :
         {unsteady_sentence(result, group), unsettled_latency_sentence(result, group)}) {
      // The sentence about pilot runs covers all protocols of a cell.
      const bool listed =
          std::find(sentences.begin(), sentences.end(), sentence + ".") != sentences.end();
      if (!sentence.empty() && !listed) sentences.push_back(sentence + ".");
    }
  }
  return sentences;
}

}  // namespace mpb
