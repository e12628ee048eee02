// The intended send times of an open loop, as pure arithmetic: the caller says what time it is, and
// asks what is due.
//
// The schedule is fixed when the run starts and knows nothing of the store: a store that stalls
// finds every request that a patient world would have sent meanwhile, each timed from its intended
// moment (the wrk2 correction of coordinated omission). Constant arrival i of thread k of n is at
// start + (i n + k) / rate, computed from i and never accumulated, so it is exact to the nanosecond
// after any number of requests and the threads together are one constant stream. Poisson threads
// are independent streams of rate / n, whose union is Poisson at the full rate. Not thread-safe;
// each thread owns one.
#pragma once

#include "load/mix.hh"
#include "stats/random.hh"
#include "sys/clock.hh"

namespace mpb {

class Pacer {
 public:
  Pacer(Arrivals arrivals, double rate_per_second, Nanos start, std::uint64_t seed, int thread = 0,
        int threads = 1);

  // When the next request should leave.
  Nanos next() const { return next_; }

  // That request has been taken: on to the one after.
  void advance();

  // Takes every request due before `end`; returns how many. In bounded time, at any rate: many are
  // skipped at once.
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
