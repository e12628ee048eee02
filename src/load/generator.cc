#include "load/generator.hh"

#include <sys/resource.h>

#include <algorithm>
#include <barrier>
#include <deque>
#include <exception>
#include <system_error>
#include <thread>

#include "load/worker.hh"
#include "sys/error.hh"
#include "sys/virtual_time.hh"

namespace mpb {

namespace {

constexpr Nanos kProgressEvery = 250ms, kGlance = 20ms;

// Until that time, or until told to stop.
bool sleep_until(Nanos when, const std::atomic<bool>& stop) {
  for (Nanos t = now(); t < when; t = now()) {
    if (stop) return false;
    const timespec wake = to_timespec(std::min(when, t + kGlance));
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

// Open loop: of the responses of all workers; none where a slice has none.
std::vector<Nanos> medians_of_slices(const std::deque<Worker>& workers) {
  std::vector<Histogram> all;
  for (const Worker& worker : workers) {
    const std::vector<Histogram>& its = worker.slice_responses();
    if (all.size() < its.size()) all.resize(its.size());
    for (std::size_t i = 0; i < its.size(); ++i) all[i].merge(its[i]);
  }
  std::vector<Nanos> medians;
  for (const Histogram& responses : all) {
    if (responses.count() == 0) return {};
    medians.push_back(responses.quantile(0.5));
  }
  return medians;
}

}  // namespace

void allow_open_files(int connections) {
  const rlim_t needed = static_cast<rlim_t>(connections) + 64;
  rlimit limit{};
  check(getrlimit(RLIMIT_NOFILE, &limit), "reading the limit of open files");
  if (limit.rlim_cur >= needed) return;
  limit.rlim_cur = needed;
  if (limit.rlim_max < needed) limit.rlim_max = needed;  // only root may
  if (setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
  throw CannotRun(std::to_string(connections) + " connections need " + std::to_string(needed) +
                  " open files, more than this shell's hard limit; raise it with: ulimit -Hn " +
                  std::to_string(needed));
}

Outcome run_load(const LoadSpec& spec, const LoadListener& listener,
                 const std::atomic<bool>& stop) {
  check_parameters(spec);
  allow_open_files(spec.connections);
  const ValueBlock block;
  std::atomic<bool> give_up =
      false;  // what the workers watch: the caller's stop, or that one of them failed
  std::atomic<int> prepared = 0;
  std::deque<Worker> workers;
  for (int i = 0; i < spec.threads; ++i) workers.emplace_back(spec, block, i, give_up);

  Window window;
  std::barrier start_line(spec.threads + 1);
  std::vector<std::exception_ptr> failures(workers.size());
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

  // Last, so that whatever throws below joins them first.
  std::vector<std::jthread> threads;
  for (int i = 0; i < spec.threads; ++i) {
    try {
      threads.emplace_back(work, static_cast<std::size_t>(i));
    } catch (const std::system_error& error) {
      give_up = true;
      for (int missing = i; missing <= spec.threads; ++missing) start_line.arrive_and_drop();
      throw CannotRun("cannot start thread " + std::to_string(i + 1) + " of " +
                      std::to_string(spec.threads) + " (" + error.what() +
                      "); use fewer threads (-t)");
    }
  }
  await_prepared(prepared, spec.threads, stop, give_up);
  if (!give_up) {
    Nanos ready{0};
    for (const Worker& worker : workers) ready = std::max(ready, worker.outcome().time_to_ready);
    listener({.kind = LoadEvent::Kind::kReady, .elapsed = ready});
    const Nanos start = begin_aligned();
    window = {start, start + spec.warmup, start + spec.warmup + spec.duration};
  }
  start_line.arrive_and_wait();
  if (window.close != Nanos{0}) watch_window(window, workers, listener, stop);
  if (stop) give_up = true;
  threads.clear();
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  Outcome outcome;
  RequestBins bins(spec.sample_every, spec.duration);
  for (const Worker& worker : workers) {
    outcome.merge(worker.outcome());
    bins.merge(worker.bins());
  }
  outcome.slice_p50 = medians_of_slices(workers);
  outcome.timeline = bins.timeline(spec.sample_every);
  outcome.interrupted = outcome.interrupted || stop;
  return outcome;
}

}  // namespace mpb
