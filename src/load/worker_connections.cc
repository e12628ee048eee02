// The life of a worker's connections: open, greet, wait for subflows, prove the protocol, break off
// and open again.
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "load/worker.hh"
#include "net/mptcp.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

// A SYN that is lost four times is repeated after 15 s.
constexpr Nanos kConnectFor = 30s, kSettleFor = 10s;
constexpr Nanos kPoll = 10ms;      // while a connection is down
constexpr Nanos kLookEvery = 1ms;  // for subflows before the run: the resolution of their times
constexpr Nanos kHousekeeping = 100ms;
constexpr Nanos kFirstBackoff = 10ms, kLastBackoff = 1s;
// The connections that are opened at the same time, of all threads: a fortieth of all, within these
// bounds. The listen queue of a store is short (511 in Redis), and a SYN that it or a link drops
// costs a second. With the upper bound, 10,000 connections over 20 ms are ready after two seconds.
constexpr int kFewestAtOnce = 64, kMostAtOnce = 256;

// Whether waiting does not help, because no process listens there or no route leads there.
bool is_hopeless(int error) {
  return error == ECONNREFUSED || error == ENETUNREACH || error == EHOSTUNREACH ||
         error == EACCES || error == EPERM || error == EADDRNOTAVAIL;
}

std::string_view remedy_of(int error) {
  if (error != EADDRNOTAVAIL) return "";
  return ": no source port is left: use fewer connections (-c), wait a minute until the kernel "
         "forgets closed ones, or run: sysctl -w net.ipv4.ip_local_port_range='1024 65535'";
}

}  // namespace

void Worker::prepare() {
  prctl(PR_SET_TIMERSLACK, 1);  // the default of 50 us would be added to every wait of an open loop
  const Nanos began = now();
  Nanos t = began;
  const int wanted = static_cast<int>(connections_.size());
  const int at_once =
      std::max(std::clamp(spec_.connections / 40, kFewestAtOnce, kMostAtOnce) / threads_, 1);
  auto to_open = connections_.begin();
  Nanos deadline = began + kConnectFor;
  while (!stop_) {
    for (int busy = static_cast<int>(to_open - connections_.begin()) - ready_ - down_;
         to_open != connections_.end() && busy < at_once; ++busy) {
      open(*to_open++, t);
    }
    t = turn(t, next_tick_);
    if (t >= next_tick_) tick(t);
    if (ready_ < wanted) {
      if (t < deadline) continue;
      throw RunFailed(fmt::format("only {} of {} connections to {} were ready after {}{}{}", ready_,
                                  wanted, spec_.address.text(), to_text(kConnectFor),
                                  last_failure_.empty() ? "" : ": ", last_failure_));
    }
    if (outcome_.time_to_ready == Nanos{0}) deadline = t + kSettleFor;
    outcome_.time_to_ready = t - began;
    if (settling_.empty()) break;
    // A connection without its subflows makes the run invalid. The reader of the proof decides
    // that.
    if (t >= deadline) break;
  }
  note_connecting();
  prove(outcome_.mptcp_start);
}

void Worker::note_connecting() {
  for (const Connection& c : connections_) {
    if (c.ready_after > Nanos{0}) outcome_.ready_after.record(c.ready_after);
    if (c.complete_after > Nanos{0}) outcome_.complete_after.record(c.complete_after);
    if (spec_.expected_subflows <= 2) continue;  // the second subflow is the last
    if (outcome_.joined_after.size() < c.joined_after.size())
      outcome_.joined_after.resize(c.joined_after.size());
    for (std::size_t i = 0; i < c.joined_after.size(); ++i)
      outcome_.joined_after[i].record(c.joined_after[i]);
  }
}

std::size_t Worker::way_of(const Connection& c) const {
  const auto number = static_cast<std::size_t>(number_in_part(c));
  return spec_.ways.empty() ? number % (spec_.further.size() + 1)
                            : static_cast<std::size_t>(spec_.ways[number]);
}

void Worker::open(Connection& c, Nanos t) {
  const std::size_t way = way_of(c);
  if (c.first_opened == Nanos{0}) c.first_opened = t;
  if (c.open(way == 0 ? spec_.address : spec_.further[way - 1], spec_.transport, t)) {
    watch(c, EPOLL_CTL_ADD);
  } else {
    break_off(c, Loss::kConnect, errno, t);
  }
}

// Every event is reported once, when it happens. A registration that stays readable or writable
// would be looked at again in each wait, and would have to be changed when the kernel refuses
// bytes. Registering the same again (EPOLL_CTL_MOD) reports what is still true.
void Worker::watch(Connection& c, int operation) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &c;
  check(epoll_ctl(epoll_.get(), operation, c.fd(), &event), "watching a connection");
}

void Worker::on_connected(Connection& c, Nanos t) {
  if (const int error = take_error(c.fd())) return break_off(c, Loss::kConnect, error, t);
  c.state = Connection::State::kGreeting;
  if (!c.send_command(greeting_, greeting_replies_)) break_off(c, Loss::kConnect, errno, t);
}

void Worker::become_ready(Connection& c, Nanos t) {
  c.state = Connection::State::kReady;
  c.backoff = Nanos{0};
  c.idle_since = t;
  if (ready_ == 0) note_none_ready(t);
  ++ready_;
  if (!std::exchange(c.replaces, false) && phase_ == Phase::kMeasure) ++outcome_.reconnects;
  if (phase_ == Phase::kPrepare) {
    c.ready_after = t - c.first_opened;
    c.complete_after = Nanos{0};
    c.joined_after.clear();
    settle(c);
    if (!c.settled) settling_.push_back(&c);
  } else {
    serve(c, t);
  }
}

Loss Worker::loss_of(int error) { return error == ETIMEDOUT ? Loss::kTimeout : Loss::kReset; }

void Worker::break_off(Connection& c, Loss loss, int error, Nanos t) {
  if (error != 0) last_failure_ = std::strerror(error);
  if (phase_ == Phase::kPrepare) {
    // Another attempt would not help after an error reply to the greeting (wrong password, too many
    // clients) or a refused connection.
    const std::string store = spec_.address.text();
    if (loss == Loss::kErrorReply)
      throw RunFailed(fmt::format("{} refused our connection: {}{}", store, last_failure_,
                                  last_failure_.find("max number of clients") != std::string::npos
                                      ? "; raise its maxclients, or use fewer connections (-c)"
                                      : ""));
    if (is_hopeless(error))
      throw RunFailed(
          fmt::format("connecting to {}: {}{}", store, last_failure_, remedy_of(error)));
    if (loss == Loss::kProtocol)
      throw RunFailed(fmt::format("{} does not speak the Redis protocol", store));
    if (loss == Loss::kClosed) last_failure_ = "closed by the store";
  }
  if (phase_ == Phase::kMeasure) {
    const std::uint64_t lost = c.state == Connection::State::kReady ? c.in_flight() : 1;
    outcome_.error(c.state == Connection::State::kReady ? loss : Loss::kConnect) += lost;
    if (c.state == Connection::State::kReady) note_lost(lost);
  }
  // In a closed loop, the connection now waits until it is ready again. In an open loop, others
  // take its requests, so its wait ends here, with the requests that it has lost.
  if (c.waits_since != Nanos{0} && pacer_) {
    note_wait(c.waits_since, t);
    c.waits_since = Nanos{0};
  } else if (!pacer_ && c.waits_since == Nanos{0}) {
    c.waits_since = t;
  }
  c.replaces = false;
  in_flight_ -= c.in_flight();
  if (c.state == Connection::State::kReady && --ready_ == 0) none_ready_since_ = t;
  leave(c);
  ++down_;
  c.backoff = std::clamp(2 * c.backoff, kFirstBackoff, kLastBackoff);
  c.retry_at = t + c.backoff;
  next_check_ = std::min(next_check_, t + kPoll);
  next_tick_ = std::min(next_tick_, next_check_);
}

// Ends a connection that has carried all its requests, and opens the next one at once. In a closed
// loop, a request waits for it.
void Worker::replace(Connection& c, Nanos t) {
  if (phase_ == Phase::kMeasure) {
    EndedConnections& ended = *outcome_.ended_connections;
    ++ended.connections;
    if (spec_.transport == Transport::kMptcp) {
      const MptcpState state = mptcp_state(c.fd());
      ended.fallbacks += !state.mptcp;
      ended.complete += state.mptcp && state.subflows >= spec_.expected_subflows;
    }
  }
  if (!pacer_) c.waits_since = t;
  if (--ready_ == 0) none_ready_since_ = t;
  leave(c);
  c.replaces = true;
  open(c, t);
}

// Subflows join after the connection is fully established, which needs some traffic in both
// directions. While there are too few subflows, this sends a PING, and the next ones after 10 ms,
// 20 ms, 40 ms and so on: the PINGs of thousands of connections would fill the queues of the links,
// and delay what they wait for.
void Worker::settle(Connection& c) {
  // A connection of few requests may end before its subflows have joined, from the first one on.
  if (spec_.transport != Transport::kMptcp || spec_.expected_subflows == 0 ||
      spec_.requests_per_connection > 0) {
    c.settled = true;
    return;
  }
  const MptcpState state = mptcp_state(c.fd());
  c.settled = !state.mptcp || state.subflows >= spec_.expected_subflows;
  const Nanos t = now();
  while (static_cast<int>(c.joined_after.size()) + 1 < state.subflows)
    c.joined_after.push_back(t - c.first_opened);
  if (c.settled) {
    if (state.mptcp && spec_.expected_subflows > 1) c.complete_after = t - c.first_opened;
  } else if (const Nanos pinged_for = c.pinged - c.first_opened - c.ready_after;
             c.awaited == 0 && t - c.pinged >= std::max(kPoll, pinged_for)) {
    c.send_command(command({"PING"}), 1);
    c.pinged = t;
  }
}

void Worker::leave(Connection& c) {
  if (paths_ && phase_ == Phase::kMeasure) paths_->leave(c.fd());
  c.close();
}

void Worker::prove(MptcpProof& proof) {
  for (Connection& c : connections_) {
    if (c.state != Connection::State::kReady) continue;
    if (std::string name = congestion_control(c.fd()); !name.empty())
      outcome_.congestion_control.insert(std::move(name));
    if (spec_.transport != Transport::kMptcp) continue;
    const MptcpState state = mptcp_state(c.fd());
    proof.add(!state.mptcp, state.subflows, spec_.expected_subflows);
  }
}

void Worker::tick(Nanos t) {
  if (stop_ && offering()) {
    if (phase_ == Phase::kWarmup) cross(t);
    if (phase_ == Phase::kMeasure) close_window(t);
    outcome_.interrupted = true;
    boundary_ = t;  // do not wait for the last replies
  }
  if (t >= next_check_) check_all(t);
  next_tick_ = next_check_;
  if (phase_ != Phase::kPrepare) return;
  std::erase_if(settling_, [this](Connection* c) {
    if (c->state == Connection::State::kReady && !c->settled) settle(*c);
    return c->state != Connection::State::kReady || c->settled;
  });
  // Looking for subflows takes a fifth of the time at most, however many connections wait for them.
  const Nanos looked = now();
  next_tick_ = std::min(next_check_, looked + std::max(kLookEvery, 4 * (looked - t)));
}

// Opens connections again, and breaks off those that take too long.
void Worker::check_all(Nanos t) {
  for (Connection& c : connections_) {
    switch (c.state) {
      case Connection::State::kDown:
        if (c.backoff != Nanos{0} && t >= c.retry_at && phase_ != Phase::kDrain) {
          --down_;
          open(c, t);
        }
        break;
      case Connection::State::kConnecting:
      case Connection::State::kGreeting:
        if (t - c.since >= spec_.timeout) break_off(c, Loss::kConnect, ETIMEDOUT, t);
        break;
      case Connection::State::kReady:
        if (c.in_flight() > 0 && t - c.front().sent >= spec_.timeout)
          break_off(c, Loss::kTimeout, 0, t);
        break;
    }
  }
  next_check_ = t + (down_ > 0 ? kPoll : kHousekeeping);
}

}  // namespace mpb
