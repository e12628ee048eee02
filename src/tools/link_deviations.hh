// The measurements of `lab SCENARIO --check`, and their deviations from the configuration of the
// links. Pure arithmetic and text; tools/link_check.hh measures.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "emu/trace.hh"
#include "output/table.hh"
#include "scenario/scenario.hh"

namespace mpb {

// One-way delay of full frames that are sent at regular intervals, at half the rate.
struct LoadedDelay {
  std::optional<Nanos> mean;  // absent if the link has no rate, or nothing arrived
  std::optional<Nanos> p99;   // absent for fewer than a thousand frames
};
LoadedDelay loaded_delay(std::vector<Nanos> delays);

// A part of a flood along a trace, since the start of the trace: the rate of the frames that
// arrived, and the bounds that follow from the trace.
struct TracePart {
  Nanos from{};
  Nanos to{};
  double carried_bps = 0;
  double trace_bps = 0;
  double least_bps = 0;
  double most_bps = 0;
  bool is_off() const { return carried_bps < least_bps || carried_bps > most_bps; }
};

// The parts of a flood of full frames over `length` from the start of the trace. `arrivals` are the
// times since then at which the frames left the line, as far as they are known: to `blur`.
std::vector<TracePart> parts_of(const Trace& trace, Bytes mtu, Nanos length, Nanos blur,
                                const std::vector<Nanos>& arrivals);

// The results of the datagrams over one direction of a link.
struct Measured {
  std::optional<BitsPerSecond> rate;  // of Ethernet frames; absent if the link has no rate
  Nanos least_delay{};                // one way, of a probe of kProbeFrame
  Nanos median_delay{};
  int delay_probes = 0;  // those that arrived
  std::int64_t sent = 0;
  std::int64_t lost = 0;
  LoadedDelay loaded;
  Bytes mtu = kStandardMtu;                  // of the interface that sends
  std::optional<BitsPerSecond> flow_rate{};  // of a single flow; absent without a cap per flow
  std::vector<TracePart> parts{};            // of a link with a trace; its rate is then their mean
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

// The rate at which a single flow passes, and the number of flows that offer the line more than its
// rate: with a cap per flow one more than are needed to fill it.
BitsPerSecond single_flow_rate(const LinkModel& model);
int flows_to_fill(const LinkModel& model);

// The time for which a frame occupies a line of that rate; 0 without a rate.
Nanos airtime(Bytes frame, BitsPerSecond rate);

// A rate in Mbit/s with three or four digits.
std::string mbit_text(double mbits);

}  // namespace mpb
