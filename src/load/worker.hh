// One thread of the load: its connections, epoll, random numbers, schedule and measurements.
//
// While a worker works, it shares only two atomics that change: `stop`, which asks it to end early,
// and its count of finished requests, which the main thread reads for progress. The same thread
// calls prepare() and run(). Read outcome() after joining it.
//
// An error during the first connect throws. From run() on, an error is part of the measurement: it
// is counted, and the connection is opened again.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <deque>
#include <optional>
#include <span>

#include "load/connection.hh"
#include "load/pacer.hh"
#include "load/path_log.hh"
#include "load/subflow_log.hh"
#include "load/workload.hh"
#include "result/outcome.hh"
#include "stats/gaps.hh"
#include "sys/cpu.hh"

namespace mpb {

// The start of the load, and the start and the end of the measured window.
struct Window {
  Nanos start{0}, open{0}, close{0};
};

class Worker {
 public:
  // Thread `index` of the spec.threads of this part of the load; takes its share of the
  // connections.
  Worker(const LoadSpec& spec, const ValueBlock& block, int index, const std::atomic<bool>& stop);

  // Connects, sends the greeting and, for MPTCP, waits for the subflows. Throws RunFailed if a
  // connection fails. Returns early if asked to stop.
  void prepare();

  // Offers the load until the window has closed, then waits for the last replies.
  void run(const Window& window);

  const Outcome& outcome() const { return outcome_; }
  // Open loop: the responses in each slice of the window; otherwise empty.
  const std::vector<Histogram>& slice_responses() const { return slice_responses_; }
  const RequestBins& bins() const { return bins_; }
  std::uint64_t finished() const { return finished_.load(std::memory_order_relaxed); }

 private:
  enum class Phase { kPrepare, kWarmup, kMeasure, kDrain, kDone };

  // The loop (worker.cc). turn() waits for events until `until`, handles them, and returns the
  // time.
  Nanos turn(Nanos from, Nanos until);
  int wait(std::span<epoll_event> events, Nanos from, Nanos until);
  Nanos on_event(Connection& c, std::uint32_t events, Nanos t);
  Nanos on_readable(Connection& c, std::uint32_t events);
  void take_replies(Connection& c, std::string_view bytes, Nanos t);
  void on_connected(Connection& c, Nanos t);
  void tick(Nanos t);
  void check_all(Nanos t);

  // Connections (worker_connections.cc).
  // The numbers of a part's connections are as far apart as there are parts.
  int number_in_part(const Connection& c) const { return c.number / spec_.part.of; }
  std::size_t way_of(const Connection& c) const;  // 0: spec.address, 1: spec.further[0]
  void open(Connection& c, Nanos t);
  static Loss loss_of(int error);
  void break_off(Connection& c, Loss loss, int error, Nanos t);
  void replace(Connection& c, Nanos t);
  void become_ready(Connection& c, Nanos t);
  void watch(Connection& c, int operation);
  void settle(Connection& c);
  void note_connecting();
  void prove(MptcpProof& proof);
  void leave(Connection& c);  // closes its socket

  // Requests (worker_requests.cc).
  bool offering() const { return phase_ == Phase::kWarmup || phase_ == Phase::kMeasure; }
  void serve(Connection& c, Nanos t);  // gives a connection with room something to do
  void dispatch(Nanos t);              // open loop: sends the requests that are due
  std::uint64_t backlog(Nanos t) const;
  bool has_free() const;
  Connection* take_free();
  void issue(Connection& c, Nanos intended, Nanos t);
  static bool is_cold(const Connection& c, Nanos t);
  void flush(Connection& c, Nanos t);
  void finish(const Request& request, const Reply& reply, Nanos t);

  // The window (worker_window.cc).
  void pass(Nanos t) {
    gaps_.add(t - seen_);
    seen_ = t;
    if (t >= boundary_) cross(t);
  }
  void cross(Nanos t);
  void open_window(Nanos t);
  Nanos slice_end() const;  // of the present slice
  void close_window(Nanos t);
  Nanos next_edge() const;
  Nanos note_wait(Nanos since, Nanos t);  // returns its length
  Nanos note_none_ready(Nanos t);
  void note_lost(std::uint64_t requests);

  const LoadSpec& spec_;
  const ValueBlock& block_;
  // Of this thread among those of all parts, and the number of these. The parts take turns, so that
  // each has about the same share, and their arrivals alternate.
  const int index_, threads_;
  const std::atomic<bool>& stop_;
  Phase phase_ = Phase::kPrepare;
  Window window_;
  Nanos boundary_ = Nanos::max(), next_tick_{0}, next_check_{0}, opened_{0};
  Nanos cpu_at_open_{};
  std::optional<CpuUse> use_at_open_;
  Nanos seen_{0};  // the last time that pass() was called
  Gaps gaps_;      // between such times, since the window opened

  Fd epoll_;
  Fd timer_;  // of a closed loop, and of the time before the run
  Nanos wake_at_{0};
  std::deque<Connection> connections_;
  // Open loop, each connection at most once: idle ones by way, the most recently used last; and
  // busy ones whose pipeline has room, the one listed first at the front.
  std::vector<std::vector<Connection*>> idle_;
  std::deque<Connection*> with_room_;
  std::vector<Connection*> settling_;  // before the run: are ready, and wait for subflows
  std::vector<Connection*> to_serve_;  // closed loop: have received, and send in the same turn
  std::vector<char> buffer_;
  ReplyReader reader_;
  RequestWriter writer_;
  std::string greeting_;
  int greeting_replies_ = 0;
  Random random_, way_random_;
  KeyPicker picker_;
  std::optional<Pacer> pacer_;
  std::uint64_t gets_ = 0;
  std::size_t in_flight_ = 0;
  int ready_ = 0, down_ = 0;
  Nanos none_ready_since_{0};
  std::string last_failure_;
  Histogram in_one_piece_;  // latencies of replies whose first and last byte arrived together
  Outcome outcome_;
  RequestBins bins_;
  std::vector<std::pair<Connection*, SubflowLog>> logs_;
  std::optional<PathLog> paths_;
  std::array<CallCount, 3> calls_{};  // by Verb
  std::size_t row_ = 0;               // of the timeline
  std::size_t slice_ = 0;             // the present slice of the window, and its end
  Nanos slice_end_{0};
  std::vector<Histogram> slice_responses_;
  std::size_t segment_ = 0;          // the present segment
  std::size_t without_success_ = 0;  // the first segment without a successful request so far
  alignas(64) std::atomic<std::uint64_t> finished_ = 0;
};

}  // namespace mpb
