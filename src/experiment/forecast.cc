#include "experiment/forecast.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/judgement.hh"
#include "sys/numbers.hh"

namespace mpb {

namespace {

constexpr Nanos kSetUp = 1s;  // of the world and the store of a run

// The fewest runs that the matrix will have.
std::vector<Cell> least_matrix(const ExperimentOptions& options,
                               const std::vector<CapacityProbe>& probes) {
  ExperimentOptions least = options;
  least.repeat = least_blocks(options);
  return plan_cells(least, probes);
}

std::string count_runs(std::size_t runs) {
  return fmt::format("{} run{}", runs, runs == 1 ? "" : "s");
}

}  // namespace

Nanos run_time(const ExperimentOptions& options, const Cell& cell) {
  const Workload workload = options_of(options, cell).workload;
  return workload.warmup + workload.duration + kSetUp;
}

Nanos time_of(const std::vector<Cell>& cells, const ExperimentOptions& options) {
  Nanos time{};
  for (const Cell& cell : cells) time += run_time(options, cell);
  return time;
}

Nanos time_needed(const ExperimentOptions& options) {
  if (needs_probes(options)) {
    const std::vector<Cell> probes = probe_cells(options);
    const Nanos probing = time_of(probes, options);
    if (!options.slo) return probing;
    std::vector<Cell> searches = probes;
    for (Cell& cell : searches) cell.purpose = Purpose::kSearch;
    const Nanos piloting = options.auto_warmup ? time_of(pilot_cells(options, {}), options) : 0ns;
    return probing + piloting + kMostSearchRuns * time_of(searches, options);
  }
  Nanos needed = time_of(least_matrix(options, {}), options);
  if (options.auto_warmup) needed += time_of(pilot_cells(options, {}), options);
  return needed;
}

std::string about(Nanos time) {
  const std::int64_t whole =
      std::max<std::int64_t>(1, std::chrono::round<std::chrono::seconds>(time).count());
  if (whole < 60) return fmt::format("about {} s", whole);
  if (whole < 600) {
    const std::int64_t rounded = (whole + 2) / 5 * 5;
    const std::int64_t rest = rounded % 60;
    return fmt::format("about {} min{}", rounded / 60, rest > 0 ? fmt::format(" {} s", rest) : "");
  }
  const std::int64_t minutes = std::chrono::round<std::chrono::minutes>(time).count();
  if (minutes < 100) return fmt::format("about {} min", minutes);
  return fmt::format("about {} hours", fixed(static_cast<double>(minutes) / 60, 1));
}

std::string forecast(const ExperimentOptions& options, const Result& so_far) {
  const std::vector<Cell> next = next_cells(options, so_far);
  if (next.empty()) return "";
  if (options.slo) {
    return fmt::format("at most {} runs for each operation, size and protocol, {} at most",
                       kMostSearchRuns, about(time_needed(options)));
  }
  Nanos time = time_of(next, options);
  if (next.front().purpose == Purpose::kProbe) {
    return fmt::format("{} to find the rates, {}; more runs follow", count_runs(next.size()),
                       about(time));
  }
  std::size_t runs = next.size();
  std::string pilots;
  if (next.front().purpose == Purpose::kPilot) {
    const std::vector<Cell> matrix = least_matrix(options, so_far.probes);
    runs = matrix.size() - std::min(matrix.size(), so_far.runs.size());
    pilots = fmt::format(" after {} from cold to find the warm-up", count_runs(next.size()));
    time += time_of(matrix, options);
  }
  return fmt::format("{}{}{}, {}{}", options.until_ci > 0 ? "at least " : "", count_runs(runs),
                     pilots, about(time), options.until_ci > 0 ? " or more" : "");
}

std::string needed_blocks(const ExperimentOptions& options) {
  const std::size_t verdicts = planned_verdicts(options);
  const int most = most_blocks(options);
  if (verdicts == 0 || most < static_cast<int>(kFewestForInterval)) return "";
  const std::size_t blocks = fewest_blocks(verdicts);
  const std::string there_are =
      fmt::format("{} {}", options.until_ci > 0 ? "--max-repeat" : "--repeat", most);
  const std::string need =
      verdicts == 1 ? fmt::format("1 verdict needs {} blocks", blocks)
                    : fmt::format("{} verdicts together need {} blocks", verdicts, blocks);
  if (most >= static_cast<int>(blocks)) return fmt::format("{}: {} is enough", need, there_are);
  if (most >= static_cast<int>(fewest_for_any(verdicts, adjustment_of(options)))) {
    // The verdicts of a grid share the error with those that are decided.
    const auto decided = static_cast<std::size_t>(
        std::ceil(static_cast<double>(verdicts) * std::pow(2, 1 - most) / (1 - kConfidence)));
    return fmt::format(
        "{} verdicts: with {} none is decided unless at least {} are clear; {} blocks can decide "
        "one alone",
        verdicts, there_are, decided, blocks);
  }
  return fmt::format("{}: with {} all will be inconclusive", need, there_are);
}

TimeLeft::TimeLeft(const ExperimentOptions& options, Nanos start)
    : options_(options), start_(start), run_start_(start) {}

void TimeLeft::finish(const Cell& cell, Nanos now) {
  estimate_ += run_time(options_, cell);
  run_start_ = now;
}

std::string TimeLeft::text(const Cell& cell, std::size_t planned, Nanos left, Nanos now) const {
  const Nanos each = run_time(options_, cell);
  if (cell.purpose == Purpose::kSearch) {  // nobody knows how many runs it takes
    planned = kMostSearchRuns * probe_cells(options_).size();
    left = static_cast<std::int64_t>(planned -
                                     std::min(planned, static_cast<std::size_t>(cell.order))) *
           each;
  }
  if (planned == 0 || cell.purpose == Purpose::kProbe) return "";
  double seconds_left = seconds(left);
  if (cell.purpose == Purpose::kPilot) {
    Cell measured = cell;
    measured.purpose = Purpose::kMeasure;
    // For each pilot.
    const int runs =
        options_.slo ? kMostSearchRuns : least_blocks(options_) * (options_.again ? 2 : 1);
    seconds_left += static_cast<double>(planned) * runs * seconds(run_time(options_, measured));
  } else if (left == 0ns) {
    return "";
  }
  const double pace = estimate_ > 0ns ? seconds(run_start_ - start_) / seconds(estimate_) : 1;
  const double under_way = std::min(seconds(now - run_start_), pace * seconds(each));
  const std::chrono::duration<double> rest(pace * seconds_left - under_way);
  return fmt::format("{} left{}", about(std::chrono::duration_cast<Nanos>(rest)),
                     options_.slo            ? " at most"
                     : options_.until_ci > 0 ? " or more"
                                             : "");
}

}  // namespace mpb
