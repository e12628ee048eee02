// Traces are refused by file and line, or taken. Then no byte leaves a line without capacity, the
// order of packets is kept, and the capacity of a time is that of its parts.
#include "emu/trace.hh"

#include <cmath>

#include "emu/link.hh"
#include "fuzz.hh"

namespace mpb {

namespace {

void check_steps(const Trace& trace) {
  assert(!trace.steps().empty() && trace.steps().size() <= kTraceBounds.steps);
  assert(trace.period() > 0ns && trace.period() <= kTraceBounds.period);
  assert(trace.sha256().size() == 64);
  Nanos last = -1ns;
  for (const Trace::Step& step : trace.steps()) {
    assert(step.at > last && step.at <= trace.period() && step.amount >= 0);
    assert(step.delay >= 0ns && step.loss >= 0 && step.loss <= 1);
    last = step.at;
  }
  const BitsPerSecond mean = trace.mean_rate(kStandardMtu);
  assert(mean.count >= kLinkBounds.slowest.count - 1);
  assert(trace.longest_pause() <= 2 * trace.period());
  assert(trace.least_delay() <= trace.most_delay());
}

void check_capacity(const Trace& trace) {
  const Nanos period = trace.period();
  const auto bytes = [&](Nanos from, Nanos to) { return trace.capacity(from, to, kStandardMtu); };
  const auto is_near = [](double a, double b) { return std::abs(a - b) <= 1 + 1e-9 * std::abs(b); };
  assert(is_near(bytes(-period, 2 * period), 3 * bytes(0ns, period)));
  assert(is_near(bytes(0ns, period / 3) + bytes(period / 3, period), bytes(0ns, period)));
  const TraceRange range = range_of(trace, 1s, kStandardMtu);
  assert(range.least_bps <= range.mean_bps * (1 + 1e-9) + 1);
  assert(range.most_bps >= range.mean_bps * (1 - 1e-9) - 1);
  const double loss = trace.mean_loss(0ns, period);
  assert(loss >= 0 && loss <= 1 + 1e-9);
}

void check_packets(const std::shared_ptr<const Trace>& trace) {
  Link link({.trace = {"t", trace}}, Seed{1});
  link.start_trace(0ns, trace->period() / 7);
  TraceLine line(trace);
  const double scale =
      static_cast<double>(trace->counted(kFullFrame).count) / static_cast<double>(kFullFrame.count);
  double sent = 0;
  Nanos now{}, last{};
  for (int i = 0; i < 64; ++i) {
    now += i % 8 == 0 ? trace->period() / 5 : Nanos{i * 1000};
    const Bytes frame{34 + i * 131 % 1481};
    if (const Departure departure = link.offer(now, frame); departure.fate == Fate::kLeaves) {
      assert(departure.leaves >= now && departure.leaves >= last);
      last = departure.leaves;
    }
    sent += static_cast<double>(trace->counted(frame).count);
    const Nanos leaves = line.send(0ns, frame);
    // A rate of 100 Gbit/s sends 13 bytes in the nanosecond that is cut off.
    const double offered = trace->capacity(0ns, leaves, kStandardMtu) * scale;
    assert(sent <= offered * (1 + 1e-9) + 14);
  }
}

}  // namespace

}  // namespace mpb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mpb;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto trace =
      accepted([&] { return std::make_shared<const Trace>(text, "f.trace"); }, "f.trace: ");
  if (!trace) return 0;
  check_steps(**trace);
  check_capacity(**trace);
  check_packets(*trace);
  return 0;
}
