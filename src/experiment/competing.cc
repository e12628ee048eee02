#include "experiment/competing.hh"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/text.hh"
#include "experiment/commands.hh"
#include "experiment/limits.hh"
#include "sys/cpu.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

Direction direction_of(const Cell& cell) {
  return cell.op.get_percent > 0 ? Direction::kDown : Direction::kUp;
}

}  // namespace

void check_competing_flow(const ExperimentOptions& options) {
  if (!options.scenario.competing_flow) return;
  const std::string where =
      fmt::format("the scenario {}, in which a TCP flow competes with the load in one direction",
                  options.scenario.name);
  if (options.workload.kind == WorkloadKind::kReplicaSync) {
    throw BadInput(fmt::format(
        "--workload: replica-sync does not go with {}; choose a workload of requests", where));
  }
  for (const Op op : options.workload.ops) {
    if (op.get_percent == 0 || op.get_percent == 100) continue;
    throw BadInput(fmt::format(
        "--op: {} moves values in both directions, and does not go with {}; use get or set",
        to_text(op), where));
  }
}

std::unique_ptr<CompetingFlow> connect_competing_flow(const ExperimentOptions& options,
                                                      const Cell& cell, const World& world) {
  if (!options.scenario.competing_flow) return nullptr;
  return std::make_unique<CompetingFlow>(world.netns(Role::kClient), world.netns(Role::kServer),
                                         *options.scenario.competing_flow, direction_of(cell));
}

void record_competing_flow(const ExperimentOptions& options, const FlowReading& before,
                           const FlowReading& after, Run& run) {
  const Nanos between = after.at - before.at;
  const Nanos sending = after.sender().sending - before.sender().sending;
  CompetingRecord& flow = run.competing_flow.emplace();
  flow.link = options.scenario.links[*options.scenario.competing_flow].name;
  flow.acked_bytes = after.sender().acked_bytes - before.sender().acked_bytes;
  flow.received_bytes = after.receiver().received_bytes - before.receiver().received_bytes;
  flow.goodput_bps = static_cast<double>(flow.received_bytes) * 8 / seconds(between);
  flow.held_back = std::max(Nanos{0}, between - sending);
  run.competing_flow_pct = cpu_percent(after.cpu - before.cpu, between);
}

void judge_competing_flow(Run& run) {
  if (!run.competing_flow || run.outcome.duration == 0ns) return;
  const double share = seconds(run.competing_flow->held_back) / seconds(run.outcome.duration);
  if (share <= kMostGapShare) return;
  run.invalid_reasons.push_back(fmt::format(
      "the competing TCP flow did not send all that the links would have carried for {} of the "
      "window (limit {}): its own process was stopped or too slow",
      percent(share), percent(kMostGapShare)));
}

std::string competing_flow_text(const ExperimentOptions& options, const Cell& cell) {
  if (options.target || !options.scenario.competing_flow) return "";
  const std::string& link = options.scenario.links[*options.scenario.competing_flow].name;
  return fmt::format("# from the warm-up on, a TCP flow competes on {}, {}\n[host] {}\n", link,
                     direction_of(cell) == Direction::kUp ? "client to server" : "server to client",
                     shown_text(flow_command("FD", "FD")));
}

}  // namespace mpb
