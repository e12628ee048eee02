#include "scenario/netem_words.hh"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>

#include "emu/link.hh"
#include "sys/units.hh"

namespace mpb {

namespace {

// No limit in practice: far more packets than can ever wait. The default of tc(8) is only 1000.
const std::string kNoLimit = "1000000";

void add_words(std::vector<std::string>& words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
}

std::string tc_percent(double fraction) { return percent_text(std::round(fraction * 1e8) / 1e8); }

}  // namespace

std::vector<std::string> netem_loss_words(const LinkModel& model) {
  std::vector<std::string> words;
  if (model.blackhole) return {"loss", "random", "100%", "limit", kNoLimit};
  // Runs of independent losses have a mean length of 1/(1 - L). A shorter burst is impossible, with
  // tun as well.
  if (model.loss.mean > 0 && model.loss.burst * (1 - model.loss.mean) > 1) {
    // Gilbert-Elliott from mean loss L and mean burst length B: the chain leaves the bad state with
    // r = 1/B and enters it with p = rL/(1-L).
    const double r = 1 / model.loss.burst;
    add_words(words, {"loss", "gemodel", tc_percent(r * model.loss.mean / (1 - model.loss.mean)),
                      tc_percent(r), "100%", "0%"});
  } else if (model.loss.mean > 0) {
    add_words(words, {"loss", "random", tc_percent(model.loss.mean)});
  }
  add_words(words, {"limit", kNoLimit});  // from Linux 6.13, it also counts the packets of the line
  return words;
}

std::vector<std::string> netem_line_words(const LinkModel& model) {
  std::vector<std::string> words;
  if (model.delay > 0ns || model.jitter > 0ns) add_words(words, {"delay", to_text(model.delay)});
  if (model.jitter > 0ns) add_words(words, {to_text(model.jitter)});
  if (model.rate.count > 0) {
    add_words(words, {"rate", to_text(model.rate)});
  } else if (model.jitter > 0ns) {
    add_words(words, {"rate", "100gbit"});  // with any rate, jitter does not reorder packets
  }
  // The limit of netem counts packets, including those in propagation. So the packets in flight are
  // added to the configured queue.
  const auto frame = static_cast<double>(full_frame(model).count);
  const double in_flight =
      static_cast<double>(model.rate.count) * seconds(model.delay + model.jitter) / (frame * 8);
  const double queue = model.queue.packets > 0
                           ? static_cast<double>(model.queue.packets)
                           : static_cast<double>(model.queue.bytes.count) / frame;
  assert(queue + in_flight < 0x1p32);  // the bound of tc(8)
  add_words(words, {"limit", queue > 0 ? std::to_string(std::llround(std::ceil(queue + in_flight)))
                                       : kNoLimit});
  return words;
}

std::vector<std::string> flow_cap_words(const LinkModel& model) {
  const QueueLimit& queue = model.flow_queue;
  const auto frame = full_frame(model).count;
  const std::int64_t limit =
      queue.packets > 0 ? queue.packets : (queue.bytes.count + frame - 1) / frame;
  // A flow without a socket is a hash of its 5-tuple, and orphan_mask has its bits. With the
  // default of 10 bits, some flows would share a rate. Above low_rate_threshold fq charges bursts
  // of at least two full frames, so the threshold is the highest rate of all.
  return {"maxrate",
          to_text(model.flow_rate),
          "flow_limit",
          limit > 0 ? std::to_string(std::min<std::int64_t>(limit, UINT32_MAX)) : kNoLimit,
          "limit",
          kNoLimit,
          "orphan_mask",
          "65535",
          "low_rate_threshold",
          to_text(kLinkBounds.fastest_flow)};
}

}  // namespace mpb
