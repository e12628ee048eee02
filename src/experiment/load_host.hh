// A host from which a load comes: this one, the namespace of a client, or another machine.
//
// With several hosts, each offers one part of the load (`load --part`). It connects, reports
// "ready", and waits for a line "open NANOSECONDS" on its standard input: the time, on its own
// CLOCK_MONOTONIC, at which it begins. The follower (follow.hh) sends that line when all are
// ready. A single host gets no such option and no line. One thread makes all calls.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "experiment/commands.hh"
#include "stats/clock_offset.hh"
#include "sys/clock.hh"

namespace mpb {

// How a load ended that has sent no outcome.
struct LoadEnd {
  std::string how;          // "was killed by signal 9 (Killed)", "exited with 1"
  std::string last_words;   // the last line of its standard error
  bool cannot_run = false;  // further runs would fail too (kCannotRun)
};

class LoadHost {
 public:
  LoadHost() = default;
  virtual ~LoadHost() = default;
  LoadHost(const LoadHost&) = delete;
  LoadHost& operator=(const LoadHost&) = delete;

  // "client2", "rank 3 on node7". Unique among the hosts of a run; "" for a single one.
  virtual std::string name() const = 0;

  // Starts a load, which is a command line of this program: `mptcp-bench load ... --events`.
  virtual void start(const CommandLine& argv) = 0;

  // The next line of its output; nothing if none arrives within `wait`, or if no more will come
  // (then ended() is true).
  virtual std::optional<std::string> next(Nanos wait) = 0;
  virtual bool ended() = 0;

  // A descriptor that is readable when next() may have a line, so that one wait serves all hosts.
  // -1 if there is none: then next() is called every few milliseconds.
  virtual int fd() const { return -1; }

  // A line for its standard input, without the newline. A load that has ended ignores it.
  virtual void send(const std::string& line) = 0;

  // After ended(), if there was no outcome. Takes a second at most.
  virtual LoadEnd end() = 0;

  // Ends the load. It may take `patience` to end by itself; then it is killed. The follower calls
  // this after every start(), whatever happened. start() may then be called again.
  virtual void stop(Nanos patience) noexcept = 0;

  // Compares the clocks; nothing if the host has our clock. May take some milliseconds. The
  // follower calls it before and after each window, and never within.
  virtual std::optional<ClockOffset> clock() { return std::nullopt; }
};

using LoadHosts = std::vector<std::unique_ptr<LoadHost>>;

}  // namespace mpb
