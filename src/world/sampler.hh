// The traffic of a world's links over time: one row for every interval of the measured window, with
// the same intervals as the rows of the load generator.
#pragma once

#include "stats/timeline.hh"
#include "world/world.hh"

namespace mpb {

class LinkSampler {
 public:
  // An interval of 0 disables the sampler.
  LinkSampler(World& world, Nanos interval, Nanos window);

  // Call at the start of the window. `opened` is the time of the start; counting begins now.
  void open(Nanos opened);

  // The time on now()'s clock at which the next row is due; Nanos::max() if no row is due.
  Nanos due() const;
  void take();

  // Adds the columns NAME.D.bytes, packets, lost, dropped, flow_dropped (of each interval; the last
  // one only with a cap per flow) and queue_packets (at its end) for each link NAME and direction D
  // (up: from the client; down: to it), and sampled_late_ns: the time between the interval's end
  // and the reading of its row. Rows that were not read are absent.
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
