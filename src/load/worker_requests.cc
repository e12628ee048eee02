// The requests of a worker: the choice of a connection, their sending, and the record of their
// replies.
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "load/worker.hh"
#include "net/mptcp.hh"

namespace mpb {

namespace {

constexpr int kVerifyOneIn = 64;
constexpr Nanos kShortestRto = 200ms;  // the kernel's TCP_RTO_MIN

}  // namespace

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
  const double overdue = seconds(std::max(t - pacer_->next(), Nanos{0})) * *spec_.rate / threads_;
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
  ++calls_[static_cast<std::size_t>(request.verb)].sent;
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
    case Connection::Sent::kBlocked:
      c.blocked = true;
      return;
    case Connection::Sent::kAll:
      c.blocked = false;
  }
}

void Worker::finish(const Request& request, const Reply& reply, Nanos t) {
  finished_.store(finished_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  ++calls_[static_cast<std::size_t>(request.verb)].answered;
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

}  // namespace mpb
