// Follows the loads of a run, on one host or several, from their start to their outcomes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "experiment/load_host.hh"
#include "experiment/runner.hh"
#include "load/events.hh"

namespace mpb {

// The caller's part in a run. All are called from the thread that follows the load.
struct LoadHooks {
  // When the store has been filled.
  std::function<void()> before_load = [] {};
  // With several hosts, each kind of event comes once for all of them: kReady when the last one is
  // ready, kMeasuring and kMeasured when the first one reports them. There is no kProgress.
  std::function<void(const LoadEvent&)> on_event = [](const LoadEvent&) {};
  // Does the work that is due, and returns the time of the next call.
  std::function<Nanos()> on_time = [] { return Nanos::max(); };
  // A reason to end the run, or "".
  std::function<std::string()> trouble = [] { return std::string(); };
};

// The report of a load that was followed to its end. Times are on our clock.
struct FollowedLoad {
  LoadReport report;
  std::optional<Nanos> opened;  // the start of its window
  // Of a host with a clock of its own: before and after the window.
  std::optional<ClockOffset> clock_before, clock_after;
};

// Starts commands[i] on hosts[i], lets all begin at one time, and returns their reports in the
// order of the hosts. Nothing if a load did not get to its end or if there is trouble; then the
// run is invalid, and the reason names the host. `slack` is the time that they may take in addition
// to the window and two time-outs of a request.
std::optional<std::vector<FollowedLoad>> follow_loads(const LoadHosts& hosts,
                                                      const std::vector<CommandLine>& commands,
                                                      const Workload& workload,
                                                      const RunContext& context, Run& run,
                                                      const LoadHooks& hooks, Nanos slack = 30s);

// "client2: ", or "" for a host without a name, to precede a reason against a run.
std::string by_name(const std::string& host);

// Parses a line of a load that we started. An invalid line is a failure of that load, not bad
// input, so this throws RunFailed.
std::variant<LoadEvent, LoadReport> parse_load_line(std::string_view line,
                                                    const std::string& host = "");

}  // namespace mpb
