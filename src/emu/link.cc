#include "emu/link.hh"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "stats/random.hh"

// The semantics are those of netem with `rate R delay D J loss L limit N`: loss first, on arrival,
// and a lost packet uses no line time; then the jitter; then the drop-tail queue; then the line;
// then the delay. It differs on purpose in two places: the queue limit does not count packets in
// propagation (model.hh), and bursts of loss last a *time*.
//
// Jitter. With a rate, netem sends packet i, which came at a and takes A on the line, at
//     d(i) = max(d(i - 1), a + D + x) + A        x uniform in +-J, drawn for each packet
// so the delay comes before the line, and the line takes the packets in order, one at a time. We do
// the same to the nanosecond. Only what varies has to come before the line, though: D - J, which
// all packets have in common, is added behind it, which comes to the same, and what waits for the
// line can be counted without what is in propagation.
//
// The price is that the mean delay grows with the load: a packet that comes less than 2 J behind
// another may have to wait for it. That is not to be had otherwise. Of packets that keep their
// order and their distance on the line, the next one's delay can be less than the last one's only
// by as much as the line was idle between them; a saturated line is never idle, so there the delay
// rises to D + J and stays. (On a half-loaded one a delay that varies slowly enough would keep its
// mean, but netem has none, and a link must not depend on the backend.) Jitter behind the line
// would keep the mean no better, and deliver whatever had to wait in one clump, faster than the
// line.
//
// Burst loss. A Gilbert-Elliott chain from mean loss L and mean burst B has the transitions
// bad->good r = 1/B and good->bad p = r L / (1 - L), and loses everything in the bad state. netem
// steps that chain once a packet, so a connection whose only traffic is one retransmission after
// each timeout sits in the bad state for B timeouts: a burst of milliseconds becomes an outage of
// minutes. Here the same chain runs in continuous time. Given the state at one moment, a time t
// later it is bad with probability
//     P = L + (bad - L) exp(-k t)
// which is all a packet needs: one exponential, one random number, no dwell times to draw. k is
// chosen such that one full frame at line rate is one step of the classic chain, exp(-k t_frame) =
// 1 - p - r = 1 - 1 / (B (1 - L)): on a saturated link run lengths are exactly geometric with mean
// B, the mean loss is L for any traffic, and a lone packet after a pause meets P = L.
//
// Packets that arrive in one clump would all share one instant and one fate. They do not share the
// line: the chain's clock is the moment at which a packet would start to be sent, had the ones
// before it not been lost. (Without that clause, a clump with losses leaves the line early, the
// pause before the next clump is longer exactly when the state is bad, and bursts of 20 come out
// as 16.) Under overload that clock would run away from the line's, and a lone packet be stuck
// after all, so its lead is bounded by a few bursts.

namespace mpb {

namespace {

constexpr std::size_t kMostReserved = 65536;
constexpr std::int64_t kLargestFrame =
    1 << 20;  // far above any MTU: its bits are then counted in nanoseconds without overflow

// The time of a full frame on a link without a rate, for the sake of bursts alone: that of 1
// Gbit/s.
constexpr Nanos kNominalAirtime = 12112ns;

// The index-th number in [0, 1) of the stream `key`. There is no generator state: packet i's luck
// is the same however it was reached, so a change of timing, or of another packet's fate, does not
// re-deal the cards of all packets behind it.
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
  set(Nanos{0}, model);
}

void Link::set(Nanos now, const LinkModel& model) {
  assert(is_within_bounds(model));
  advance_to(now);
  if (model.rate != model_.rate)
    carry_ = 0;  // it is in units of the old rate, and less than a nanosecond
  model_ = model;
  const double held_bits =
      static_cast<double>(model.rate.count) * seconds(model.delay + model.jitter - least_delay());
  held_back_ = {static_cast<std::int64_t>(held_bits / static_cast<double>(kFullFrame.count * 8)),
                {static_cast<std::int64_t>(held_bits / 8)}};
  const std::int64_t most = model.queue.packets > 0
                                ? model.queue.packets + held_back_.packets
                                : (model.queue.bytes.count + held_back_.bytes.count) / 64;
  waiting_.reserve(std::min(static_cast<std::size_t>(most), kMostReserved));

  const double frame_ns = model.rate.count > 0 ? static_cast<double>(kFullFrame.count) * 8e9 /
                                                     static_cast<double>(model.rate.count)
                                               : static_cast<double>(kNominalAirtime.count());
  const double run =
      model.loss.burst * (1 - model.loss.mean);  // at 1 and below, chance alone makes runs as long
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

// Jitter must not take from the queue: what the line could have sent while it held packets back may
// wait besides.
bool Link::fits(Bytes frame) const {
  const QueueLimit& limit = model_.queue;
  return (limit.packets == 0 ||
          static_cast<std::int64_t>(waiting_.size()) < limit.packets + held_back_.packets) &&
         (limit.bytes.count == 0 ||
          waiting_bytes_ + frame.count <= limit.bytes.count + held_back_.bytes.count);
}

// More jitter than delay would have a packet leave before it was sent; netem sends such a packet at
// once, and so do we.
Nanos Link::least_delay() const { return std::max(0ns, model_.delay - model_.jitter); }

// How much more than least_delay() packet `index` takes.
Nanos Link::jitter(std::uint64_t index) const {
  if (model_.jitter == 0ns) return 0ns;
  const std::int64_t j = model_.jitter.count();
  const Nanos x{
      static_cast<std::int64_t>(uniform(jitter_key_, index) * static_cast<double>(2 * j + 1)) - j};
  return std::max(0ns, model_.delay + x) - least_delay();
}

Departure Link::offer(Nanos now, Bytes frame) {
  assert(counters_.add_up());
  now = advance_to(now);
  const std::uint64_t index = counters_.packets++;
  counters_.bytes += static_cast<std::uint64_t>(frame.count);

  // Before the loss: what falls into a blackhole is no luck, so `lost` stays binomial. It takes an
  // index like any other packet.
  if (model_.blackhole) {
    ++counters_.blackholed;
    return {Fate::kBlackholed};
  }
  const std::int64_t rate = model_.rate.count;
  assert(frame.count > 0 && frame.count <= kLargestFrame);
  const std::int64_t nano_bits = frame.count * 8 * 1'000'000'000;
  const Nanos airtime{rate > 0 ? nano_bits / rate : 0};
  const Nanos ready = now + jitter(index);
  if (loses(index, std::max(ready, line_free_), airtime)) {
    ++counters_.lost;
    return {Fate::kLost};
  }
  if (!fits(frame)) {
    ++counters_.tail_dropped;
    return {Fate::kTailDropped};
  }

  if (ready > line_free_) {
    line_free_ = ready;
    carry_ = 0;
  }
  assert(line_free_ <= Nanos::max() - airtime - 2 * kLinkBounds.delay - 1ns);
  line_free_ += airtime;
  if (rate > 0 && (carry_ += nano_bits % rate) >= rate) {
    carry_ -= rate;
    ++line_free_;
  }
  if (line_free_ > ready) {
    waiting_.push({line_free_, frame.count});
    waiting_bytes_ += frame.count;
  }
  // The former counts where the delay has shrunk: then packets wait for those before them, and
  // still leave no faster than the line.
  last_leaves_ = std::max(last_leaves_ + airtime, line_free_ + least_delay());
  ++counters_.delivered;
  counters_.delivered_bytes += static_cast<std::uint64_t>(frame.count);
  return {Fate::kLeaves, last_leaves_};
}

}  // namespace mpb
