// Measures the longest silence of a store, by PINGs at regular intervals during a run. They go over
// the store's own loopback interface, so the links carry none of them.
//
// The time of an answer is when the kernel received it, not when we read it, so a late or stopped
// caller does not look like a silent store. Used by one thread.
#pragma once

#include "stats/gaps.hh"
#include "sys/clock.hh"
#include "sys/fd.hh"

namespace mpb {

class StorePulse {
 public:
  // Takes a connection to a store. `every` is the time between two PINGs; the next one waits for
  // the answer to the last.
  StorePulse(Fd connection, Nanos every);

  void open();        // the window has opened
  Nanos due() const;  // the time of the next call to beat(); Nanos::max() for none
  void beat();

  // The times from a PING to its answer, or to now if it is unanswered. If the store has closed the
  // connection, only the times before that: after it, nothing watches the store.
  Gaps silences();
  bool is_broken() const { return gone_; }

  // TCP segments of this connection so far. The store's namespace counts each of them twice, as
  // sent and as received.
  std::int64_t segments() const;

 private:
  void take_answer();

  Fd fd_;
  Nanos every_;
  Nanos next_ = Nanos::max();
  bool waiting_ = false;
  bool gone_ = false;
  Nanos sent_{};          // on the clock of now()
  Nanos sent_on_wall_{};  // on the clock with which the kernel stamps packets
  Gaps gaps_;
};

}  // namespace mpb
