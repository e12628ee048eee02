#include "emu/link.hh"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "stats/random.hh"

// The semantics are those of netem with `rate R delay D J loss L limit N`. Loss comes first, on
// arrival, and a lost packet uses no time on the line; then follow the jitter, the drop-tail queue,
// the line, and the delay. There are two intended differences: the queue limit does not count
// packets in propagation (model.hh), and a burst of loss lasts for a *time*.
//
// Jitter. With a rate, netem sends packet i, which arrived at a and takes A on the line, at
//     d(i) = max(d(i - 1), a + D + x) + A        x uniform in +-J, drawn for each packet
// so the delay comes before the line, and the line takes the packets in order, one at a time. This
// code does the same, to the nanosecond. But only the variable part of the delay has to come before
// the line: D - J, which all packets have in common, is added behind it. The departures are the
// same, and the packets that wait for the line can be counted without those in propagation.
//
// The price is that the mean delay grows with the load: a packet that arrives less than 2 J behind
// another may have to wait for it. This cannot be avoided. If packets keep their order and their
// distance on the line, the delay of a packet can fall below that of the previous one only by the
// time that the line was idle between them. A saturated line is never idle, so there the delay
// rises to D + J and stays. (On a half-loaded line, a delay that varies slowly enough would keep
// its mean, but netem has no such delay, and a link must not depend on the backend.) Jitter behind
// the line would not keep the mean either, and it would deliver the packets that had to wait in one
// clump, faster than the line.
//
// Burst loss. A Gilbert-Elliott chain from mean loss L and mean burst B has the transitions
// bad->good r = 1/B and good->bad p = r L / (1 - L), and loses every packet in the bad state. netem
// advances the chain once per packet. So a connection whose only traffic is one retransmission
// after each timeout stays in the bad state for B timeouts, and a burst of milliseconds becomes an
// outage of minutes. Here the same chain runs in continuous time. Given the state at one time, the
// chain is bad a time t later with probability
//     P = L + (bad - L) exp(-k t)
// So a packet needs one exponential and one random number, and no dwell times are drawn. k is
// chosen such that one full frame at line rate is one step of the classic chain, exp(-k t_frame) =
// 1 - p - r = 1 - 1 / (B (1 - L)). Then on a saturated link, run lengths are exactly geometric with
// mean B; the mean loss is L for any traffic; and a single packet after a pause is lost with P = L.
//
// Packets that arrive in one clump have the same arrival time, but must not share one fate. They do
// not share the line: the time of the chain is the time at which the transmission of a packet would
// start if none of the packets before it had been lost. (With the actual start, a clump with losses
// would leave the line early, so the pause before the next clump would be longer exactly when the
// state is bad, and bursts of 20 would become bursts of 16.) Under overload this time would advance
// far beyond that of the line, and a single packet would be stuck again, so its lead is limited to
// a few bursts.

namespace mpb {

namespace {

constexpr std::size_t kMostReserved = 65536;
// Far above any MTU, and small enough that bits times nanoseconds do not overflow.
constexpr std::int64_t kLargestFrame = 1 << 20;

// The time of a frame of 1514 bytes at 1 Gbit/s, which determines the length of bursts on a link
// without a rate.
constexpr Nanos kNominalAirtime = 12112ns;

// The number with this index, in [0, 1), of the stream `key`. The generator has no state, so packet
// i always gets the same number. A change of timing, or of the fate of another packet, does not
// change the numbers of all later packets.
double uniform(std::uint64_t key, std::uint64_t index) {
  return static_cast<double>(mix64(key + (index + 1) * kGolden64) >> 11) * 0x1p-53;
}

}  // namespace

Seed link_seed(Seed run, std::string_view link, Direction direction) {
  std::uint64_t key = mix64(run.value + kGolden64);
  for (const char c : link) key = mix64((key ^ static_cast<unsigned char>(c)) + kGolden64);
  return {mix64(key + (direction == Direction::kUp ? 1 : 2) * kGolden64)};
}

Link::Link(const LinkModel& model, Seed seed)
    : loss_key_(mix64(seed.value ^ 0x6c6f7373)), jitter_key_(mix64(seed.value ^ 0x6a697474)) {
  if (model.trace.data) trace_.emplace(model.trace.data);
  set(Nanos{0}, model);
}

void Link::set(Nanos now, const LinkModel& model) {
  assert(is_within_bounds(model));
  advance_to(now);
  // The carry is in units of the old rate, and less than a nanosecond.
  if (model.rate != model_.rate) carry_ = 0;
  model_ = model;
  usual_rate_ = trace_ ? trace_->trace().mean_rate(model.mtu) : model.rate;
  derive();
  follow_trace();
}

void Link::start_trace(Nanos now, Nanos at) {
  if (!trace_) return;
  advance_to(now);
  trace_->start(at);
}

// Applies the delay and the loss that the trace has now.
void Link::follow_trace() {
  if (!trace_ || !(trace_->trace().has_delay() || trace_->trace().has_loss())) return;
  const Trace::Step& now = trace_->values_at(now_);
  const Nanos delay = trace_->trace().has_delay() ? now.delay : model_.delay;
  const double loss = trace_->trace().has_loss() ? now.loss : model_.loss.mean;
  if (delay == model_.delay && loss == model_.loss.mean) return;
  model_.delay = delay;
  model_.loss.mean = loss;
  derive();
}

// Everything that follows from the model.
void Link::derive() {
  const LinkModel& model = model_;
  const double held_bits =
      static_cast<double>(usual_rate_.count) * seconds(model.delay + model.jitter - least_delay());
  const Bytes frame = full_frame(model);
  held_back_ = {static_cast<std::int64_t>(held_bits / static_cast<double>(frame.count * 8)),
                {static_cast<std::int64_t>(held_bits / 8)}};
  const std::int64_t most = model.queue.packets > 0
                                ? model.queue.packets + held_back_.packets
                                : (model.queue.bytes.count + held_back_.bytes.count) / 64;
  waiting_.reserve(std::min(static_cast<std::size_t>(most), kMostReserved));

  const double frame_ns = usual_rate_.count > 0 ? static_cast<double>(frame.count) * 8e9 /
                                                      static_cast<double>(usual_rate_.count)
                                                : static_cast<double>(kNominalAirtime.count());
  // Up to 1, independent losses have runs of this length already.
  const double run = model.loss.burst * (1 - model.loss.mean);
  forgetting_ = run > 1 ? -std::log1p(-1 / run) / frame_ns : 0;
  most_lead_ = Nanos{static_cast<std::int64_t>(4 * model.loss.burst * frame_ns)};
}

Nanos Link::advance_to(Nanos now) {
  now_ = std::max(now_, now);
  while (!waiting_.empty() && waiting_.front().until <= now_) {
    waiting_bytes_ -= waiting_.front().bytes;
    waiting_.pop();
  }
  return now_;
}

QueueDepth Link::depth(Nanos now) {
  advance_to(now);
  return {static_cast<std::int64_t>(waiting_.size()), {waiting_bytes_}};
}

bool Link::loses(std::uint64_t index, Nanos line, Nanos airtime) {
  if (model_.loss.mean <= 0) return false;
  const double luck = uniform(loss_key_, index);
  if (forgetting_ == 0) return luck < model_.loss.mean;
  if (airtime == 0ns) airtime = kNominalAirtime;
  const Nanos start = std::max(line, std::min(burst_clock_, line + most_lead_));
  const Nanos step = std::max(start - last_start_, airtime);
  const double memory = seen_one_ ? std::exp(-forgetting_ * static_cast<double>(step.count())) : 0;
  seen_one_ = true;
  last_start_ = start;
  burst_clock_ = start + airtime;
  bad_ = luck < model_.loss.mean + ((bad_ ? 1 : 0) - model_.loss.mean) * memory;
  return bad_;
}

// Jitter must not reduce the queue, so the packets that the line could have sent while jitter held
// packets back may wait in addition.
bool Link::fits(Bytes frame) const {
  const QueueLimit& limit = model_.queue;
  return (limit.packets == 0 ||
          static_cast<std::int64_t>(waiting_.size()) < limit.packets + held_back_.packets) &&
         (limit.bytes.count == 0 ||
          waiting_bytes_ + frame.count <= limit.bytes.count + held_back_.bytes.count);
}

// With more jitter than delay, a packet would leave before it arrived. Like netem, this sends such
// a packet at once.
Nanos Link::least_delay() const { return std::max(0ns, model_.delay - model_.jitter); }

// The delay of packet `index` in excess of least_delay().
Nanos Link::jitter(std::uint64_t index) const {
  if (model_.jitter == 0ns) return 0ns;
  const std::int64_t j = model_.jitter.count();
  const Nanos x{
      static_cast<std::int64_t>(uniform(jitter_key_, index) * static_cast<double>(2 * j + 1)) - j};
  return std::max(0ns, model_.delay + x) - least_delay();
}

// Puts a frame behind the others, and returns its own time on the line. With a trace, it ends when
// the last opportunity that it needs comes, which may be that of the packet before it.
Nanos Link::put_on_line(Nanos ready, Bytes frame, Nanos usual_airtime) {
  if (trace_) {
    const Nanos start = std::max(ready, line_free_);
    line_free_ = trace_->send(ready, frame);
    return line_free_ - start;
  }
  if (ready > line_free_) {
    line_free_ = ready;
    carry_ = 0;
  }
  line_free_ += usual_airtime;
  const std::int64_t rate = model_.rate.count;
  carry_ += frame.count * 8 * 1'000'000'000 % std::max<std::int64_t>(rate, 1);
  if (rate > 0 && carry_ >= rate) {
    carry_ -= rate;
    ++line_free_;
  }
  return usual_airtime;
}

Departure Link::offer(Nanos now, Bytes frame) {
  assert(counters_.add_up());
  now = advance_to(now);
  follow_trace();
  const std::uint64_t index = counters_.packets++;
  counters_.bytes += static_cast<std::uint64_t>(frame.count);

  // The blackhole comes before the loss, so that `lost` stays binomial. The packet uses an index
  // like any other packet.
  if (model_.blackhole) {
    ++counters_.blackholed;
    return {Fate::kBlackholed};
  }
  const std::int64_t rate = usual_rate_.count;
  assert(frame.count > 0 && frame.count <= kLargestFrame);
  const Nanos usual_airtime{rate > 0 ? frame.count * 8 * 1'000'000'000 / rate : 0};
  const Nanos ready = now + jitter(index);
  if (loses(index, std::max(ready, line_free_), usual_airtime)) {
    ++counters_.lost;
    return {Fate::kLost};
  }
  if (!fits(frame)) {
    ++counters_.tail_dropped;
    return {Fate::kTailDropped};
  }

  assert(line_free_ <= Nanos::max() - usual_airtime - 2 * kLinkBounds.delay - 1ns);
  const Nanos airtime = put_on_line(ready, frame, usual_airtime);
  if (line_free_ > ready) {
    waiting_.push({line_free_, frame.count});
    waiting_bytes_ += frame.count;
  }
  // The first term matters after the delay was reduced: packets then wait for those before them,
  // and leave no faster than the line.
  last_leaves_ = std::max(last_leaves_ + airtime, line_free_ + least_delay());
  ++counters_.delivered;
  counters_.delivered_bytes += static_cast<std::uint64_t>(frame.count);
  return {Fate::kLeaves, last_leaves_};
}

}  // namespace mpb
