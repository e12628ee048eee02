// The links of a world. The three backends implement this interface, and the world knows nothing
// else about them: tun_links (our emulator), netem_links (qdiscs in a router namespace) and
// veth_links (nothing to emulate).
//
// scenario/topology lists the steps that build and change the links. The world executes commands
// and sysctls; perform() executes the other kinds. Called from one thread. The destructor stops the
// links; the devices disappear with their namespaces.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "emu/snapshot.hh"
#include "result/capture.hh"
#include "result/environment.hh"
#include "scenario/topology.hh"
#include "world/spaces.hh"

namespace mpb {

// The traffic of one direction of a link so far: packets that the client has sent (up) or that have
// reached it (down).
struct DirectionSample {
  std::int64_t packets = 0;
  std::int64_t bytes = 0;
  std::int64_t lost = 0;                     // at random
  std::int64_t dropped = 0;                  // by the full queue of the line
  std::optional<std::int64_t> flow_dropped;  // by a cap per flow; absent without one
  // At this time, in front of the cap or the line; with netem, packets in propagation count too.
  std::int64_t queue_packets = 0;
};

struct LinkSample {
  std::string name;
  DirectionSample up, down;
};

class Links {
 public:
  virtual ~Links() = default;

  // Executes a step that is neither a command nor a sysctl.
  virtual void perform(const Step& step);

  // Call after all steps of topology(). Returns when packets move.
  virtual void start() = 0;

  // Call before the steps of an event that changes a link.
  virtual void before_event(const LinkState& before, const LinkState& after);

  // The traffic of every link. Packets that an event took (a blackhole, an interface that went
  // down) are neither lost nor dropped.
  virtual std::vector<LinkSample> sample() = 0;

  // Adds the offloads of the backend's devices to the records of their namespaces.
  virtual void record_offloads(std::map<std::string, NamespaceRecord>& records) const;

  // The emulator: its process and command line (null and empty without one), its counters, and a
  // new window for its lateness.
  virtual const Child* process() const { return nullptr; }
  virtual std::vector<std::string> command() const { return {}; }
  virtual std::optional<Snapshot> snapshot() { return std::nullopt; }
  virtual void reset_lateness() {}

  // Lets the traces of all links start at a time on the clock of now().
  virtual void start_traces(Nanos) {}

  // Completes the packet capture; nothing if there is none. Packets do not move meanwhile. Throws
  // RunFailed or SysError if its file cannot be written, and then there is no file.
  virtual std::optional<CaptureRecord> end_capture() { return std::nullopt; }

  // "", or the sentence that the emulator died. Cheap.
  virtual std::string broken() { return ""; }

  // Packets that the emulator lost itself, for want of memory or because a device refused them. A
  // link that was ever unplugged loses packets in this way, so those towards its client are left
  // out.
  virtual std::uint64_t lost_by_emulator(const std::set<std::string>& unplugged);
};

// `spaces` has to outlive the links.
std::unique_ptr<Links> make_tun_links(const WorldOptions& options, const Spaces& spaces);
std::unique_ptr<Links> make_netem_links(const WorldOptions& options, const Spaces& spaces);
std::unique_ptr<Links> make_veth_links(const WorldOptions& options, const Spaces& spaces);

// The links of options.backend.
std::unique_ptr<Links> make_links(const WorldOptions& options, const Spaces& spaces);

// The kernel's counters are unsigned, those of a result are signed.
inline std::int64_t signed_of(std::uint64_t count) { return static_cast<std::int64_t>(count); }

}  // namespace mpb
