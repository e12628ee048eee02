#include "load/generator.hh"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <barrier>
#include <deque>
#include <exception>
#include <system_error>
#include <thread>

#include "load/worker.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

constexpr Nanos kProgressEvery = 250ms, kStopInterval = 20ms;

// Sleeps until that time, and returns true; or false as soon as `stop` is set.
bool sleep_until(Nanos when, const std::atomic<bool>& stop) {
  for (Nanos t = now(); t < when; t = now()) {
    if (stop) return false;
    const timespec wake = to_timespec(std::min(when, t + kStopInterval));
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, nullptr);
  }
  return !stop;
}

std::uint64_t finished(const std::deque<Worker>& workers) {
  std::uint64_t sum = 0;
  for (const Worker& worker : workers) sum += worker.finished();
  return sum;
}

void watch_window(const Window& window, const std::deque<Worker>& workers,
                  const LoadListener& listener, const std::atomic<bool>& stop) {
  if (!sleep_until(window.open, stop)) return;
  const std::uint64_t before = finished(workers);
  listener({.kind = LoadEvent::Kind::kMeasuring, .opened = window.open});
  for (Nanos next = window.open + kProgressEvery; next < window.close; next += kProgressEvery) {
    if (!sleep_until(next, stop)) return;
    listener({.kind = LoadEvent::Kind::kProgress,
              .elapsed = next - window.open,
              .requests = finished(workers) - before});
  }
  if (sleep_until(window.close, stop))
    listener({.kind = LoadEvent::Kind::kMeasured, .elapsed = window.close - window.open});
}

// Forwards the caller's stop to the workers until each of them has connected or failed.
void await_prepared(const std::atomic<int>& prepared, int wanted, const std::atomic<bool>& stop,
                    std::atomic<bool>& give_up) {
  while (prepared < wanted) {
    if (stop) give_up = true;
    const timespec pause = to_timespec(1ms);
    nanosleep(&pause, nullptr);
  }
}

// Starts work(0), work(1), ... in a thread each. If a thread cannot be started, releases those that
// wait at the start line before it throws.
template <class Work>
void start_threads(int count, const Work& work, std::atomic<bool>& give_up,
                   std::barrier<>& start_line, std::vector<std::jthread>& threads) {
  for (int i = 0; i < count; ++i) {
    try {
      threads.emplace_back(work, static_cast<std::size_t>(i));
    } catch (const std::system_error& error) {
      give_up = true;
      for (int missing = i; missing <= count; ++missing) start_line.arrive_and_drop();
      throw CannotRun(fmt::format("cannot start thread {} of {} ({}); use fewer threads (-t)",
                                  i + 1, count, error.what()));
    }
  }
}

LoadReport merged_report(const std::deque<Worker>& workers, const LoadSpec& spec) {
  LoadReport report;
  report.rows = RequestBins(spec.sample_every, spec.duration).rows();
  for (const Worker& worker : workers)
    report.merge({worker.outcome(), worker.slice_responses(), worker.bins().rows()});
  report.complete(spec.sample_every);
  if (spec.part.of == 1) report = {.outcome = std::move(report.outcome)};
  return report;
}

}  // namespace

void allow_open_files(int connections, int threads) {
  constexpr int kOfThread = 2, kFurther = 62;  // an epoll and a timer
  const auto needed = static_cast<rlim_t>(connections + kOfThread * threads + kFurther);
  rlimit limit{};
  check(getrlimit(RLIMIT_NOFILE, &limit), "reading the limit of open files");
  if (limit.rlim_cur >= needed) return;
  limit.rlim_cur = needed;
  if (limit.rlim_max < needed) limit.rlim_max = needed;  // only root may raise this one
  if (setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
  throw CannotRun(
      fmt::format("{0} connections need {1} open files, more than this shell's hard limit; "
                  "raise it with: ulimit -Hn {1}",
                  connections, needed));
}

LoadReport run_load(const LoadSpec& spec, const LoadListener& listener,
                    const std::atomic<bool>& stop, const StartSignal& begin) {
  check_parameters(spec);
  check_hosts(spec, spec.part.of);
  allow_open_files(spec.connections_of_part(), spec.threads);
  const ValueBlock block;
  std::atomic<bool> give_up = false;  // set after the caller's `stop`, or if a worker has failed
  std::atomic<int> prepared = 0;
  std::deque<Worker> workers;
  for (int i = 0; i < spec.threads; ++i) workers.emplace_back(spec, block, i, give_up);

  Window window;
  std::barrier start_line(spec.threads + 1);
  std::vector<std::exception_ptr> failures(workers.size() + 1);  // the last one: of the start
  const auto work = [&](std::size_t i) {
    const auto guarded = [&](auto&& step) {
      try {
        step();
      } catch (...) {
        failures[i] = std::current_exception();
        give_up = true;
      }
    };
    guarded([&] { workers[i].prepare(); });
    ++prepared;
    start_line.arrive_and_wait();
    if (window.close != Nanos{0}) guarded([&] { workers[i].run(window); });
  };

  // Declared last, so that an exception below joins the threads before it destroys their data.
  std::vector<std::jthread> threads;
  start_threads(spec.threads, work, give_up, start_line, threads);
  await_prepared(prepared, spec.threads, stop, give_up);
  if (!give_up) {
    Nanos ready{0};
    for (const Worker& worker : workers) ready = std::max(ready, worker.outcome().time_to_ready);
    listener({.kind = LoadEvent::Kind::kReady, .elapsed = ready});
    try {
      const Nanos start = begin();
      window = {start, start + spec.warmup, start + spec.warmup + spec.duration};
    } catch (...) {
      failures.back() = std::current_exception();  // is thrown when the threads have ended
    }
  }
  start_line.arrive_and_wait();
  if (window.close != Nanos{0}) watch_window(window, workers, listener, stop);
  if (stop) give_up = true;
  threads.clear();
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  LoadReport report = merged_report(workers, spec);
  report.outcome.interrupted = report.outcome.interrupted || stop;
  return report;
}

}  // namespace mpb
