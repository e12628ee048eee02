// The signals that ask the program to end: SIGINT, SIGTERM and SIGHUP. It ends within kGrace,
// whatever it is doing.
//
// By default a signal ends the program at once: "interrupted" on stderr, exit status 128 + n; the
// kernel removes processes and namespaces. Code that has to finish something first, such as
// printing results or removing keys, holds a FinishFirst. Then the handler only records the signal,
// the waits below throw Interrupted, and a timer ends the program if it has not ended by itself.
// Further signals have no effect. One thread makes all calls; a signal may arrive in any thread.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <csignal>
#include <stdexcept>
#include <string>

#include "sys/clock.hh"

namespace mpb {

// From the signal to the end of the program.
constexpr Nanos kGrace = 1500ms;

class Interrupted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// For main(). A signal that the caller ignores, as nohup(1) does with SIGHUP, remains ignored.
void catch_interrupts();

// `left_behind` is printed if the program has to end before its owner has finished: "; keys may
// remain".
class FinishFirst {
 public:
  explicit FinishFirst(const std::string& left_behind);
  ~FinishFirst();
  FinishFirst(const FinishFirst&) = delete;
  FinishFirst& operator=(const FinishFirst&) = delete;

 private:
  std::string left_behind_;
};

// Protects an operation that must not remain half done: a signal is recorded, and the program ends
// after the operation, or when kGrace is over. Only a system call that no handler can interrupt,
// such as a sync to a disk that has disappeared, takes longer.
class InterruptsHeld {
 public:
  InterruptsHeld();
  ~InterruptsHeld();
  InterruptsHeld(const InterruptsHeld&) = delete;
  InterruptsHeld& operator=(const InterruptsHeld&) = delete;

 private:
  bool signalled_before_;
};

const std::atomic<bool>& interrupted();
Nanos interrupted_for();        // the time since the signal; zero without a signal
int interrupted_exit_status();  // 128 + the number of the signal
void stop_if_interrupted();     // throws Interrupted after a signal

// Waits until `fd` is ready; false at the deadline. Throws Interrupted.
bool wait_ready(int fd, short events, Nanos deadline);

// fork(2); the child has none of our signal handlers.
pid_t fork_without_handlers();

}  // namespace mpb
