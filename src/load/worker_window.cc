// The measured window of a worker: its start and end, the segments, slices and rows of the timeline
// between, and the waits within it.
#include <time.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "load/worker.hh"

namespace mpb {

namespace {

constexpr Nanos kDrainFor = 2s;

Nanos cpu_time_of_thread() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + Nanos(used.tv_nsec);
}

// Checks that every request was counted in every sum. A failed connect is an error but not a
// request.
void check_sums(const Outcome& outcome) {
  std::uint64_t requests = 0, lost = 0;
  for (const Segment& segment : outcome.segments) {
    requests += segment.requests;
    lost += segment.lost;
  }
  assert(requests == outcome.requests && lost == outcome.lost() - outcome.error(Loss::kConnect));
  assert(outcome.first_byte.count() == requests && outcome.last_byte.count() == requests);
  assert(outcome.response.count() == outcome.send_delay.count());
}

}  // namespace

void Worker::note_lost(std::uint64_t requests) {
  outcome_.segments[segment_].lost += requests;
  bins_.failed(requests);
}

Nanos Worker::note_wait(Nanos since, Nanos t) {
  if (phase_ != Phase::kMeasure) return Nanos{0};
  since = std::max(since, window_.open) - window_.open;
  std::size_t segment = segment_;
  while (outcome_.segments[segment].from > since) --segment;  // the segment in which it began
  if (segment < segment_) ++segment;  // it lasted into the next segment, so it counts there
  Nanos& longest = outcome_.segments[segment].longest_stall;
  const Nanos wait = t - window_.open - since;
  longest = std::max(longest, wait);
  return wait;
}

// Records the wait of requests in an open loop that no connection is ready to take.
Nanos Worker::note_none_ready(Nanos t) {
  if (!pacer_ || pacer_->next() >= t) return Nanos{0};
  return note_wait(std::max(none_ready_since_, pacer_->next()), t);
}

Nanos Worker::slice_end() const {
  return window_.open + (window_.close - window_.open) * static_cast<std::int64_t>(slice_ + 1) /
                            static_cast<std::int64_t>(kSlices);
}

// The next end of a row of the timeline, a segment, or the window.
Nanos Worker::next_edge() const {
  Nanos edge = window_.close;
  if (bins_.end() != Nanos::max()) edge = std::min(edge, window_.open + bins_.end());
  if (segment_ + 1 < outcome_.segments.size())
    edge = std::min(edge, window_.open + outcome_.segments[segment_ + 1].from);
  return edge;
}

void Worker::open_window(Nanos t) {
  const Outcome prepared = std::exchange(outcome_, {});
  outcome_.mptcp_start = prepared.mptcp_start;
  outcome_.time_to_ready = prepared.time_to_ready;
  outcome_.ready_after = prepared.ready_after;
  outcome_.complete_after = prepared.complete_after;
  outcome_.joined_after = prepared.joined_after;
  if (spec_.requests_per_connection > 0) outcome_.ended_connections.emplace();
  for (Histogram* histogram : {&in_one_piece_, &outcome_.first_byte, &outcome_.last_byte})
    histogram->reserve();
  if (pacer_) {
    outcome_.after_idle = 0;
    outcome_.response.reserve();
    outcome_.send_delay.reserve();
    slice_responses_.assign(kSlices, {});
    for (Histogram& responses : slice_responses_) responses.reserve();
  }
  const Nanos window = window_.close - window_.open;
  Nanos from{0};
  const auto add_segment = [this](Nanos begin, Nanos end) {
    Segment& segment = outcome_.segments.emplace_back();
    segment.from = begin;
    segment.to = end;
  };
  for (const Nanos mark : spec_.marks) {
    add_segment(from, mark);
    from = mark;
  }
  add_segment(from, window);
  outcome_.slices.assign(kSlices, 0);
  slice_ = 0;
  slice_end_ = slice_end();
  bins_ = RequestBins(spec_.sample_every, window);
  if (pacer_) outcome_.backlog.assign(4, UINT64_MAX);
  for (auto& [connection, log] : logs_) log.open(connection->fd());
  if (paths_) {
    for (const Connection& c : connections_) {
      if (c.state == Connection::State::kReady) paths_->open(c.fd());
    }
  }
  phase_ = Phase::kMeasure;
  opened_ = t;
  gaps_ = {};
  gaps_.add(t - window_.open);
  use_at_open_ = cpu_use_of_this_thread();
  cpu_at_open_ = cpu_time_of_thread();
}

void Worker::close_window(Nanos t) {
  const Nanos end = std::min(t, window_.close);
  Nanos unfinished = ready_ == 0 ? note_none_ready(end) : Nanos{0};
  for (const Connection& c : connections_) {
    if (c.waits_since != Nanos{0}) unfinished = std::max(unfinished, note_wait(c.waits_since, end));
  }
  outcome_.unfinished_stall = unfinished;
  phase_ = Phase::kDrain;
  outcome_.first_byte.merge(in_one_piece_);
  outcome_.last_byte.merge(in_one_piece_);
  check_sums(outcome_);
  boundary_ = t + kDrainFor;
  outcome_.cpu_pct.push_back(cpu_percent(cpu_time_of_thread() - cpu_at_open_, t - opened_));
  outcome_.threads.push_back({.longest_gap = gaps_.longest, .gaps = gaps_.sum});
  if (const auto use = cpu_use_of_this_thread(); use && use_at_open_) {
    outcome_.threads.back().waited = use->waited - use_at_open_->waited;
    outcome_.threads.back().turns = use->turns - use_at_open_->turns;
  }
  outcome_.duration = std::max(std::min(t, window_.close) - window_.open, Nanos{0});
  // A quarter in which this thread never ran gets the present backlog.
  if (pacer_)
    std::replace(outcome_.backlog.begin(), outcome_.backlog.end(), std::uint64_t{UINT64_MAX},
                 backlog(t));
  if (pacer_) outcome_.unsent = pacer_->skip_until(std::min(t, window_.close));
  outcome_.censored = in_flight_ + outcome_.unsent;
  for (const auto& [connection, log] : logs_) {
    const std::vector<SubflowTrace> traces = log.traces();
    outcome_.subflows.insert(outcome_.subflows.end(), traces.begin(), traces.end());
  }
  if (paths_) {
    for (const Connection& c : connections_) {
      if (c.state == Connection::State::kReady) paths_->close(c.fd());
    }
    outcome_.paths = paths_->paths();
  }
  prove(outcome_.mptcp_end);
}

void Worker::cross(Nanos t) {
  if (phase_ == Phase::kWarmup) {
    open_window(t);
    boundary_ = next_edge();
    return pass(t);  // the thread may have slept through the whole window
  }
  if (phase_ == Phase::kMeasure) {
    for (; bins_.end() != Nanos::max() && window_.open + bins_.end() <= t; bins_.roll(), ++row_) {
      for (auto& [connection, log] : logs_) log.sample(connection->fd(), row_);
    }
    while (segment_ + 1 < outcome_.segments.size() &&
           window_.open + outcome_.segments[segment_ + 1].from <= t)
      ++segment_;
    boundary_ = next_edge();
    if (t >= window_.close) close_window(t);
    return;
  }
  phase_ = Phase::kDone;
  boundary_ = Nanos::max();
}

}  // namespace mpb
