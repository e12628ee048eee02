#include "experiment/follow.hh"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "sys/error.hh"
#include "sys/interrupt.hh"
#include "sys/virtual_time.hh"

namespace mpb {

namespace {

constexpr Nanos kLongestLook = 100ms;  // without an answer to a signal
constexpr Nanos kLookAgain = 2ms;      // at a host without a descriptor to wait for
constexpr Nanos kLastExit = 5s;        // after the outcome
// From the line "open" until all hosts begin, so that it reaches all of them before.
constexpr Nanos kLead = 50ms;

std::string generator_of(const std::string& host) {
  return host.empty() ? "the load generator" : "the load generator of " + host;
}

class Follower {
 public:
  Follower(const LoadHosts& hosts, const Workload& workload, const RunContext& context, Run& run,
           const LoadHooks& hooks, Nanos slack)
      : hosts_(hosts),
        workload_(workload),
        context_(context),
        run_(run),
        hooks_(hooks),
        slack_(slack),
        loads_(hosts.size()) {}
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;
  ~Follower() { stop(0ns); }

  void start(const std::vector<CommandLine>& commands) {
    for (; started_ < hosts_.size(); ++started_) hosts_[started_]->start(commands[started_]);
    deadline_ = deadline_after(now());
  }

  // Whether all loads got to their ends.
  bool follow() {
    while (now() < deadline_) {
      stop_if_interrupted();
      if (std::string why = hooks_.trouble(); !why.empty()) return fail(std::move(why));
      const Nanos due = hooks_.on_time();
      const Nanos wait = std::clamp(due - now(), Nanos{0}, kLongestLook);
      // A line that was read together with the one before does not make the descriptor readable.
      if (several() && !had_line_) wait_for_any(wait);
      had_line_ = false;
      for (std::size_t i = 0; i < loads_.size(); ++i) {
        if (!loads_[i].is_complete && !look(i, several() ? 0ns : wait)) return false;
      }
      if (all(&Load::is_complete)) return true;
    }
    for (std::size_t i = 0; i < loads_.size(); ++i) {
      if (loads_[i].is_complete) continue;
      const bool unready = several() && !loads_[i].is_ready;
      if (several() && !unready && !opens_) continue;  // it waits for those that are not ready
      fail(fmt::format("{} {} in time", generator_of(hosts_[i]->name()),
                       unready ? "was not ready" : "did not finish"));
    }
    return false;
  }

  std::vector<FollowedLoad> take() {
    std::vector<FollowedLoad> all;
    for (std::size_t i = 0; i < loads_.size(); ++i) {
      FollowedLoad& followed = loads_[i].followed;
      if (followed.clock_before) followed.clock_after = hosts_[i]->clock();
      all.push_back(std::move(followed));
    }
    stop(kLastExit);
    return all;
  }

 private:
  struct Load {
    FollowedLoad followed;
    bool is_ready = false, is_complete = false;
    Nanos elapsed{0};  // of the window, with `requests`
    std::uint64_t requests = 0;
  };

  bool several() const { return hosts_.size() > 1; }

  bool all(bool Load::*flag) const {
    return std::all_of(loads_.begin(), loads_.end(), [flag](const Load& its) { return its.*flag; });
  }

  Nanos deadline_after(Nanos begin) const {
    return begin + workload_.warmup + workload_.duration + 2 * workload_.timeout + slack_;
  }

  bool fail(std::string why) {
    run_.invalid_reasons.push_back(std::move(why));
    return false;
  }

  void stop(Nanos patience) noexcept {
    for (std::size_t i = 0; i < started_; ++i) hosts_[i]->stop(patience);
    started_ = 0;
  }

  // Waits until a load that is not complete may have a line. The descriptor of a complete one is at
  // its end, and so always readable.
  void wait_for_any(Nanos wait) {
    std::vector<pollfd> readable;
    for (std::size_t i = 0; i < loads_.size(); ++i) {
      if (loads_[i].is_complete || hosts_[i]->ended()) continue;
      if (hosts_[i]->fd() < 0) {
        wait = std::min(wait, kLookAgain);
      } else {
        readable.push_back({hosts_[i]->fd(), POLLIN, 0});
      }
    }
    const timespec limit = to_timespec(wait);
    ppoll(readable.data(), readable.size(), &limit, nullptr);
  }

  // Takes the next line of a load, if there is one. False if the load has ended without outcome.
  bool look(std::size_t i, Nanos wait) {
    LoadHost& host = *hosts_[i];
    const std::optional<std::string> line = host.next(wait);
    if (!line && host.ended()) {
      const LoadEnd end = host.end();
      if (end.cannot_run) throw CannotRun(by_name(host.name()) + end.last_words);
      return fail(fmt::format("{} {}: {}", generator_of(host.name()), end.how, end.last_words));
    }
    if (!line) return true;
    had_line_ = true;
    std::variant<LoadEvent, LoadReport> message = parse_load_line(*line, host.name());
    if (LoadReport* report = std::get_if<LoadReport>(&message)) {
      loads_[i].followed.report = std::move(*report);
      loads_[i].is_complete = true;
    } else {
      on_event(loads_[i], std::get<LoadEvent>(message));
    }
    return true;
  }

  void on_event(Load& load, const LoadEvent& event) {
    switch (event.kind) {
      case LoadEvent::Kind::kReady:
        load.is_ready = true;
        ready_after_ = std::max(ready_after_, event.elapsed);
        if (!all(&Load::is_ready)) return;
        hooks_.on_event({.kind = event.kind, .elapsed = ready_after_});
        if (several()) open();
        return;
      case LoadEvent::Kind::kMeasuring:
        load.followed.opened = event.opened;
        if (load.followed.clock_before) *load.followed.opened -= load.followed.clock_before->offset;
        if (!std::exchange(measuring_, true))
          hooks_.on_event({.kind = event.kind, .opened = opens_.value_or(event.opened)});
        return;
      case LoadEvent::Kind::kMeasured:
        if (!std::exchange(measured_, true)) hooks_.on_event(event);
        return;
      case LoadEvent::Kind::kProgress:
        if (event.elapsed > 0ns) show_progress(load, event);
    }
  }

  // Lets all hosts begin at the same time.
  void open() {
    Nanos bound{0};
    for (std::size_t i = 0; i < loads_.size(); ++i) {
      loads_[i].followed.clock_before = hosts_[i]->clock();
      if (const auto& clock = loads_[i].followed.clock_before)
        bound = std::max(bound, clock->bound);
    }
    Nanos begin = now() + kLead + 2 * bound;
    if (in_virtual_time()) begin = next_multiple(begin, kVirtualGrid);
    for (std::size_t i = 0; i < loads_.size(); ++i) {
      const Nanos offset = loads_[i].followed.clock_before.value_or(ClockOffset{}).offset;
      hosts_[i]->send(fmt::format("open {}", (begin + offset).count()));
    }
    opens_ = begin + workload_.warmup;
    deadline_ = deadline_after(begin);
  }

  // The sum of all hosts, once for each step of the slowest one.
  void show_progress(Load& load, const LoadEvent& event) {
    const auto slowest = [this] {
      return std::min_element(loads_.begin(), loads_.end(),
                              [](const Load& a, const Load& b) { return a.elapsed < b.elapsed; })
          ->elapsed;
    };
    const Nanos before = slowest();
    load.elapsed = event.elapsed;
    load.requests = event.requests;
    const Nanos after = slowest();
    if (after <= before) return;
    double rate = 0;
    for (const Load& its : loads_) rate += static_cast<double>(its.requests) / seconds(its.elapsed);
    context_.observe("measuring", seconds(after), rate);
  }

  const LoadHosts& hosts_;
  const Workload& workload_;
  const RunContext& context_;
  Run& run_;
  const LoadHooks& hooks_;
  Nanos slack_;
  std::vector<Load> loads_;
  std::size_t started_ = 0;
  bool had_line_ = false, measuring_ = false, measured_ = false;
  Nanos deadline_{0}, ready_after_{0};
  std::optional<Nanos> opens_;  // the windows of several hosts
};

}  // namespace

std::optional<std::vector<FollowedLoad>> follow_loads(const LoadHosts& hosts,
                                                      const std::vector<CommandLine>& commands,
                                                      const Workload& workload,
                                                      const RunContext& context, Run& run,
                                                      const LoadHooks& hooks, Nanos slack) {
  Follower follower(hosts, workload, context, run, hooks, slack);
  follower.start(commands);
  if (!follower.follow()) return std::nullopt;
  return follower.take();
}

std::string by_name(const std::string& host) { return host.empty() ? "" : host + ": "; }

std::variant<LoadEvent, LoadReport> parse_load_line(std::string_view line,
                                                    const std::string& host) {
  try {
    return parse_line(line);
  } catch (const BadInput& error) {
    throw RunFailed(
        fmt::format("{} printed an invalid line: {}", generator_of(host), error.what()));
  }
}

}  // namespace mpb
