// How often bbr's connections went into PROBE_RTT while a run was measured: every ten seconds each
// measures the links' delay anew, for which it nearly stops, but one that restarts from idle skips
// that.
//
// A phase lasts at least 200 ms, so at a look every 100 ms none is missed. Called from one thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "net/sock_diag.hh"
#include "result/result.hh"
#include "world/world.hh"

namespace mpb {

// Of the sockets at one end, look by look.
class ProbeRttCount {
 public:
  void add(const std::vector<BbrSocket>& sockets);
  ProbeRtt counted() const;

 private:
  std::map<std::uint64_t, bool> probing_;  // by cookie, at the last look that found the socket
  std::set<std::uint64_t> probed_;
  std::int64_t phases_ = 0;
};

class ProbeRttWatch {
 public:
  explicit ProbeRttWatch(World& world) : world_(world) {}

  void open();        // the window has opened
  Nanos due() const;  // when look() is to be called next; Nanos::max() where nobody uses bbr
  void look();

  // By end, "client" and "server"; empty where nobody uses bbr.
  std::map<std::string, ProbeRtt> counted() const;

 private:
  World& world_;
  Nanos next_ = Nanos::max();
  std::map<std::string, ProbeRttCount> ends_;
};

}  // namespace mpb
