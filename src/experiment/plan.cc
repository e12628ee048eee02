#include "experiment/plan.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "analysis/text.hh"
#include "analysis/verdicts.hh"
#include "experiment/condition.hh"
#include "experiment/rates.hh"
#include "stats/comparison.hh"
#include "stats/random.hh"
#include "stats/trend.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

constexpr Nanos kLongestProbe = 3s;
constexpr Nanos kPilotRow = 100ms;

std::string name_of(const ExperimentOptions& options, Op op) {
  return options.workload.kind == WorkloadKind::kReplicaSync ? "sync" : to_text(op);
}

// std::shuffle would give other orders with other standard libraries, but a seed must mean the same
// everywhere.
template <class Item>
void shuffle(std::vector<Item>& items, std::mt19937_64& random) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random() % i]);
}

// The next steps of the searches of one operation and value size. The protocols take turns: only
// those that have run least often are next.
std::vector<Cell> search_cells(const ExperimentOptions& options, const Result& result,
                               std::size_t index, Op op, const ValueSize& size) {
  const std::string name = name_of(options, op);
  std::vector<Cell> cells;
  for (const CapacityProbe& probe : result.probes) {
    if (probe.op != name || probe.values != to_text(size)) continue;
    std::vector<const Run*> runs;
    for (const Run& run : result.runs) {
      if (run.op == name && run.values == probe.values && run.proto == probe.proto)
        runs.push_back(&run);
    }
    const SloTrials trials = trials_of(*options.slo, runs);
    const std::optional<double> rate = next_rate(trials, probe.throughput_rps, least_rate(options));
    if (!rate) continue;
    Cell& cell = cells.emplace_back();
    cell.block = trials.runs;
    cell.proto = parse_protos({probe.proto}).front();
    cell.op = op;
    cell.size = size;
    cell.name = name;
    cell.rate = rate;
    cell.purpose = Purpose::kSearch;
  }
  if (cells.empty()) return cells;
  const auto before = [](const Cell& a, const Cell& b) { return a.block < b.block; };
  const int turn = std::min_element(cells.begin(), cells.end(), before)->block;
  std::erase_if(cells, [turn](const Cell& cell) { return cell.block > turn; });
  // The order is drawn for all protocols, including those that have had their turn or have ended,
  // so that an interrupted search continues in the same order.
  std::mt19937_64 random(options.seed + 1000 * index + static_cast<std::size_t>(turn));
  std::vector<Proto> order = options.protos;
  shuffle(order, random);
  const auto place = [&order](const Cell& cell) {
    return std::find(order.begin(), order.end(), cell.proto);
  };
  std::sort(cells.begin(), cells.end(),
            [&](const Cell& a, const Cell& b) { return place(a) < place(b); });
  for (Cell& cell : cells)
    cell.order = static_cast<int>(result.runs.size()) + static_cast<int>(&cell - cells.data());
  return cells;
}

}  // namespace

std::string proto_name(const Cell& cell) {
  return to_text(cell.proto) + (cell.again ? "-again" : "");
}

ExperimentOptions options_of(const ExperimentOptions& options, const Cell& cell) {
  ExperimentOptions own = options;
  apply(cell.variant, own, own);
  own.store.mptcp = own.store_mptcp;
  own.store.ipv6 = has_ipv6(own);
  apply(cell.conditions, own.scenario, own.workload);
  // A thousand connections a second use up the client's ports, because the kernel keeps the port of
  // a closed connection for a minute. With this setting it keeps it for a second.
  if (own.workload.requests_per_connection > 0)
    own.sysctls.try_emplace("net.ipv4.tcp_tw_reuse", "1");
  if (cell.warmup) own.workload.warmup = *cell.warmup;
  if (cell.purpose == Purpose::kProbe) {
    own.workload.duration = std::min(own.workload.duration, kLongestProbe);
    own.timeline = 0ns;
  }
  if (cell.purpose == Purpose::kPilot) {
    own.workload.warmup = 0s;
    own.workload.duration = own.pilot;
    own.timeline = kPilotRow;
  }
  if (cell.purpose == Purpose::kProbe || cell.purpose == Purpose::kPilot)
    own.scenario.events.clear();
  return own;
}

bool is_open_loop(const ExperimentOptions& options) {
  return options.workload.rate || !options.rates.empty() || options.auto_rates || options.slo;
}

bool needs_probes(const ExperimentOptions& options) { return options.auto_rates || options.slo; }

double least_rate(const ExperimentOptions& options) {
  // The number of Poisson arrivals may be three standard deviations lower.
  const double samples = samples_needed(*options.slo);
  return (samples + 3 * std::sqrt(samples) + 5) / seconds(options.workload.duration);
}

std::vector<double> offered_rates(const ExperimentOptions& options, const std::string& op,
                                  const ValueSize& size, const std::vector<CapacityProbe>& probes) {
  if (!options.rates.empty()) return options.rates;
  if (!options.auto_rates)
    return options.workload.rate ? std::vector<double>{*options.workload.rate}
                                 : std::vector<double>{};
  std::vector<double> capacities;
  for (const CapacityProbe& probe : probes) {
    if (probe.op == op && probe.values == to_text(size)) capacities.push_back(probe.throughput_rps);
  }
  if (capacities.empty()) return {};
  const auto [smallest, greatest] = std::minmax_element(capacities.begin(), capacities.end());
  return sweep_rates(*smallest, *greatest);
}

std::vector<Cell> pilot_cells(const ExperimentOptions& options,
                              const std::vector<CapacityProbe>& probes,
                              const std::vector<Pilot>& pilots) {
  ExperimentOptions once = options;
  once.repeat = 1;
  once.again = false;  // the second run of a protocol settles like the first
  // A search finds its rates by the capacity of the links, which a closed loop shows settling.
  std::vector<Cell> cells = options.slo ? probe_cells(once) : plan_cells(once, probes);
  for (Cell& cell : cells) cell.purpose = Purpose::kPilot;
  const std::size_t all = cells.size();
  if (pilots.size() < all) return cells;
  for (std::size_t i = 0; i < all; ++i) {
    if (!pilots[i].settled_after) cells.push_back(cells[i]);
  }
  return cells;
}

Pilot pilot_of(const Run& run) {
  Pilot pilot{run.op,      run.values,          run.proto,
              run.variant, run.rate_rps,        run.outcome.duration,
              {},          run.invalid_reasons, run.conditions};
  // The throughput of an open loop is the offered rate from the start, so its latency has to
  // settle.
  const auto found = run.outcome.timeline.series.find(run.rate_rps ? "latency_p50_ns" : "requests");
  if (!run.valid() || found == run.outcome.timeline.series.end()) return pilot;
  std::vector<double> values;
  for (const auto& value : found->second) {
    // Without a reply there is no latency, so the row repeats the one before.
    values.push_back(value ? static_cast<double>(*value) : values.empty() ? 0 : values.back());
  }
  const double margin = run.rate_rps ? kLatencyMargin : kThroughputMargin;
  if (const auto settled = transient_of(values, margin))
    pilot.settled_after = run.outcome.timeline.interval * static_cast<std::int64_t>(*settled);
  return pilot;
}

Nanos warmup_of(const ExperimentOptions& options, const Cell& cell,
                const std::vector<Pilot>& pilots) {
  std::map<std::string, Nanos> settled;  // by contestant: the last pilot's
  for (const Pilot& pilot : pilots) {
    const bool same_rate = options.slo || pilot.rate_rps == cell.rate;
    if (pilot.op == cell.name && pilot.values == to_text(cell.size) && same_rate &&
        pilot.conditions == cell.conditions)
      settled[contestant_name(pilot.proto, pilot.variant)] =
          pilot.settled_after.value_or(options.pilot / 2);
  }
  Nanos longest = options.workload.warmup;
  for (const auto& [contestant, after] : settled) longest = std::max(longest, after);
  return longest;
}

std::vector<Cell> probe_cells(const ExperimentOptions& options) {
  std::vector<Cell> cells;
  for (const ValueSize& size : options.workload.sizes) {
    for (const Op op : options.workload.ops) {
      for (const Proto proto : options.protos) {
        Cell cell;
        cell.order = static_cast<int>(cells.size());
        cell.proto = proto;
        cell.op = op;
        cell.size = size;
        cell.name = name_of(options, op);
        cell.purpose = Purpose::kProbe;
        cells.push_back(std::move(cell));
      }
    }
  }
  return cells;
}

std::vector<Cell> plan_cells(const ExperimentOptions& options,
                             const std::vector<CapacityProbe>& probes) {
  std::vector<Cell> cells;
  std::mt19937_64 random(options.seed);
  const std::vector<Contestant> contestants = contestants_of(names_of(options.protos), options);
  const std::vector<Settings> conditions = conditions_of(options.grid);
  const auto add = [&](const Cell& place) {
    std::vector<Contestant> all = contestants;
    shuffle(all, random);
    for (const Contestant& its : all) {
      Cell& cell = cells.emplace_back(place);
      cell.order = static_cast<int>(cells.size()) - 1;
      cell.again = its.proto.ends_with(kAgain);
      cell.proto = parse_protos({cell.again ? base_of(its.proto) : its.proto}).front();
      cell.variant = its.variant;
    }
  };
  for (int block = 0; block < options.repeat; ++block) {
    for (const ValueSize& size : options.workload.sizes) {
      for (const Op op : options.workload.ops) {
        const std::string name = name_of(options, op);
        const std::vector<double> rates = offered_rates(options, name, size, probes);
        if (rates.empty() && needs_probes(options)) continue;
        for (std::size_t i = 0; i < std::max<std::size_t>(rates.size(), 1); ++i) {
          const std::optional<double> rate = rates.empty() ? std::nullopt : std::optional(rates[i]);
          for (const Settings& its : conditions) {
            Cell place;
            place.block = block, place.op = op, place.size = size, place.name = name;
            place.rate = rate, place.conditions = its;
            add(place);
          }
        }
      }
    }
  }
  return cells;
}

std::vector<Cell> next_cells(const ExperimentOptions& options, const Result& result) {
  const auto rest = [](std::vector<Cell> cells, std::size_t done) {
    cells.erase(cells.begin(),
                cells.begin() + static_cast<std::ptrdiff_t>(std::min(cells.size(), done)));
    return cells;
  };
  if (needs_probes(options)) {
    std::vector<Cell> probes = rest(probe_cells(options), result.probes.size());
    if (!probes.empty()) return probes;
  }
  // All pilots precede the first run, because a warm-up that changed between blocks would be a
  // difference of its own.
  if (options.auto_warmup && result.runs.empty()) {
    std::vector<Cell> pilots =
        rest(pilot_cells(options, result.probes, result.pilots), result.pilots.size());
    if (!pilots.empty()) return pilots;
  }
  if (!options.slo) {
    const auto planned = [&](int blocks) {
      ExperimentOptions grown = options;
      grown.repeat = blocks;
      std::vector<Cell> cells = rest(plan_cells(grown, result.probes), result.runs.size());
      for (Cell& cell : cells) {
        if (options.auto_warmup) cell.warmup = warmup_of(options, cell, result.pilots);
      }
      return cells;
    };
    if (options.until_ci == 0) return planned(options.repeat);
    // An unfinished block is finished first. Then the width of the intervals decides, never p:
    // whoever continues until a difference is significant finds one.
    const int blocks = std::max(least_blocks(options), static_cast<int>(blocks_of(result)));
    std::vector<Cell> cells = planned(blocks);
    if (!cells.empty() || blocks >= options.max_repeat) return cells;
    const std::optional<double> widest = widest_interval(result);
    return widest && *widest <= options.until_ci ? cells : planned(blocks + 1);
  }
  std::size_t index = 0;
  for (const ValueSize& size : options.workload.sizes) {
    for (const Op op : options.workload.ops) {
      std::vector<Cell> cells = search_cells(options, result, index++, op, size);
      for (Cell& cell : cells) {
        if (options.auto_warmup) cell.warmup = warmup_of(options, cell, result.pilots);
      }
      if (!cells.empty()) return cells;
    }
  }
  return {};
}

int least_blocks(const ExperimentOptions& options) {
  if (options.until_ci == 0) return options.repeat;
  return std::min(std::max<int>(options.repeat, kFewestForInterval), options.max_repeat);
}

int most_blocks(const ExperimentOptions& options) {
  return options.until_ci > 0 ? options.max_repeat : options.repeat;
}

std::size_t planned_verdicts(const ExperimentOptions& options) {
  if (options.slo || options.auto_rates) return 0;
  ExperimentOptions one = options;
  one.repeat = 1;
  const std::vector<Cell> cells = plan_cells(one);
  const bool changes = !options.scenario.events.empty();
  const bool sync = options.workload.kind == WorkloadKind::kReplicaSync;
  // If links change, the longest stall and the first success. Otherwise throughput, and in addition
  // the time of a synchronisation, or two percentiles. Then the goodput of a competing flow.
  std::size_t metrics = sync || changes ? 2 : is_open_loop(options) ? 3 : 1;
  if (options.scenario.competing_flow && !changes) ++metrics;
  const std::vector<Contestant> contestants = contestants_of(names_of(options.protos), options);
  const auto compared = static_cast<std::size_t>(
      std::count_if(contestants.begin(), contestants.end(),
                    [](const Contestant& its) { return !its.base.empty(); }));
  return cells.size() / contestants.size() * compared * metrics;
}

WorldOptions world_of(const ExperimentOptions& options, const Cell& cell) {
  WorldOptions world = options_of(options, cell);
  world.mptcp = cell.proto != Proto::kMptcpOne &&
                std::count(options.protos.begin(), options.protos.end(), Proto::kMptcp) > 0;
  world.seed = block_seed(options, cell);
  return world;
}

std::uint64_t block_seed(const ExperimentOptions& options, const Cell& cell) {
  // Block 0 has the seed itself, so that a run can be repeated by hand. The seeds of further
  // blocks, and of a protocol's second run, are scattered.
  const std::uint64_t seed =
      cell.block == 0 ? options.seed
                      : mix64(options.seed + kGolden64 * static_cast<std::uint64_t>(cell.block));
  return cell.again ? mix64(seed) : seed;
}

void fit_window(ExperimentOptions& options, bool asked) {
  const std::vector<LinkEvent>& events = options.scenario.events;
  if (events.empty()) return;
  const Nanos last = events.back().at;
  if (!asked) options.workload.duration = std::max(options.workload.duration, last + 5s);
  if (last < options.workload.duration) return;
  throw BadInput(fmt::format(
      "--duration: \"{}\" of {} is at {}, outside the window of {}; write --duration {}",
      to_text(events.back(), options.scenario), options.scenario.name, to_text(last),
      to_text(options.workload.duration), to_text(last + 5s)));
}

void fit_window_to(ExperimentOptions& options, const std::vector<std::string>& used, bool asked) {
  constexpr Nanos kProbeInterval = 10s;  // BBR v1 and v3: min_rtt_win_sec, probe_rtt_interval
  if (std::count(used.begin(), used.end(), "bbr") == 0) return;
  options.pilot = 4 * kProbeInterval;
  if (!asked) options.workload.duration = std::max(options.workload.duration, kProbeInterval);
}

void check_rows(const ExperimentOptions& options) {
  constexpr int kMostRows = 20'000;  // half an hour at the default interval
  if (options.timeline == Nanos{0} || options.workload.duration / options.timeline <= kMostRows)
    return;
  const Nanos coarser =
      std::chrono::ceil<std::chrono::seconds>(options.workload.duration / kMostRows);
  throw BadInput(fmt::format(
      "--timeline: a window of {} has more than {} rows at one per {}; write --timeline {}, or off",
      to_text(options.workload.duration), kMostRows, to_text(options.timeline), to_text(coarser)));
}

void check_runs(const ExperimentOptions& options) {
  const Workload& w = options.workload;
  constexpr std::size_t kFoundRates = 10;  // the most that --rate auto finds
  double runs =
      options.until_ci > 0 ? std::max(options.repeat, options.max_repeat) : options.repeat;
  PlanParameters once = options;
  once.again = false;
  if (options.again) runs *= 2;
  if (options.slo) runs *= kMostSearchRuns;
  const std::size_t rates = options.auto_rates ? kFoundRates : options.rates.size();
  for (const std::size_t factor :
       {w.ops.size(), w.sizes.size(), contestants_of(names_of(options.protos), once).size(),
        std::max<std::size_t>(rates, 1), conditions_of(options.grid).size()}) {
    runs *= static_cast<double>(factor);
  }
  constexpr auto most = static_cast<double>(kMostRuns);
  if (runs <= most) return;
  throw BadInput(fmt::format(
      "these options give {} runs; use fewer --op, --size, --rate, --proto, --vary, --grid or "
      "--repeat: at most {} runs",
      format_count(runs), format_count(most)));
}

void check_memory(const ExperimentOptions& options, Bytes available) {
  if (options.target) return;
  constexpr double kPerKey = 128;  // the key and the store's own data for it
  const Workload& w = options.workload;
  const bool replicates = w.kind == WorkloadKind::kReplicaSync;
  for (const ValueSize& size : w.sizes) {
    const double keys = replicates ? static_cast<double>(w.data.count) / size.mean()
                                   : static_cast<double>(w.keyspace);
    // A store also holds the replies that its connections have not taken yet.
    const double in_flight = static_cast<double>(w.connections) * w.pipeline * size.max();
    const double needed =
        (replicates ? 2 : 1) * keys * (size.mean() + kPerKey) + (replicates ? 0 : in_flight);
    if (needed <= static_cast<double>(available.count)) continue;
    const auto gib = [](double bytes) {
      return fmt::format("{} GiB", fixed(bytes / (1 << 30), 1));
    };
    throw CannotRun(fmt::format(
        "{} would need {} of memory for {} values, and this machine has {} available; use {}",
        replicates ? "two stores" : "the store", gib(needed), to_text(size),
        gib(static_cast<double>(available.count)),
        replicates ? "less \"data\" in the workload"
                   : "fewer keys (-r) or connections (-c), or smaller values (--size)"));
  }
}

Nanos parse_interval(const std::string& text) {
  const Nanos interval = parse_duration(text);
  if (interval < 10ms)
    throw BadInput(fmt::format(
        "\"{}\" is below 10ms: such frequent readings would disturb the run; write 100ms, or off",
        text));
  return interval;
}

}  // namespace mpb
