#include "sys/interrupt.hh"

#include <poll.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "sys/error.hh"

namespace mpb {

namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};
constexpr Nanos kPollInterval = 100ms;

std::atomic<bool> is_interrupted = false;
std::atomic<int> first_signal = 0;
std::atomic<std::int64_t> signal_time_ns = 0;
std::atomic<const char*> unfinished = nullptr;  // a FinishFirst's message; null if there is none
std::atomic<bool> held = false;

// Everything below is async-signal-safe.
void write_error(const char* text) {
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, std::strlen(text));
}

void end_now(int number) {
  const char* left_behind = unfinished;
  write_error("mptcp-bench: interrupted");
  if (left_behind != nullptr) write_error(left_behind);
  write_error("\n");
  _exit(128 + number);
}

void on_signal(int number) {
  if (unfinished == nullptr && !held) end_now(number);
  int none = 0;
  if (!first_signal.compare_exchange_strong(none, number)) return;
  signal_time_ns = now().count();
  is_interrupted = true;
  itimerval grace{};
  grace.it_value = {kGrace / 1s,
                    std::chrono::duration_cast<std::chrono::microseconds>(kGrace % 1s).count()};
  setitimer(ITIMER_REAL, &grace, nullptr);
}

void on_alarm(int) { end_now(first_signal); }

}  // namespace

void catch_interrupts() {
  std::signal(SIGALRM, on_alarm);
  for (const int number : kSignals) {
    if (std::signal(number, on_signal) == SIG_IGN) std::signal(number, SIG_IGN);
  }
}

FinishFirst::FinishFirst(const std::string& left_behind) : left_behind_(left_behind) {
  unfinished = left_behind_.c_str();
}

// The timer of a signal continues to run, because the rest of the program may block too, for
// example while it prints a sentence.
FinishFirst::~FinishFirst() { unfinished = nullptr; }

InterruptsHeld::InterruptsHeld() : signalled_before_(first_signal != 0) { held = true; }

InterruptsHeld::~InterruptsHeld() {
  held = false;
  if (unfinished == nullptr && first_signal != 0 && !signalled_before_) end_now(first_signal);
}

const std::atomic<bool>& interrupted() { return is_interrupted; }
Nanos interrupted_for() { return is_interrupted ? now() - Nanos{signal_time_ns} : 0ns; }
int interrupted_exit_status() { return 128 + first_signal; }

void stop_if_interrupted() {
  if (is_interrupted) throw Interrupted("interrupted");
}

bool wait_ready(int fd, short events, Nanos deadline) {
  while (true) {
    stop_if_interrupted();
    // A signal between the line above and the wait is noticed after the next interval.
    const Nanos left = std::max(deadline - now(), Nanos{0});
    const timespec limit = to_timespec(std::min(left, kPollInterval));
    pollfd ready{fd, events, 0};
    const int count = ppoll(&ready, 1, &limit, nullptr);
    if (count > 0) return true;
    if (count < 0 && errno != EINTR) throw SysError("waiting for a descriptor");
    if (left <= kPollInterval && count == 0) return false;
  }
}

pid_t fork_without_handlers() {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  const pid_t pid = fork();
  const int error = errno;
  if (pid == 0) {
    for (const int number : kSignals) {
      if (std::signal(number, SIG_DFL) == SIG_IGN) std::signal(number, SIG_IGN);
    }
    std::signal(SIGALRM, SIG_DFL);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return pid;
}

}  // namespace mpb
