// Counts how often the connections of bbr entered PROBE_RTT during the measured window. Every ten
// seconds a connection measures the delay of its links again, and for this purpose it nearly stops.
// A connection that restarts from idle skips this phase.
//
// A phase lasts at least 200 ms, so a look at the sockets every 100 ms finds every phase. Called
// from one thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "net/sock_diag.hh"
#include "result/result.hh"
#include "world/world.hh"

namespace mpb {

// The count for the sockets at one end.
class ProbeRttCount {
 public:
  void add(const std::vector<BbrSocket>& sockets);  // the sockets at one look
  ProbeRtt counted() const;

 private:
  std::map<std::uint64_t, bool> probing_;  // by cookie, at the last look that found the socket
  std::set<std::uint64_t> probed_;
  std::int64_t phases_ = 0;
};

class ProbeRttWatch {
 public:
  // Leaves out sockets with these cookies, which do not belong to the load.
  explicit ProbeRttWatch(World& world, std::set<std::uint64_t> others = {})
      : world_(world), others_(std::move(others)) {}

  void open();        // call at the start of the window
  Nanos due() const;  // the time for the next call of look(); Nanos::max() if no socket uses bbr
  void look();

  // By end, "client", "client2" and "server"; empty if no socket uses bbr.
  std::map<std::string, ProbeRtt> counted() const;

 private:
  World& world_;
  std::set<std::uint64_t> others_;
  Nanos next_ = Nanos::max();
  std::map<std::string, ProbeRttCount> ends_;
};

}  // namespace mpb
