#include "load/worker.hh"

#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "net/mptcp.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

// More than the largest usual reply, so that a request needs one receive.
constexpr std::size_t kReceive = 64 * 1024;
// hiredis keeps a buffer of twice the bytes that it was fed at once, for every connection.
constexpr std::size_t kFeed = 16 * 1024;
constexpr Nanos kDrainFor = 2s;
constexpr int kVerifyOneIn = 64;
// The longest wait for events. A longer gap between two turns means that the thread did not run.
constexpr Nanos kLongestWait = 5ms;
constexpr Nanos kShortestRto = 200ms;  // the kernel's TCP_RTO_MIN

Nanos cpu_time_of_thread() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + Nanos(used.tv_nsec);
}

// Whether the subflows of a connection are logged: those of eight connections, spread evenly over
// all, so that each way and each thread is represented.
bool is_sampled(int number, int connections) {
  constexpr int kSampled = 8;
  if (connections <= kSampled) return true;
  const int nearest = (number * kSampled + connections - 1) / connections;
  return nearest < kSampled && nearest * connections / kSampled == number;
}

Loss loss_of(int error) { return error == ETIMEDOUT ? Loss::kTimeout : Loss::kReset; }

}  // namespace

Worker::Worker(const LoadSpec& spec, const ValueBlock& block, int index,
               const std::atomic<bool>& stop)
    : spec_(spec),
      block_(block),
      index_(index),
      stop_(stop),
      epoll_(check(epoll_create1(EPOLL_CLOEXEC), "creating an epoll")),
      idle_(spec.further.size() + 1),
      buffer_(kReceive),
      reader_(largest_reply(spec.size.max())),
      writer_(spec.prefix, block),
      random_(spec.seed, static_cast<std::uint64_t>(index)),
      way_random_(spec.seed, 0x3a75 + static_cast<std::uint64_t>(index)),
      picker_(spec.keys, spec.keyspace, index, spec.threads) {
  for (int i = 0; i < share(spec, index); ++i) {
    Connection& c = connections_.emplace_back(spec.pipeline, largest_reply(spec.size.max()),
                                              spec.requests_per_connection);
    c.number = i * spec.threads + index;
    // The log of connections that are replaced would grow with every one.
    const bool lasts = spec.requests_per_connection == 0;
    if (lasts && spec.sample_every > Nanos{0} && is_sampled(c.number, spec.connections)) {
      logs_.emplace_back(&c, SubflowLog(c.number, spec.transport));
    }
  }
  if (!spec.password.empty()) greeting_ += command({"AUTH", spec.password}), ++greeting_replies_;
  if (spec.db != 0) greeting_ += command({"SELECT", std::to_string(spec.db)}), ++greeting_replies_;
  greeting_ += command({"PING"}), ++greeting_replies_;
}

void Worker::run(const Window& window) {
  window_ = window;
  phase_ = Phase::kWarmup;
  boundary_ = window.open;
  if (spec_.rate)
    pacer_.emplace(spec_.arrivals, *spec_.rate, window.start, spec_.seed, index_, spec_.threads);
  Nanos t = now();
  pass(t);
  for (Connection& c : connections_) {
    serve(c, t);
    t = now();
  }
  // The connections whose subflows are logged come last, so they are used first: at a low rate, no
  // others are used.
  for (auto& idle : idle_) {
    std::stable_partition(idle.begin(), idle.end(), [this](const Connection* c) {
      return std::none_of(logs_.begin(), logs_.end(),
                          [c](const auto& logged) { return logged.first == c; });
    });
  }
  while (phase_ != Phase::kDone) {
    if (pacer_) dispatch(t);
    const bool waiting_for_the_schedule = pacer_ && offering() && has_free();
    Nanos until = std::min({next_tick_, boundary_, t + kLongestWait});
    if (waiting_for_the_schedule) until = std::min(until, pacer_->next());
    t = turn(t, until);
    pass(t);
    if (t >= next_tick_) tick(t);
    if (phase_ == Phase::kDrain && in_flight_ == 0) phase_ = Phase::kDone;
  }
}

Nanos Worker::turn(Nanos from, Nanos until) {
  epoll_event events[128];
  const timespec timeout = to_timespec(std::max(until - from, Nanos{0}));
  const int n = epoll_pwait2(epoll_.get(), events, 128, &timeout, nullptr);
  if (n < 0 && errno != EINTR) throw SysError("waiting for events");
  Nanos t = from;
  for (int i = 0; i < n; ++i)
    t = on_event(*static_cast<Connection*>(events[i].data.ptr), events[i].events, t);
  // All receives come before all sends. The kernel's code for each then stays in the cache, which
  // saves several per cent.
  for (Connection* c : to_serve_) {
    t = now();  // read for each connection, because a send takes microseconds
    pass(t);
    serve(*c, t);
  }
  to_serve_.clear();
  // A schedule needs the exact time. A closed loop that has just received has it already.
  return n <= 0 || pacer_ ? now() : t;
}

Nanos Worker::on_event(Connection& c, std::uint32_t events, Nanos t) {
  switch (c.state) {
    case Connection::State::kDown:  // broken off by an earlier event of this turn
      return t;
    case Connection::State::kConnecting:
      t = now();
      on_connected(c, t);
      return t;
    default:
      break;
  }
  if (events & ~EPOLLOUT) t = on_readable(c);
  if ((events & EPOLLOUT) && c.armed && c.state != Connection::State::kDown) flush(c, t);
  return t;
}

Nanos Worker::on_readable(Connection& c) {
  const ssize_t n = recv(c.fd(), buffer_.data(), buffer_.size(), 0);
  const int error = errno;
  const Nanos t = now();
  pass(t);
  if (n > 0) {
    on_bytes(c, {buffer_.data(), static_cast<std::size_t>(n)}, t);
  } else if (n == 0) {
    break_off(
        c,
        c.in_flight() > 0 && c.front().first_byte != Nanos{0} ? Loss::kShortReply : Loss::kClosed,
        0, t);
  } else if (error != EAGAIN && error != EINTR) {
    break_off(c, loss_of(error), error, t);
  }
  if (c.state == Connection::State::kReady && c.is_spent() && offering()) {
    replace(c, t);
  } else if (!pacer_) {
    to_serve_.push_back(&c);
  } else {
    serve(c, t);
    dispatch(t);
  }
  return t;
}

// Most replies arrive complete, and one reader takes them all, so that its memory stays in the
// cache. A connection keeps the parts of an incomplete reply in its own reader. It is fed in
// slices, because hiredis keeps a buffer of twice the bytes that it was fed at once.
void Worker::on_bytes(Connection& c, std::string_view bytes, Nanos t) {
  for (; c.mid_reply && !bytes.empty(); bytes.remove_prefix(std::min(kFeed, bytes.size()))) {
    c.reader.feed(bytes.substr(0, kFeed));
    c.mid_reply = take_replies(c, c.reader, t) > 0;
  }
  if (bytes.empty() || c.state == Connection::State::kDown) return;
  reader_.feed(bytes);
  const std::size_t left = take_replies(c, reader_, t);
  if (left > 0) {
    c.reader.feed(bytes.substr(bytes.size() - left));
    c.mid_reply = true;
  }
  if (left + reader_.held() > 0) reader_.drop();
}

// Takes all complete replies. Returns the number of bytes left of an incomplete one, or 0 if the
// connection broke.
std::size_t Worker::take_replies(Connection& c, RespReader& reader, Nanos t) {
  Reply reply;
  while (c.state != Connection::State::kDown) {
    const std::size_t left = reader.held();
    if (left == 0) break;
    const bool request = c.awaited == 0 && c.in_flight() > 0;
    if (request && c.front().first_byte == Nanos{0}) c.front().first_byte = t;
    const bool verify = request && c.front().verify;
    const RespReader::Next next =
        reader.next(reply, verify ? &block_ : nullptr, verify ? c.front().key : 0);
    if (next == RespReader::Next::kMore) return left;
    const bool expected = c.awaited > 0 || (request && c.front_is_sent());
    if (next == RespReader::Next::kBroken || !expected) {
      if (&reader == &reader_) reader.reset();
      break_off(c, Loss::kProtocol, 0, t);
      return 0;
    }
    if (request) {
      const Request done = c.front();
      c.pop();
      --in_flight_;
      finish(done, reply, t);
      note_wait(c.waits_since, t);
      c.waits_since = c.in_flight() > 0 ? t : Nanos{0};
      if (c.in_flight() == 0) c.idle_since = t;
    } else if (reply.kind == Reply::Kind::kError) {
      last_failure_ = reply.text.data();
      break_off(c, Loss::kErrorReply, 0, t);
      return 0;
    } else if (--c.awaited == 0 && c.state == Connection::State::kGreeting) {
      become_ready(c, t);
    }
  }
  return 0;
}

void Worker::finish(const Request& request, const Reply& reply, Nanos t) {
  finished_.store(finished_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (phase_ != Phase::kMeasure) return;
  const bool get = request.verb == Verb::kGet;
  const auto lost = [this](Loss loss) {
    ++outcome_.error(loss);
    note_lost(1);
  };
  switch (reply.kind) {
    case Reply::Kind::kValue:
      if (!get) return lost(Loss::kProtocol);
      if (reply.length != request.size || !reply.matches) return lost(Loss::kCorrupt);
      outcome_.verified += request.verify;
      outcome_.payload_bytes += reply.length;
      break;
    case Reply::Kind::kStatus:
      if (get) return lost(Loss::kProtocol);
      outcome_.payload_bytes += request.size;
      break;
    case Reply::Kind::kNil:
      if (!get) return lost(Loss::kProtocol);
      ++outcome_.misses;
      break;
    case Reply::Kind::kError:
      return lost(Loss::kErrorReply);
    default:
      return lost(Loss::kProtocol);
  }
  ++outcome_.requests;
  ++outcome_.segments[segment_].requests;
  while (t >= slice_end_ && slice_ + 1 < kSlices) {
    ++slice_;
    slice_end_ = slice_end();
  }
  ++outcome_.slices[slice_];
  // In an open loop, a request waits from its intended send time.
  bins_.completed(t - (pacer_ ? request.intended : request.sent));
  for (; without_success_ <= segment_ &&
         request.sent - window_.open >= outcome_.segments[without_success_].from;
       ++without_success_) {
    outcome_.segments[without_success_].first_success =
        t - window_.open - outcome_.segments[without_success_].from;
  }
  if (request.first_byte == t) {
    in_one_piece_.record(t - request.sent);
  } else {
    outcome_.first_byte.record(request.first_byte - request.sent);
    outcome_.last_byte.record(t - request.sent);
  }
  if (!pacer_) return;
  if (request.after_idle) ++*outcome_.after_idle;
  outcome_.response.record(t - request.intended);
  slice_responses_[slice_].record(t - request.intended);
  outcome_.send_delay.record(request.sent - request.intended);
}

void Worker::serve(Connection& c, Nanos t) {
  if (c.state != Connection::State::kReady || !offering()) return;
  if (pacer_ && c.in_flight() == 0) {
    if (!std::exchange(c.is_idle, true)) idle_[way_of(c)].push_back(&c);
    return;
  }
  if (!c.has_room()) return;
  if (pacer_) {
    if (!std::exchange(c.listed, true)) with_room_.push_back(&c);
    return;
  }
  while (c.has_room()) issue(c, t, t);
  flush(c, t);
}

void Worker::dispatch(Nanos t) {
  // A request that is due while no connection is free stays in the schedule and is timed from its
  // due time, so the backlog needs no queue.
  while (offering() && pacer_->next() <= t && pacer_->next() < window_.close) {
    Connection* const c = take_free();
    if (c == nullptr) break;
    issue(*c, pacer_->next(), t);
    pacer_->advance();
    flush(*c, t);
    serve(*c, t);
  }
  if (phase_ != Phase::kMeasure) return;
  const auto quarter =
      std::clamp<std::int64_t>(4 * (t - window_.open) / (window_.close - window_.open), 0, 3);
  std::uint64_t& least = outcome_.backlog[static_cast<std::size_t>(quarter)];
  least = std::min(least, backlog(t));
}

bool Worker::has_free() const {
  const auto any = [](const auto& list) { return !list.empty(); };
  return any(with_room_) || std::any_of(idle_.begin(), idle_.end(), any);
}

// The connection for the next request. Like the pool of a client, this takes the most recently used
// idle connection, so that few become cold. With several ways it draws the way, in proportion to
// the numbers of idle connections; otherwise all requests at a low rate would use the same way. If
// no connection is idle, a request waits behind another on a busy one with room. Null if there is
// none. Connections that have broken since they were listed are skipped.
Connection* Worker::take_free() {
  for (;;) {
    std::uint64_t all = 0;
    for (const auto& idle : idle_) all += idle.size();
    if (all == 0) break;
    std::uint64_t drawn = idle_.size() > 1 ? way_random_.below(all) : 0;
    auto idle = idle_.begin();
    while (drawn >= idle->size()) drawn -= (idle++)->size();
    Connection* const c = idle->back();
    idle->pop_back();
    c->is_idle = false;
    if (c->state == Connection::State::kReady) return c;
  }
  while (!with_room_.empty()) {
    Connection* const c = with_room_.front();
    with_room_.pop_front();
    c->listed = false;
    if (c->state == Connection::State::kReady && c->has_room()) return c;
  }
  return nullptr;
}

std::uint64_t Worker::backlog(Nanos t) const {
  const double overdue =
      seconds(std::max(t - pacer_->next(), Nanos{0})) * *spec_.rate / spec_.threads;
  return in_flight_ + static_cast<std::uint64_t>(overdue);
}

void Worker::issue(Connection& c, Nanos intended, Nanos t) {
  Request request;
  request.key = picker_.next(random_);
  request.size = spec_.size.of(request.key);
  const int get_percent = spec_.op.get_percent;
  request.verb =
      get_percent == 100 || (get_percent > 0 && static_cast<int>(random_.below(100)) < get_percent)
          ? Verb::kGet
          : Verb::kSet;
  request.verify = request.verb == Verb::kGet && gets_++ % kVerifyOneIn == 0;
  request.after_idle = pacer_ && is_cold(c, t);
  request.intended = intended;
  request.sent = t;
  c.push(request);
  if (c.waits_since == Nanos{0}) c.waits_since = t;
  ++in_flight_;
}

// Whether the kernel may have reduced the connection's congestion window since its last use, which
// depends on the connection's RTO. The kernel is only asked if the answer can be yes, so at most
// five times a second.
bool Worker::is_cold(const Connection& c, Nanos t) {
  if (c.in_flight() > 0 || t - c.idle_since <= kShortestRto) return false;
  return t - c.idle_since > retransmission_timeout(c.fd());
}

void Worker::flush(Connection& c, Nanos t) {
  switch (c.flush(writer_)) {
    case Connection::Sent::kFailed:
      return break_off(c, loss_of(errno), errno, t);
    // EPOLLIN is always registered, EPOLLOUT only while the kernel refuses bytes. Changing the
    // registration for every request, as redis-benchmark does, costs five epoll_ctl calls per
    // request, more than the send and the receive together.
    case Connection::Sent::kBlocked:
      if (!c.armed) watch(c, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
      c.armed = true;
      return;
    case Connection::Sent::kAll:
      if (c.armed) watch(c, EPOLLIN, EPOLL_CTL_MOD);
      c.armed = false;
  }
}

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
  phase_ = Phase::kMeasure;
  opened_ = t;
  gaps_ = {};
  gaps_.add(t - window_.open);
  use_at_open_ = cpu_use_of_this_thread();
  cpu_at_open_ = cpu_time_of_thread();
}

namespace {

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
