// `mptcp-bench lab SCENARIO --check`: whether the links are what the scenario says, found out by
// sending packets over them.
//
// Every direction of every link by itself, with datagrams of our own: a saturating flood of full
// frames gives the rate, slow small ones the delay, paced small ones the loss. Queue limits and the
// length of bursts are not checked. Two things are printed beside and not judged: the delay of full
// frames at half the rate, for every pause of the machine is in it, and what iperf3, when it is
// installed, gets over the same links, for what TCP makes of a link is no property of the link.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "output/table.hh"
#include "scenario/topology.hh"

namespace mpb {

// One way, of full frames sent evenly at half the rate.
struct LoadedDelay {
  std::optional<Nanos> mean;  // none where the link has no rate, or nothing arrived
  std::optional<Nanos> p99;   // none of fewer than a thousand frames
};
LoadedDelay loaded_delay(std::vector<Nanos> delays);

// What the datagrams over one direction of a link showed.
struct Measured {
  std::optional<BitsPerSecond>
      rate;             // of Ethernet frames; none where the link has no rate to check
  Nanos least_delay{};  // one way, of a probe of kProbeFrame
  Nanos median_delay{};
  int delay_probes = 0;  // those that arrived
  std::int64_t sent = 0;
  std::int64_t lost = 0;
  LoadedDelay loaded;
};

// The Ethernet frames of delay and loss probes.
inline constexpr Bytes kProbeFrame = 114_bytes;

// The rate at which frames of one length left a saturated link: the median over ten parts of the
// flood, so that one pause of the machine does not count. `arrivals` ascend; with fewer than two
// there is no rate.
BitsPerSecond rate_of(const std::vector<Nanos>& arrivals, Bytes frame);

// How many of `sent` packets may be lost, at least and at most: four standard deviations around the
// mean. Losses in bursts come together, so fewer of them are independent and the band is wider.
struct LossBand {
  double least = 0;
  double most = 0;
};
LossBand loss_band(const LossModel& loss, std::int64_t sent);

// Clauses about what is not as configured, "the rate is 81.2 Mbit/s instead of 100 Mbit/s"; empty
// when the link is what it should be.
std::vector<std::string> deviations(const LinkModel& configured, const Measured& measured);

struct DirectionCheck {
  std::string link;
  Direction direction = Direction::kUp;
  LinkModel configured;
  Measured measured;
  std::optional<double> tcp_bps;  // goodput by iperf3
};

// One row a direction, "measured (configured)", with the verdict at its end; a note for each
// direction that is off.
Table check_table(const std::vector<DirectionCheck>& checks);

struct CheckReport {
  std::string text;
  bool ok = false;  // every link is what it should be
};

// Builds the world and checks it, which takes some seconds a link. The process must be in a
// Sandbox.
CheckReport check_links(const WorldOptions& options);

}  // namespace mpb
