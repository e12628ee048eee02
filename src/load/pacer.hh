// The intended send times of an open loop, as pure arithmetic: the caller passes the time.
//
// The schedule is fixed at the start of the run and does not depend on the store. When a store
// stalls, the requests that are due meanwhile wait, and each one is timed from its intended send
// time (the correction of coordinated omission in wrk2). The constant arrival i of thread k of n is
// at start + (i n + k) / rate. It is computed from i and never accumulated, so it is exact to the
// nanosecond after any number of requests, and the threads together are one constant stream.
// Poisson threads are independent streams of rate / n, whose union is Poisson at the full rate. Not
// thread-safe; each thread owns one.
#pragma once

#include "load/mix.hh"
#include "stats/random.hh"
#include "sys/clock.hh"

namespace mpb {

class Pacer {
 public:
  Pacer(Arrivals arrivals, double rate_per_second, Nanos start, std::uint64_t seed, int thread = 0,
        int threads = 1);

  // The intended send time of the next request.
  Nanos next() const { return next_; }

  // Takes the next request.
  void advance();

  // Takes every request that is due before `end`, and returns their number. Skips many requests at
  // once, so the time that it takes is bounded for any rate.
  std::uint64_t skip_until(Nanos end);

 private:
  void advance_by(std::uint64_t requests);  // two or more

  Arrivals arrivals_;
  double gap_;  // nanoseconds between this thread's requests
  double offset_;
  Nanos start_;
  std::uint64_t taken_ = 0;
  Random random_;
  Nanos next_;
};

}  // namespace mpb
