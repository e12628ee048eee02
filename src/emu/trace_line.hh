// A line whose capacity follows a trace, as pure arithmetic: when does the last bit of a frame
// leave? Time is an argument. Not thread-safe; one Link owns it.
#pragma once

#include <cstdint>
#include <memory>

#include "emu/trace.hh"

namespace mpb {

class TraceLine {
 public:
  explicit TraceLine(std::shared_ptr<const Trace> trace) : trace_(std::move(trace)) {}

  // The time at which the trace starts, before or after the present. Frames on the line keep their
  // times, and later frames do not overtake them.
  void start(Nanos at);

  // Puts a frame on the line that is ready at `ready`, behind all earlier frames. Returns the time
  // of its last bit. An opportunity at the time `ready` itself is too early for it.
  Nanos send(Nanos ready, Bytes frame);

  // The delay and the loss at a time.
  const Trace::Step& values_at(Nanos t);

  const Trace& trace() const { return *trace_; }

 private:
  Nanos send_at_opportunities(Nanos ready, std::int64_t bytes);
  Nanos send_at_rate(Nanos ready, std::int64_t nano_bits);
  void seek(Nanos t);
  void step();

  std::shared_ptr<const Trace> trace_;
  Nanos start_{};
  // The last bit of the last frame: at free_, and with rates carry_ / rate nanoseconds later. With
  // opportunities, left_ bytes of the one at free_ are left.
  Nanos free_{};
  std::int64_t carry_ = 0;
  std::int64_t left_ = 0;
  // The present repetition of the trace began at cycle_; index_ is the step.
  Nanos cycle_{};
  std::size_t index_ = 0;
};

}  // namespace mpb
