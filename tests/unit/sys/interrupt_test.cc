// Signals, each in a child that they end.
#include "sys/interrupt.hh"

#include <gtest/gtest.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>

namespace mpb {
namespace {

bool is_timer_running() {
  itimerval left{};
  getitimer(ITIMER_REAL, &left);
  return left.it_value.tv_sec > 0 || left.it_value.tv_usec > 0;
}

TEST(InterruptsHeld, EndTheProgramOnceTheyAreReleased) {
  const auto write_a_file = [] {
    catch_interrupts();
    {
      const InterruptsHeld held;
      raise(SIGTERM);
      std::fputs("written; ", stderr);
    }
    _exit(0);
  };
  EXPECT_EXIT(write_a_file(), testing::ExitedWithCode(143), "written; mptcp-bench: interrupted");
}

TEST(InterruptsHeld, AreNotedForWhoeverHasSomethingToFinish) {
  const auto write_a_file = [] {
    catch_interrupts();
    const FinishFirst finish("");
    {
      const InterruptsHeld held;
      raise(SIGTERM);
    }
    _exit(interrupted() ? 0 : 1);
  };
  EXPECT_EXIT(write_a_file(), testing::ExitedWithCode(0), "");
}

// The alarm comes when the timer has run out: a disk that hangs keeps nobody waiting.
TEST(InterruptsHeld, DoNotHoldTheEndOfTheProgramUp) {
  const auto write_a_file = [] {
    catch_interrupts();
    const InterruptsHeld held;
    if (is_timer_running()) _exit(1);
    raise(SIGINT);
    if (!is_timer_running()) _exit(2);
    raise(SIGALRM);
    _exit(3);
  };
  EXPECT_EXIT(write_a_file(), testing::ExitedWithCode(130), "mptcp-bench: interrupted");
}

TEST(InterruptsHeld, OfAnEarlierSignalLetTheAlarmThrough) {
  const auto write_a_file = [] {
    catch_interrupts();
    const FinishFirst finish("; keys may remain");
    raise(SIGINT);
    const InterruptsHeld held;
    raise(SIGALRM);
    _exit(3);
  };
  EXPECT_EXIT(write_a_file(), testing::ExitedWithCode(130), "interrupted; keys may remain");
}

}  // namespace
}  // namespace mpb
