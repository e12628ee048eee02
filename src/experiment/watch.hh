// Takes the readings of a run in a world of ours, and starts the scenario's events at their times.
#pragma once

#include <optional>
#include <vector>

#include "emu/snapshot.hh"
#include "experiment/plan.hh"
#include "experiment/readings.hh"
#include "experiment/store_pulse.hh"
#include "stats/gaps.hh"
#include "world/probe_rtt.hh"
#include "world/sampler.hh"

namespace mpb {

// All functions are called from the thread that follows the load.
class Watch {
 public:
  // The arguments must outlive it. `flow` is the one that competes with the load, or null.
  Watch(const ExperimentOptions& options, World& world, const Store& store,
        const CompetingFlow* flow);

  // The edges of the window. `opened` is the time at which the load opened it.
  void open(Nanos opened);
  void close();

  // Does the work that is due, and returns the time of the next call.
  Nanos on_time();

  // Whether the window was opened and closed. Only then there is something to record.
  bool is_complete() const { return before_ && after_; }
  std::optional<Nanos> opened() const { return before_ ? std::optional(opened_) : std::nullopt; }
  void record_readings(Run& run) const;

 private:
  void record_cpu(Run& run) const;
  Reading read_all();

  const ExperimentOptions& options_;
  World& world_;
  const Store& store_;
  const CompetingFlow* flow_;
  LinkSampler sampler_;
  ProbeRttWatch probe_rtt_;
  StorePulse pulse_;
  Nanos opened_{};
  std::size_t event_ = 0;
  std::optional<Reading> before_;
  std::optional<Reading> after_;
  std::optional<Snapshot> emulator_;
  Gaps silences_;            // of the store
  std::vector<Nanos> late_;  // for each time at which events happened
  // At the opening of the window, at each of those times, and at its end.
  std::vector<std::vector<LinkTraffic>> edges_;
};

}  // namespace mpb
