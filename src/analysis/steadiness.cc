#include "analysis/steadiness.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/text.hh"
#include "sys/units.hh"

namespace mpb {

namespace {

// The requests of each tenth of the window; empty if the run did not count them.
std::vector<double> slices_of(const Run& run) {
  const Outcome& outcome = run.outcome;
  if (run.replication || !outcome.segments.empty()) return {};
  if (outcome.slices.size() == kSlices) return {outcome.slices.begin(), outcome.slices.end()};
  return {};
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
  const std::string who = pilot.proto + (pilot.congestion.empty() ? "" : "+" + pilot.congestion);
  if (!pilot.invalid_reasons.empty())
    return fmt::format("{} was not valid ({})", who, pilot.invalid_reasons.front());
  if (!pilot.settled_after) return who + " had not settled in the first half";
  if (*pilot.settled_after == 0ns) return who + " was settled from the start";
  return fmt::format("{} settled after {}", who, to_text(*pilot.settled_after));
}

}  // namespace

std::optional<Steadiness> steadiness_of(const RunGroup& group) {
  std::vector<std::vector<double>> runs;
  std::vector<double> trends;
  for (const Run* run : group.valid) {
    std::vector<double> slices = slices_of(*run);
    if (slices.empty()) continue;
    trends.push_back(trend(slices));
    runs.push_back(std::move(slices));
  }
  if (runs.empty()) return std::nullopt;
  Steadiness found;
  found.change = change_of(trends);
  found.steady = !is_beyond(found.change, kSteadyMargin);
  if (found.steady) return found;
  if (const auto slices = unsettled_slices(profile_of(runs), kSteadyMargin)) {
    found.settles_after = group.valid.front()->outcome.duration *
                          static_cast<std::int64_t>(*slices) / static_cast<std::int64_t>(kSlices);
  }
  return found;
}

bool is_steady(const RunGroup& group) {
  const std::optional<Steadiness> found = steadiness_of(group);
  return !found || found->steady;
}

bool has_settled_latency(const Result& result, const RunGroup& group) {
  const Run& run = *group.first;
  if (!run.rate_rps) return true;
  return std::all_of(result.pilots.begin(), result.pilots.end(), [&run](const Pilot& pilot) {
    return pilot.op != run.op || pilot.values != run.values || pilot.rate_rps != run.rate_rps ||
           pilot.congestion != run.congestion || pilot.settled_after;
  });
}

std::string trend_text(const RunGroup& group) {
  const std::optional<Steadiness> found = steadiness_of(group);
  return found ? signed_percent(found->change.value) : "-";
}

std::string unsteady_sentence(const Result& result, const RunGroup& group) {
  const std::optional<Steadiness> found = steadiness_of(group);
  if (!found || found->steady) return "";
  const Run& run = *group.first;
  const Interval& interval = *found->change.interval;
  const std::string text = fmt::format(
      "{} with {} is not stationary: throughput changes by {} (95 %: {} to {}) over the window. No "
      "verdict; ",
      cell_of(run), contestant(run), signed_percent(found->change.value),
      signed_percent(interval.low), signed_percent(interval.high));
  if (!found->settles_after)
    return text + "it has not settled by the middle of the window: take a longer --warmup";
  // Rounded up to whole seconds, which are easier to type.
  const Nanos warmup = run.warmup.value_or(result.workload.warmup) + *found->settles_after;
  const auto whole = Nanos{(warmup.count() + 999'999'999) / 1'000'000'000 * 1'000'000'000};
  return fmt::format("{}--warmup {} would suffice", text, to_text(whole));
}

std::vector<std::string> warmup_sentences(const Result& result) {
  const auto label = [](const auto& of) { return cell_text(of.op, of.values, of.rate_rps); };
  std::vector<std::string> sentences;
  std::string cell;
  for (const Pilot& pilot : result.pilots) {
    if (cell != label(pilot)) {
      cell = label(pilot);
      const auto run = std::find_if(result.runs.begin(), result.runs.end(), [&](const Run& other) {
        return other.warmup && label(other) == cell;
      });
      sentences.push_back(
          fmt::format("{}{}: in a pilot run of {} ", cell,
                      run == result.runs.end() ? "" : ", " + to_text(*run->warmup) + " of warm-up",
                      to_text(pilot.duration)));
    } else {
      sentences.back() += ", ";
    }
    sentences.back() += pilot_text(pilot);
  }
  for (std::string& sentence : sentences) sentence += " (MSER-5).";
  if (std::any_of(result.pilots.begin(), result.pilots.end(),
                  [](const Pilot& pilot) { return pilot.rate_rps && !pilot.settled_after; }))
    sentences.push_back("Latency that had not settled has no verdict. Take a longer --warmup.");
  return sentences;
}

std::vector<std::string> unsteady_sentences(const Result& result,
                                            const std::vector<RunGroup>& groups) {
  std::vector<std::string> sentences;
  for (const RunGroup& group : groups) {
    std::string sentence = unsteady_sentence(result, group);
    if (!sentence.empty()) sentences.push_back(std::move(sentence) + ".");
  }
  return sentences;
}

}  // namespace mpb
