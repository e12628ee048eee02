#include "load/worker.hh"

#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>

#include <algorithm>

#include "load/split.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

// More than the largest usual reply, so that a request needs one receive.
constexpr std::size_t kReceive = 64 * 1024;
// The longest wait for events. A longer gap between two turns means that the thread did not run.
constexpr Nanos kLongestWait = 5ms;

// Whether the subflows of a connection are logged: those of eight connections, spread evenly over
// all, so that each way and each thread is represented. Several parts log one each at least.
bool is_sampled(int number, int connections, int parts) {
  const int sampled = std::max(1, 8 / parts);
  if (connections <= sampled) return true;
  const int nearest = (number * sampled + connections - 1) / connections;
  return nearest < sampled && nearest * connections / sampled == number;
}

}  // namespace

Worker::Worker(const LoadSpec& spec, const ValueBlock& block, int index,
               const std::atomic<bool>& stop)
    : spec_(spec),
      block_(block),
      index_(index * spec.part.of + spec.part.index),
      threads_(spec.threads * spec.part.of),
      stop_(stop),
      epoll_(check(epoll_create1(EPOLL_CLOEXEC), "creating an epoll")),
      timer_(check(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "making a timer")),
      idle_(spec.further.size() + 1),
      buffer_(kReceive),
      reader_(largest_reply(spec.size.max())),
      writer_(spec.prefix, block),
      random_(spec.seed, static_cast<std::uint64_t>(index_)),
      way_random_(spec.seed, 0x3a75 + static_cast<std::uint64_t>(index_)),
      picker_(spec.keys, spec.keyspace, index_, threads_) {
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = nullptr}};
  check(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, timer_.get(), &event), "watching a timer");
  for (int i = 0; i < even_share(spec.connections, index_, threads_); ++i) {
    Connection& c = connections_.emplace_back(spec.pipeline, spec.requests_per_connection);
    c.number = i * threads_ + index_;
    // The log of connections that are replaced would grow with every one.
    const bool lasts = spec.requests_per_connection == 0;
    if (lasts && spec.sample_every > Nanos{0} &&
        is_sampled(number_in_part(c), spec.connections_of_part(), spec.part.of)) {
      logs_.emplace_back(&c, SubflowLog(c.number, spec.transport));
    }
  }
  if (spec.account) paths_.emplace(spec.transport);
  if (!spec.password.empty()) greeting_ += command({"AUTH", spec.password}), ++greeting_replies_;
  if (spec.db != 0) greeting_ += command({"SELECT", std::to_string(spec.db)}), ++greeting_replies_;
  greeting_ += command({"PING"}), ++greeting_replies_;
}

void Worker::run(const Window& window) {
  window_ = window;
  phase_ = Phase::kWarmup;
  boundary_ = window.open;
  if (spec_.rate)
    pacer_.emplace(spec_.arrivals, *spec_.rate, window.start, spec_.seed, index_, threads_);
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
  if (!spec_.account) return;
  for (const auto& [name, verb] : {std::pair{"get", Verb::kGet}, {"set", Verb::kSet}})
    outcome_.calls[name] = calls_[static_cast<std::size_t>(verb)];
}

Nanos Worker::turn(Nanos from, Nanos until) {
  epoll_event events[128];
  const int n = wait(events, from, until);
  if (n < 0 && errno != EINTR) throw SysError("waiting for events");
  Nanos t = from;
  for (int i = 0; i < n; ++i) {
    auto* const c = static_cast<Connection*>(events[i].data.ptr);
    t = c == nullptr ? now() : on_event(*c, events[i].events, t);
  }
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

int Worker::wait(std::span<epoll_event> events, Nanos from, Nanos until) {
  const int most = static_cast<int>(events.size());
  if (pacer_) {
    const timespec timeout = to_timespec(std::max(until - from, Nanos{0}));
    return epoll_pwait2(epoll_.get(), events.data(), most, &timeout, nullptr);
  }
  // The kernel would start and stop a timer in each wait with a timeout. The time does not have to
  // be exact in a closed loop, so a timer that ends before `until` is left as it is.
  if (wake_at_ <= from || wake_at_ > until) {
    wake_at_ = std::max(until, Nanos{1});  // 0 would stop the timer
    const itimerspec at{.it_interval = {}, .it_value = to_timespec(wake_at_)};
    check(timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &at, nullptr), "setting a timer");
  }
  return epoll_wait(epoll_.get(), events.data(), most, -1);
}

Nanos Worker::on_event(Connection& c, std::uint32_t events, Nanos t) {
  switch (c.state) {
    case Connection::State::kDown:  // broken off by an earlier event of this turn
      return t;
    case Connection::State::kConnecting:
      t = now();
      on_connected(c, t);
      break;
    default:
      break;
  }
  if ((events & ~EPOLLOUT) && c.state != Connection::State::kDown) t = on_readable(c, events);
  if ((events & EPOLLOUT) && c.blocked && c.state != Connection::State::kDown) flush(c, t);
  return t;
}

Nanos Worker::on_readable(Connection& c, std::uint32_t events) {
  const ssize_t n = recv(c.fd(), buffer_.data(), buffer_.size(), 0);
  const int error = errno;
  const Nanos t = now();
  pass(t);
  if (n > 0) {
    take_replies(c, {buffer_.data(), static_cast<std::size_t>(n)}, t);
  } else if (n == 0) {
    break_off(
        c,
        c.in_flight() > 0 && c.front().first_byte != Nanos{0} ? Loss::kShortReply : Loss::kClosed,
        0, t);
  } else if (error != EAGAIN && error != EINTR) {
    break_off(c, loss_of(error), error, t);
  }
  // A receive that fills less than the buffer has taken all bytes, so the next ones are a new
  // event. Otherwise bytes, the end or an error may be left, and epoll must report them again.
  if (n > 0 && c.state != Connection::State::kDown &&
      (static_cast<std::size_t>(n) == buffer_.size() || (events & ~(EPOLLIN | EPOLLOUT)))) {
    watch(c, EPOLL_CTL_MOD);
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

void Worker::take_replies(Connection& c, std::string_view bytes, Nanos t) {
  Reply reply;
  while (!bytes.empty() && c.state != Connection::State::kDown) {
    const bool request = c.awaited == 0;
    if (request && (c.in_flight() == 0 || !c.front_is_sent()))
      return break_off(c, Loss::kProtocol, 0, t);  // a reply to nothing
    if (request && c.front().first_byte == Nanos{0}) c.front().first_byte = t;
    const bool verify = request && c.front().verify;
    const ReplyReader::Next next = reader_.next(c.partial, bytes, reply, verify ? &block_ : nullptr,
                                                verify ? c.front().key : 0);
    if (next == ReplyReader::Next::kMore) return;
    if (next == ReplyReader::Next::kBroken) return break_off(c, Loss::kProtocol, 0, t);
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
      return break_off(c, Loss::kErrorReply, 0, t);
    } else if (--c.awaited == 0 && c.state == Connection::State::kGreeting) {
      become_ready(c, t);
    }
  }
}

}  // namespace mpb
