// The load generator: runs one LoadSpec and says what it saw; fills a keyspace before, and removes
// it after.
//
// Each of these blocks its caller, the main thread, which does nothing but keep time and report:
// the events come from it, so whoever reads them may take counters of the links at the edges of the
// window while the workers go on undisturbed.
#pragma once

#include <atomic>
#include <functional>

#include "load/workload.hh"
#include "result/outcome.hh"

namespace mpb {

// The stages of a run, in order; kProgress repeats every 250 ms while measuring.
struct LoadEvent {
  enum class Kind { kReady, kMeasuring, kProgress, kMeasured };
  Kind kind;
  Nanos elapsed{0};  // kReady: since the first connect; kProgress: since the window opened
  Nanos opened{
      0};  // kMeasuring: when the window opened, on CLOCK_MONOTONIC, which all processes share
  std::uint64_t requests = 0;  // kProgress: finished inside the window so far
};

using LoadListener = std::function<void(const LoadEvent&)>;

// Raises the limit of open files to what the connections need; throws CannotRun. Above the hard
// limit only root may, so this comes before privileges are given up.
void allow_open_files(int connections);

// Calls allow_open_files(). Throws RunFailed when the store cannot be reached or refuses us,
// CannotRun when this host cannot hold so many connections. `stop` ends the run early; its outcome
// then says so.
Outcome run_load(const LoadSpec& spec, const LoadListener& listener, const std::atomic<bool>& stop);

// Sets every key of the keyspace once, over one connection, pipelined. Throws RunFailed with the
// store's words when it refuses.
void fill(const LoadSpec& spec, const std::atomic<bool>& stop);

// Deletes every key of the keyspace; returns how many there were. Other keys are not touched.
std::uint64_t cleanup(const LoadSpec& spec, const std::atomic<bool>& stop);

}  // namespace mpb
