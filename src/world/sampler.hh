// What a world's links carried, over time: one row for every interval of the measured window, on
// the same grid as the load's own rows.
#pragma once

#include "stats/timeline.hh"
#include "world/world.hh"

namespace mpb {

class LinkSampler {
 public:
  // With an interval of 0 it never has anything to do.
  LinkSampler(World& world, Nanos interval, Nanos window);

  // `opened` is when the window did; what is counted counts from now.
  void open(Nanos opened);

  // When the next row is due, on now()'s clock; Nanos::max() when none is.
  Nanos due() const;
  void take();

  // Adds per link NAME and direction D (up: from the client; down: to it) the columns NAME.D.bytes,
  // packets, lost, dropped (of each interval) and queue_packets (at its end), and sampled_late_ns:
  // how much later than the interval's end the row was read. Rows that were never taken are absent.
  void write(Timeline& timeline) const;

 private:
  World& world_;
  std::vector<Nanos> ends_;
  Nanos opened_{};
  bool open_ = false;
  std::vector<LinkSample> last_;
  Column late_;
  std::map<std::string, Column> series_;
};

}  // namespace mpb
