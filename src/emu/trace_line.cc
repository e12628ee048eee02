#include "emu/trace_line.hh"

#include <algorithm>
#include <cassert>

namespace mpb {

void TraceLine::start(Nanos at) {
  start_ = cycle_ = at;
  index_ = 0;
  carry_ = left_ = 0;
}

// Makes index_ the step that applies at `t`, or the first opportunity after it.
void TraceLine::seek(Nanos t) {
  const Nanos period = trace_->period();
  if (t < cycle_ || t >= cycle_ + period) {
    const Nanos since = t - start_;
    cycle_ = start_ + since / period * period;
    if (cycle_ > t) cycle_ -= period;
    index_ = trace_->index_at(t - cycle_);
    return;
  }
  const std::vector<Trace::Step>& steps = trace_->steps();
  const auto is_it = [&](std::size_t i) {
    const Nanos since = t - cycle_;
    if (trace_->kind() == Trace::Kind::kOpportunities)
      return since < steps[i].at && (i == 0 || since >= steps[i - 1].at);
    return since >= steps[i].at && (i + 1 == steps.size() || since < steps[i + 1].at);
  };
  if (is_it(index_)) return;
  if (index_ + 1 < steps.size() && is_it(index_ + 1)) {
    ++index_;
  } else {
    index_ = trace_->index_at(t - cycle_);
  }
}

void TraceLine::step() {
  if (++index_ < trace_->steps().size()) return;
  index_ = 0;
  cycle_ += trace_->period();
}

const Trace::Step& TraceLine::values_at(Nanos t) {
  seek(t);
  return trace_->steps()[index_];
}

Nanos TraceLine::send(Nanos ready, Bytes frame) {
  const std::int64_t bytes = trace_->counted(frame).count;
  assert(bytes > 0);
  if (trace_->kind() == Trace::Kind::kOpportunities) return send_at_opportunities(ready, bytes);
  return send_at_rate(ready, bytes * 8 * 1'000'000'000);
}

Nanos TraceLine::send_at_opportunities(Nanos ready, std::int64_t bytes) {
  if (ready >= free_) left_ = 0;  // wasted: the queue was empty
  if (left_ < bytes) {
    seek(std::max(ready, free_));
    for (; left_ < bytes; step()) {
      left_ += trace_->steps()[index_].amount;
      free_ = cycle_ + trace_->steps()[index_].at;
    }
  }
  left_ -= bytes;
  return free_;
}

// In billionths of bits, in which a rate times nanoseconds is a whole number.
Nanos TraceLine::send_at_rate(Nanos ready, std::int64_t nano_bits) {
  if (ready > free_) {
    free_ = ready;
    carry_ = 0;
  }
  nano_bits += carry_;
  for (seek(free_);; step()) {
    const std::vector<Trace::Step>& steps = trace_->steps();
    const std::int64_t rate = steps[index_].amount;
    const Nanos end =
        cycle_ + (index_ + 1 < steps.size() ? steps[index_ + 1].at : trace_->period());
    const std::int64_t left = (end - free_).count();
    // If the last bit leaves at the end of the step, it leaves in this step.
    if (rate > 0 &&
        (nano_bits / rate < left || (nano_bits / rate == left && nano_bits % rate == 0))) {
      free_ += Nanos{nano_bits / rate};
      carry_ = nano_bits % rate;
      return free_;
    }
    nano_bits -= rate * left;  // no more than nano_bits, so that it cannot overflow
    free_ = end;
  }
}

}  // namespace mpb
