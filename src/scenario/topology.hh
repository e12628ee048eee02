// The world as a list of steps: every command that turns empty network namespaces into the links of
// a scenario, for each backend.
//
//   tun      client [NAME] ===== emulator process ===== [NAME] server
//   netem    client [NAME] --- [NAME-c] router [NAME-s] --- [NAME] server
//            with netem qdiscs on NAME-s (up) and NAME-c (down), and with a cap per flow an ifb
//            each before them, NAME-u and NAME-d
//   veth     client [NAME] --- [NAME] server
//            for a link without a rate, delay or loss
//
// Of several clients each has a namespace and links of its own, to the same server: "client2" is
// the second one, and its NAME differs from that of the first.
//
// Link i (from 1) has the address 10.0.i.1 on the client and 10.1.i.1 on the server, with every
// backend. Where a connection uses IPv6, all links have addresses of IPv6 in addition. The store is
// reached at the server's address on a client's first link, where an MPTCP connection starts, and
// scenario/setup.hh has the ways in which it gets further subflows. Pure: the same scenario gives
// the same steps, and --dry-run prints them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "result/parameters.hh"
#include "scenario/addresses.hh"
#include "scenario/scenario.hh"
#include "scenario/setup.hh"

namespace mpb {

enum class Backend { kTun, kNetem, kVeth };

std::string to_text(Backend backend);  // "tun", "netem", "veth"

// The hosts of a world, in the order in which their namespaces are made: the clients come first.
std::vector<Place> places_of(Backend backend, const Scenario& scenario);

struct Step {
  enum class Kind {
    // argv is run in the namespace; a failure is fatal.
    kCommand,
    // argv is {"sysctl", "-w", "name=value"}.
    kSysctl,
    // The same, for a setting that older kernels do not have.
    kSysctlIfPresent,
    // argv is {"ip", "tuntap", "add", "dev", NAME, "mode", "tun"}. The program opens the device
    // itself instead, so that the device does not outlive it.
    kTun,
    // argv is {"set", LINK}: a line for the emulator's standard input. `where` is meaningless.
    kEmulator,
  };
  Kind kind;
  Place where;
  std::vector<std::string> argv;  // a word "@client2" is replaced by that namespace

  bool operator==(const Step&) const = default;
};

// The description of a world.
struct WorldOptions : WorldParameters, Setup {
  Scenario scenario;
  Backend backend = Backend::kTun;
  // Whether to set limits and endpoints. A kernel without MPTCP can still measure TCP.
  bool mptcp = true;
  std::uint64_t seed = 1;    // of the links' random streams
  bool seeds_netem = false;  // whether tc(8) and the kernel accept seeds (netem_takes_seeds())
  std::string capture;       // the file for every packet of the links (tun); "" for none
};

// The option that names the file, for the remedies of errors.
inline constexpr std::string_view kCaptureOption = "--capture FILE";

inline constexpr int kStorePort = 6379;

// The router's devices that hold back the flows of a link in each direction.
inline std::string up_cap_of(const std::string& link) { return link + "-u"; }
inline std::string down_cap_of(const std::string& link) { return link + "-d"; }

std::vector<Step> topology(const WorldOptions& options);

// The run's seed for netem; nothing if netem does not accept one.
std::optional<Seed> netem_seed(const WorldOptions& options);

// The steps of the scenario's event number `event` (from 0), after all events before it. They are
// few and quick, because packets move meanwhile. Every change of a netem qdisc needs another seed:
// a qdisc that is changed without one draws a new seed itself.
std::vector<Step> event_steps(const Scenario& scenario, std::size_t event, Backend backend,
                              std::optional<Seed> netem_seed);

// The state of a link after the events before number `event`.
LinkState link_before(const Scenario& scenario, std::size_t event, std::size_t link);

// A step as a person would type it: "[client] ip link set lo up", "[emulator] set {...}".
std::string to_text(const Step& step);

}  // namespace mpb
