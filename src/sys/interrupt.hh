// The signals that ask the program to end: SIGINT, SIGTERM and SIGHUP. It ends within kGrace,
// whatever it is doing.
//
// At first each signal ends it at once: "interrupted" on stderr, exit status 128 + n; the kernel
// takes processes and namespaces down. Whoever has something to finish, results to print or keys to
// remove, holds a FinishFirst: then the signal is noted, the waits below throw Interrupted, and a
// timer ends what has not ended by itself. Further signals change nothing. One thread makes all
// calls; a signal may arrive in any.
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

// For main(). A signal that the caller has set to be ignored, as nohup(1) does with SIGHUP, stays
// so.
void catch_interrupts();

// `left_behind` is said when the program has to end without its owner having finished: "; keys may
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

// While something must not be left half done: a signal is noted, and the program ends once it is
// done, or when kGrace is over. Only a system call that no handler can interrupt, such as a sync to
// a disk that has gone away, takes longer.
class InterruptsHeld {
 public:
  InterruptsHeld();
  ~InterruptsHeld();
  InterruptsHeld(const InterruptsHeld&) = delete;
  InterruptsHeld& operator=(const InterruptsHeld&) = delete;

 private:
  bool asked_before_;
};

const std::atomic<bool>& interrupted();
Nanos interrupted_for();        // since the signal; zero when there was none
int interrupted_exit_status();  // 128 + its number
void stop_if_interrupted();     // throws Interrupted

// Whether `fd` has become ready by then; throws Interrupted.
bool wait_ready(int fd, short events, Nanos deadline);

// fork(2), with none of our handlers in the child.
pid_t fork_without_handlers();

}  // namespace mpb
