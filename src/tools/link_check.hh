// `mptcp-bench lab SCENARIO --check`: sends packets over the links and compares them with the
// scenario.
//
// It measures every direction of every link with its own datagrams: the rate with a flood of full
// frames, the delay with small frames at long intervals, the loss with small frames at short ones.
// No datagram may be fragmented, so a full frame arrives only if all interfaces on its way have the
// MTU of the link, which is also read back.
// Queue limits and the length of bursts are not checked. Two figures are printed without a verdict:
// the delay of full frames at half the rate, because it contains every pause of the machine, and
// the goodput of iperf3 over the same links, if it is installed, because the behaviour of TCP is
// not a property of a link.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "output/table.hh"
#include "scenario/topology.hh"

namespace mpb {

// One-way delay of full frames that are sent at regular intervals, at half the rate.
struct LoadedDelay {
  std::optional<Nanos> mean;  // absent if the link has no rate, or nothing arrived
  std::optional<Nanos> p99;   // absent for fewer than a thousand frames
};
LoadedDelay loaded_delay(std::vector<Nanos> delays);

// The results of the datagrams over one direction of a link.
struct Measured {
  std::optional<BitsPerSecond> rate;  // of Ethernet frames; absent if the link has no rate
  Nanos least_delay{};                // one way, of a probe of kProbeFrame
  Nanos median_delay{};
  int delay_probes = 0;  // those that arrived
  std::int64_t sent = 0;
  std::int64_t lost = 0;
  LoadedDelay loaded;
  Bytes mtu = kStandardMtu;  // of the interface that sends
};

// The Ethernet frames of delay and loss probes.
inline constexpr Bytes kProbeFrame = 114_bytes;

// The rate at which frames of one length left a saturated link: the median over ten parts of the
// flood, so that a single pause of the machine has no effect. `arrivals` ascend; fewer than two
// give a rate of 0.
BitsPerSecond rate_of(const std::vector<Nanos>& arrivals, Bytes frame);

// The smallest and the largest plausible number of losses among `sent` packets: four standard
// deviations around the mean. In bursts fewer losses are independent, so the band is wider.
struct LossBand {
  double least = 0;
  double most = 0;
};
LossBand loss_band(const LossModel& loss, std::int64_t sent);

// Clauses about the deviations from the configuration, such as "the rate is 81.2 Mbit/s instead of
// 100"; empty if there are none.
std::vector<std::string> deviations(const LinkModel& configured, const Measured& measured);

struct DirectionCheck {
  std::string link;
  Direction direction = Direction::kUp;
  LinkModel configured;
  Measured measured;
  std::optional<double> tcp_bps;  // goodput by iperf3
};

// One row per direction, "measured (configured)", with the verdict at its end, and a note for each
// direction that deviates.
Table check_table(const std::vector<DirectionCheck>& checks);

struct CheckReport {
  std::string text;
  bool ok = false;  // no link deviates
};

// Builds the world and checks it, which takes a few seconds per link. The process must be in a
// Sandbox.
CheckReport check_links(const WorldOptions& options);

}  // namespace mpb
