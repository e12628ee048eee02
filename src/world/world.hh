// A scenario made real: network namespaces, links, MPTCP endpoints, and the emulator where the
// links are ours.
//
// Built afresh for every run and gone with this object: nothing in it has a name outside the
// process tree. A Sandbox must exist first.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "emu/snapshot.hh"
#include "net/counters.hh"
#include "result/result.hh"
#include "scenario/topology.hh"
#include "sys/namespace.hh"

namespace mpb {

class Batch;
class Emulator;

// One direction of a link as the client sees it: what it sent (up) and what reached it (down), so
// far.
struct DirectionSample {
  std::int64_t packets = 0;
  std::int64_t bytes = 0;
  std::int64_t lost = 0;           // by random loss
  std::int64_t dropped = 0;        // by the full queue
  std::int64_t queue_packets = 0;  // at this moment; netem's include what is in propagation
};

struct LinkSample {
  std::string name;
  DirectionSample up, down;
};

class World {
 public:
  // Throws CannotRun when the host lacks something (netem, TUN, a congestion control), RunFailed
  // with the tool's own words otherwise.
  explicit World(const WorldOptions& options);
  ~World();
  World(World&&) noexcept;

  int netns(Role role) const;

  // Makes the scenario's event number `event` (from 0) happen; it has when this returns, a
  // millisecond or so later. Each once, in their order. Throws RunFailed when it cannot be done.
  void apply(std::size_t event);

  // What every link has carried, lost and dropped so far, each way. Packets that an event took (a
  // blackhole, an interface that went down) are neither lost nor dropped.
  std::vector<LinkSample> sample();
  std::vector<LinkTraffic> traffic();  // the same, both ways together

  // Starts a new window for what the emulator says of its own lateness; none with netem.
  void reset_lateness();
  std::optional<Snapshot> emulator_snapshot();

  // "" or that the emulator died. Cheap.
  std::string broken();

  // Clauses of a sentence about packets lost beside the links: by a device or its qdisc, or by the
  // emulator for want of memory or a device to write to. A link that was ever unplugged loses
  // packets in just these ways, so there it is not told.
  std::vector<std::string> stray_losses();

  // The emulator's process and command line; null and empty with netem.
  const Child* emulator_process() const;
  std::vector<std::string> emulator_command() const;

  // By role: routes, rules, qdiscs, offloads, MPTCP limits and endpoints, and sysctls, as read
  // back.
  std::map<std::string, NamespaceRecord> namespaces() const;

 private:
  struct Space {
    Role role;
    NetNs netns;
  };
  // What the netem of one direction lost in blackholes: in those that are over, and before the one
  // that is open.
  struct Blackholed {
    std::uint64_t before = 0;
    std::optional<std::uint64_t> lost_at_start;
    std::uint64_t of(std::uint64_t lost) const {
      return before + (lost_at_start ? lost - *lost_at_start : 0);
    }
  };
  void execute(const Step& step);
  Batch& batch_for(const Step& step);
  void note_blackholes(const LinkState& before, const LinkState& after);
  const NetNs& space(Role role) const;
  DirectionSample netem_sample(const std::vector<DeviceCounters>& devices,
                               const std::vector<QdiscCounters>& qdiscs,
                               const std::string& device) const;
  std::string output_of(Role role, const std::vector<std::string>& argv) const;
  void check_offloads(const Space& space, const std::string& device) const;

  // Every veth end: NAME in client and server, NAME-c and NAME-s in the router.
  template <class F>
  void for_each_device(F f) const {
    for (const Space& space : spaces_) {
      for (const LinkSpec& link : scenario_.links) {
        if (space.role != Role::kRouter) {
          f(space, link.name);
        } else {
          f(space, link.name + "-c");
          f(space, link.name + "-s");
        }
      }
    }
  }

  Scenario scenario_;
  Backend backend_;
  std::optional<Seed> netem_seed_;
  std::vector<Space> spaces_;
  std::vector<Fd> tuns_;  // client and server end of link 1, of link 2, ...: the emulator's
  std::unique_ptr<Emulator> emulator_;
  std::vector<std::pair<Role, std::unique_ptr<Batch>>>
      batches_;                                   // of the tools that the events need
  std::map<std::string, Blackholed> blackholed_;  // by the router's device
  std::set<std::string> ever_unplugged_;
};

// The backend that --links asks for, and why. auto takes veth alone for links that have nothing to
// emulate, or else netem wherever the kernel has it, or else tun; throws CannotRun when what was
// asked for, or all that would do, do not work here. Without `probe` a named backend is believed.
struct BackendChoice {
  Backend backend;
  std::string why;
  bool seeds_netem = false;
};
BackendChoice choose_backend(const std::string& word, const Scenario& scenario, bool probe);

// Whether `backend` works here, found out by trying it in a throw-away namespace; "" or the reason
// why not, with the remedy.
std::string why_not(Backend backend);

// Whether netem takes seeds here, found out likewise: iproute2 and Linux do from 6.6.
bool netem_takes_seeds();

}  // namespace mpb
