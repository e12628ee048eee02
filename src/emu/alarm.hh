// A timer of the kernel that rings once, which epoll reports. It rings also while nobody waits. Not
// thread-safe.
#pragma once

#include <sys/timerfd.h>

#include "sys/clock.hh"
#include "sys/error.hh"
#include "sys/fd.hh"

namespace mpb {

class Alarm {
 public:
  Alarm() : timer_(check(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), "creating a timer")) {}

  int fd() const { return timer_.get(); }  // to watch with EPOLLET, so that nobody has to read it

  // Rings at `at`. An earlier setting is void.
  void set(Nanos at) {
    const itimerspec times{.it_interval = {}, .it_value = to_timespec(at)};
    check(timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &times, nullptr), "setting a timer");
  }

 private:
  Fd timer_;
};

}  // namespace mpb
