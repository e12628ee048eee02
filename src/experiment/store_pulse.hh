// How long a store was silent: a PING over its own loopback, again and again while a run is
// measured, so that nothing of it crosses the links.
//
// An answer counts from when the kernel received it, not from when we read it: a caller that is
// late, or was stopped, makes no silence of the store's. Called from one thread.
#pragma once

#include "stats/gaps.hh"
#include "sys/clock.hh"
#include "sys/fd.hh"

namespace mpb {

class StorePulse {
 public:
  // Over a connection to a store. A PING every `every`, and none before the last one was answered.
  StorePulse(Fd connection, Nanos every);

  void open();        // the window has opened
  Nanos due() const;  // when beat() is to be called next; Nanos::max() when not at all
  void beat();

  // The times from a PING to its answer, or so far to none. Where the connection has broken, those
  // before it did: from then on nobody watches the store.
  Gaps silences();
  bool is_broken() const { return gone_; }

  // TCP segments of this connection so far, each of which the store's namespace counts as sent and
  // as received.
  std::int64_t segments() const;

 private:
  void take_answer();

  Fd fd_;
  Nanos every_;
  Nanos next_ = Nanos::max();
  bool waiting_ = false;
  bool gone_ = false;
  Nanos sent_{};          // on now()'s clock
  Nanos sent_on_wall_{};  // on the one that the kernel stamps packets with
  Gaps gaps_;
};

}  // namespace mpb
