// The load generator: runs one LoadSpec and returns its measurements; fills a keyspace before the
// run, and removes it afterwards.
//
// Each function blocks its caller, the main thread, which only keeps time and reports events. The
// receiver of the events can therefore read the counters of the links at the edges of the window
// without disturbing the workers.
#pragma once

#include <atomic>
#include <functional>

#include "load/workload.hh"
#include "result/load_report.hh"
#include "sys/virtual_time.hh"

namespace mpb {

// The stages of a run, in order. kProgress repeats every 250 ms of the window.
struct LoadEvent {
  enum class Kind { kReady, kMeasuring, kProgress, kMeasured };
  Kind kind;
  Nanos elapsed{0};  // kReady: since the first connect; kProgress: since the start of the window
  Nanos opened{0};   // kMeasuring: the start of the window on CLOCK_MONOTONIC
  std::uint64_t requests = 0;  // kProgress: finished in the window so far
};

using LoadListener = std::function<void(const LoadEvent&)>;

// Raises the limit of open files so that the connections of these threads fit; throws CannotRun.
// Only root may exceed the hard limit, so call this before privileges are given up.
void allow_open_files(int connections, int threads);

// Waits until the load may begin, and returns that time.
using StartSignal = std::function<Nanos()>;

// Calls allow_open_files(). Throws RunFailed if the store cannot be reached or refuses the
// connections, CannotRun if they are too many for this host. `stop` ends the run early; the outcome
// is then marked as interrupted. `begin` is called when all connections are ready.
LoadReport run_load(const LoadSpec& spec, const LoadListener& listener,
                    const std::atomic<bool>& stop, const StartSignal& begin = begin_aligned);

// Sets every key of the keyspace once, over one pipelined connection. Throws RunFailed with the
// store's message if it refuses.
void fill(const LoadSpec& spec, const std::atomic<bool>& stop);

// Deletes every key of the keyspace, and no other key. Returns the number of keys that existed.
std::uint64_t cleanup(const LoadSpec& spec, const std::atomic<bool>& stop);

}  // namespace mpb
