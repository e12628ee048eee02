#include "lab/plan.hh"

#include <algorithm>
#include <random>

#include "sys/error.hh"

namespace mpb {

std::vector<Cell> plan_cells(const ExperimentOptions& options) {
  std::vector<Cell> cells;
  std::mt19937_64 random(options.seed);
  const auto name = [&](Op op) { return options.workload.kind == WorkloadKind::kReplicaSync ? "sync" : to_text(op); };
  for (int block = 0; block < options.repeat; ++block) {
    for (const ValueSize& size : options.workload.sizes) {
      for (const Op op : options.workload.ops) {
        std::vector<Proto> protos = options.protos;
        // Not std::shuffle: the standard leaves its order open, and the seed must mean the same everywhere.
        for (std::size_t i = protos.size(); i > 1; --i) std::swap(protos[i - 1], protos[random() % i]);
        for (const Proto proto : protos) {
          cells.push_back({block, static_cast<int>(cells.size()), proto, op, size, name(op)});
        }
      }
    }
  }
  return cells;
}

std::vector<Cell> next_cells(const ExperimentOptions& options, const Result& result) {
  std::vector<Cell> cells = plan_cells(options);
  cells.erase(cells.begin(), cells.begin() + static_cast<std::ptrdiff_t>(std::min(cells.size(), result.runs.size())));
  return cells;
}

bool has_endpoints(const ExperimentOptions& options, Proto proto) {
  return proto != Proto::kMptcpOne && std::count(options.protos.begin(), options.protos.end(), Proto::kMptcp) > 0;
}

void fit_window(ExperimentOptions& options, bool asked) {
  const std::vector<LinkEvent>& events = options.scenario.events;
  if (events.empty()) return;
  const Nanos last = events.back().at;
  if (!asked) options.workload.duration = std::max(options.workload.duration, last + 5s);
  if (last < options.workload.duration) return;
  throw BadInput("--duration: \"" + to_text(events.back(), options.scenario) + "\" of " + options.scenario.name + " is at " +
                 to_text(last) + ", outside the window of " + to_text(options.workload.duration) + "; write --duration " +
                 to_text(last + 5s));
}

Nanos parse_interval(const std::string& text) {
  const Nanos interval = parse_duration(text);
  if (interval < 10ms) throw BadInput("\"" + text + "\" is below 10ms: reading so often would disturb the run; write 100ms, or off");
  return interval;
}

}  // namespace mpb
