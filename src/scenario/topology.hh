// The world as a list of steps: every command that turns empty network namespaces into a scenario's
// links, for either backend.
//
//   tun      client [NAME] ===== emulator process ===== [NAME] server
//   netem    client [NAME] --- [NAME-c] router [NAME-s] --- [NAME] server      netem on NAME-s (up)
//   and NAME-c (down)
//   veth     client [NAME] --- [NAME] server       nothing between them, for links without a rate,
//   delay or loss
//
// Link i (from 1) is 10.0.i.1 on the client and 10.1.i.1 on the server, whichever backend. The
// store is always reached at 10.1.1.1; an MPTCP connection starts on the first link and gets one
// more subflow from each further client address: exactly one a link. This is pure: the same
// description gives the same steps, and --dry-run prints them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "result/parameters.hh"
#include "scenario/scenario.hh"

namespace mpb {

enum class Backend { kTun, kNetem, kVeth };

std::string to_text(Backend backend);  // "tun", "netem", "veth"

struct Step {
  enum class Kind {
    kCommand,          // argv is run in the namespace; a failure is fatal
    kSysctl,           // argv is {"sysctl", "-w", "name=value"}
    kSysctlIfPresent,  // the same, for a setting that older kernels do not have
    kTun,  // argv is {"ip", "tuntap", "add", "dev", NAME, "mode", "tun"}: opened by us, so that no
           // name outlives us
    kEmulator,  // argv is {"set", LINK}: a line for the emulator's standard input; `where` means
                // nothing
  };
  Kind kind;
  Role where;
  std::vector<std::string> argv;  // a word "@client" stands for that namespace
};

// What a world is made from.
struct WorldOptions : WorldParameters {
  Scenario scenario;
  Backend backend = Backend::kTun;
  // Whether limits and endpoints are set: a kernel that has no MPTCP can still measure TCP.
  bool mptcp = true;
  std::uint64_t seed = 1;    // of the links' random streams
  bool seeds_netem = false;  // tc(8) and the kernel take seeds for netem's (netem_takes_seeds())
};

inline constexpr int kStorePort = 6379;
std::string client_address(std::size_t link);  // link counts from 0: "10.0.1.1"
std::string server_address(std::size_t link);

std::vector<Step> topology(const WorldOptions& options);

// The run's seed for netem; none where it takes none.
std::optional<Seed> netem_seed(const WorldOptions& options);

// What makes the scenario's event number `event` (from 0) happen, when all before it have. Few and
// quick: packets move meanwhile. A netem that is changed draws a seed of its own, if it is given
// none, so each change has the next one of its link.
std::vector<Step> event_steps(const Scenario& scenario, std::size_t event, Backend backend,
                              std::optional<Seed> netem_seed);

// A link as it is when the events before number `event` have happened.
LinkState link_before(const Scenario& scenario, std::size_t event, std::size_t link);

// A step as a person would type it: "[client] ip link set lo up", "[emulator] set {...}".
std::string to_text(const Step& step);

// The words of tc(8) for one direction, after "netem". There are two, one inside the other, for a
// netem counts what it loses at random and what finds its queue full as one: the outer one only
// loses ({"loss", "random", "1%", "limit", "1000000"}), the inner one is the line
// ({"delay", "5ms", "rate", "100mbit", "limit", "1083"}). What the inner one drops, the outer one
// counts too. A blackhole is a loss of 100
// %.
std::vector<std::string> netem_loss_words(const LinkModel& model);
std::vector<std::string> netem_line_words(const LinkModel& model);

}  // namespace mpb
