// Takes the readings of a run at a target: those of this host, and the store's own counts. The path
// managers, devices and kernel of the other end cannot be read.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "experiment/plan.hh"
#include "experiment/readings.hh"
#include "experiment/target.hh"
#include "net/counters.hh"
#include "result/result.hh"

namespace mpb {

class TargetWatch {
 public:
  explicit TargetWatch(const Target& target) : target_(target) {}

  // Call these in this order, the last one when the load process has ended. open() and close() are
  // the edges of the window.
  void before_load();
  void open();
  void close();
  // `restarted`: the store lost its counts during the run.
  void record(bool restarted, Run& run) const;

 private:
  struct Edge {
    std::map<std::string, std::int64_t> kernel;
    std::vector<DeviceCounters> devices;
    std::vector<QdiscCounters> qdiscs;
    HostReading host;
  };
  static Edge read_edge();

  const Target& target_;
  StoreCalls calls_;  // before the load
  std::optional<std::int64_t> tcp_metrics_;
  std::map<std::string, std::int64_t> kernel_;  // before the load
  std::optional<Edge> opened_, closed_;
};

// Compares the store's counts before and after a load with ours. More calls than we sent are those
// of other clients, which is a note. Fewer than were answered are impossible at the store that we
// asked, so the run is invalid. The edges of the load, with its warm-up, are those of our
// connections, so only requests of an earlier load that were never answered can be in excess: up
// to `room` of them.
void judge_store_calls(const StoreCalls& before, const StoreCalls& after, std::int64_t room,
                       Run& run);

// Names the device of each path, by the device of each local address.
void name_devices(const std::map<std::string, std::string>& devices, Run& run);

// The devices that the load used, without repetition.
std::vector<std::string> devices_in_use(const Run& run);

// A connection fell back although the store may support MPTCP, because this host found a
// blackhole. `kernel` has the counters of this host since before the load.
void judge_blackholes(const std::map<std::string, std::int64_t>& kernel, Run& run);

}  // namespace mpb
