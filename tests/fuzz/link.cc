// The link model under offers and changes at random times: its counters add up, nothing overtakes,
// and no queue holds more than its limit.
#include "emu/link.hh"

#include "fuzz.hh"

namespace mpb {

namespace {

// Within the bounds that the parsers of links keep; now and then up to them.
LinkModel model_from(FuzzedDataProvider& input) {
  LinkModel model;
  const bool extreme = input.ConsumeIntegralInRange(0, 7) == 0;
  const std::int64_t longest = extreme ? 60'000'000'000 : 20'000'000;
  if (input.ConsumeBool())
    model.rate.count = input.ConsumeIntegralInRange<std::int64_t>(
        1'000, extreme ? 100'000'000'000 : 1'000'000'000);
  model.delay = Nanos{input.ConsumeIntegralInRange<std::int64_t>(0, longest)};
  model.jitter = Nanos{input.ConsumeIntegralInRange<std::int64_t>(0, longest)};
  model.loss.mean = input.ConsumeProbability<double>();
  model.loss.burst = input.ConsumeFloatingPointInRange<double>(1, extreme ? 1e6 : 50);
  if (input.ConsumeBool()) {
    model.queue.packets =
        input.ConsumeIntegralInRange<std::int64_t>(0, extreme ? 1'000'000'000 : 100);
  } else {
    model.queue.bytes.count =
        input.ConsumeIntegralInRange<std::int64_t>(0, extreme ? std::int64_t{1} << 40 : 100'000);
  }
  if (extreme) {
    model.mtu.count = input.ConsumeIntegralInRange<std::int64_t>(kLinkBounds.least_mtu.count,
                                                                 kLinkBounds.most_mtu.count);
  }
  model.blackhole = input.ConsumeIntegralInRange(0, 15) == 0;
  return model;
}

void check_counters(const LinkCounters& c) {
  assert(c.packets == c.lost + c.tail_dropped + c.blackholed + c.delivered);
  assert(c.bytes >= c.delivered_bytes);
}

}  // namespace

}  // namespace mpb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mpb;
  FuzzedDataProvider input(data, size);
  Link link(model_from(input), Seed{input.ConsumeIntegral<std::uint64_t>()});
  Nanos now{0}, last_leaves{0};
  std::int64_t most_packets = 0, most_bytes = 0;  // that a queue may hold: of older limits too
  const auto remember = [&] {
    const LinkModel& model = link.model();
    const QueueDepth depth = link.depth(now);
    // Packets that the line could have sent while jitter held one back may wait as well.
    const auto held_bytes = static_cast<std::int64_t>(static_cast<double>(model.rate.count) / 8 *
                                                      2 * seconds(model.jitter));
    most_packets =
        std::max(depth.packets, model.queue.packets + held_bytes / full_frame(model).count + 1);
    most_bytes = std::max(depth.bytes.count, model.queue.bytes.count + held_bytes + 1);
  };
  remember();
  while (input.remaining_bytes() > 0) {
    const auto what = input.ConsumeIntegralInRange<int>(0, 15);
    now += Nanos{input.ConsumeIntegralInRange<std::int64_t>(0, what < 8 ? 1'000'000 : 0)};
    if (what == 0) {
      link.set(now, model_from(input));
      remember();
      continue;
    }
    if (what == 1)
      now += Nanos{input.ConsumeIntegralInRange<std::int64_t>(0, std::int64_t{1} << 50)};
    const Bytes frame{
        input.ConsumeIntegralInRange<std::int64_t>(34, full_frame(link.model()).count)};
    const Departure verdict = link.offer(now, frame);
    check_counters(link.counters());
    if (verdict.fate == Fate::kLeaves) {
      assert(verdict.leaves >= last_leaves && verdict.leaves >= now);
      const std::int64_t rate = link.model().rate.count;
      if (rate > 0)
        assert(verdict.leaves - last_leaves >= Nanos{frame.count * 8'000'000'000 / rate});
      last_leaves = verdict.leaves;
    }
    if (link.model().blackhole) assert(verdict.fate == Fate::kBlackholed);
    const QueueDepth depth = link.depth(now);
    assert(depth.packets >= 0 && depth.bytes.count >= 0);
    const QueueLimit& limit = link.model().queue;
    assert(limit.packets == 0 || depth.packets <= most_packets);
    assert(limit.bytes.count == 0 || depth.bytes.count <= most_bytes);
    if (limit.packets == 0 && limit.bytes.count == 0) assert(verdict.fate != Fate::kTailDropped);
  }
  return 0;
}
