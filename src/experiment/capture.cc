#include "experiment/capture.hh"

#include <fmt/format.h>

#include "sys/error.hh"

namespace mpb {

void check_captured_runs(const ExperimentOptions& options) {
  if (options.capture.empty()) return;
  if (options.target) {
    throw BadInput(
        "--capture: shows the links of mptcp-bench, which --target does not use; run tcpdump at "
        "the interfaces of this host instead");
  }
  const bool unknown = options.slo || needs_probes(options) || options.auto_warmup ||
                       most_blocks(options) > least_blocks(options);
  const std::size_t runs = unknown ? 0 : plan_cells(options).size();
  if (runs == 1) return;
  throw BadInput(fmt::format(
      "--capture: a file holds one run, and this experiment has {}; choose one, such as --proto "
      "mptcp --op get --size 4k",
      unknown ? "several" : std::to_string(runs)));
}

void end_capture(World& world, std::optional<Nanos> opened, Run& run) {
  if (!world.broken().empty()) return;  // a reason of its own
  try {
    run.capture = world.end_capture();
  } catch (const RunFailed& error) {
    run.invalid_reasons.push_back(fmt::format("it was not captured: {}", error.what()));
  } catch (const SysError& error) {
    run.invalid_reasons.push_back(fmt::format("it was not captured: {}", error.what()));
  }
  if (!run.capture) return;
  if (opened) run.capture->opened_s = seconds(*opened) + run.capture->clock_offset_s;
  run.notes.emplace_back("its packets were captured, which costs the emulator CPU time");
  for (std::string& clause : missing_packets(*run.capture)) run.notes.push_back(std::move(clause));
}

}  // namespace mpb
