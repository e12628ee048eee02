#include "tools/link_deviations.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>

#include "analysis/text.hh"
#include "sys/numbers.hh"

namespace mpb {

namespace {

constexpr std::size_t kFewestForP99 = 1000;
constexpr double kRateTolerance = 0.03;
// Only an error of the clock can make a probe early. A shared machine may delay half of the probes.
constexpr Nanos kEarly = 50us;
constexpr Nanos kLate = 1ms;
constexpr Nanos kLeastLate = 300us;

double mbit(BitsPerSecond rate) { return static_cast<double>(rate.count) / 1e6; }
double milliseconds(Nanos t) { return static_cast<double>(t.count()) / 1e6; }

std::string milliseconds_text(const std::optional<Nanos>& t) {
  return t ? fixed(milliseconds(*t), 2) : "-";
}

std::string lost_text(const Measured& m) {
  return m.sent == 0 ? "-" : percent(static_cast<double>(m.lost) / static_cast<double>(m.sent), 2);
}

// "1 %", with the configured precision.
std::string loss_text(const LossModel& loss) {
  std::string text = percent_text(loss.mean);
  return text.insert(text.size() - 1, 1, ' ');
}

std::string configured_delay(const LinkModel& model) {
  if (model.jitter == 0ns) return number(milliseconds(model.delay));
  return fmt::format("{} to {}", number(std::max(0.0, milliseconds(model.delay - model.jitter))),
                     number(milliseconds(model.delay + model.jitter)));
}

std::string way(Direction direction) { return direction == Direction::kUp ? "up" : "down"; }

}  // namespace

Nanos airtime(Bytes frame, BitsPerSecond rate) {
  if (rate.count == 0) return 0ns;
  return Nanos{
      std::llround(static_cast<double>(frame.count) * 8e9 / static_cast<double>(rate.count))};
}

BitsPerSecond single_flow_rate(const LinkModel& model) {
  if (model.flow_rate.count == 0) return model.rate;
  return model.rate.count == 0 ? model.flow_rate : std::min(model.rate, model.flow_rate);
}

int flows_to_fill(const LinkModel& model) {
  if (model.flow_rate.count == 0 || model.flow_rate >= model.rate) return 1;
  return static_cast<int>((model.rate.count - 1) / model.flow_rate.count) + 2;
}

std::string mbit_text(double mbits) { return fixed(mbits, mbits < 1 ? 3 : mbits < 10 ? 2 : 1); }

BitsPerSecond rate_of(const std::vector<Nanos>& arrivals, Bytes frame) {
  constexpr std::size_t kParts = 10;
  if (arrivals.size() < 2) return {};
  const std::size_t gaps = arrivals.size() - 1;
  const std::size_t parts = gaps < 5 * kParts ? 1 : kParts;
  std::vector<double> rates;
  for (std::size_t part = 0; part < parts; ++part) {
    const std::size_t first = gaps * part / parts;
    const std::size_t last = gaps * (part + 1) / parts;
    const Nanos took = arrivals[last] - arrivals[first];
    if (took > 0ns)
      rates.push_back(static_cast<double>(last - first) * static_cast<double>(frame.count) * 8 /
                      seconds(took));
  }
  if (rates.empty()) return {};
  std::sort(rates.begin(), rates.end());
  return {std::llround(rates[rates.size() / 2])};
}

LoadedDelay loaded_delay(std::vector<Nanos> delays) {
  if (delays.empty()) return {};
  const auto count = static_cast<std::int64_t>(delays.size());
  LoadedDelay loaded{.mean = std::accumulate(delays.begin(), delays.end(), 0ns) / count, .p99 = {}};
  if (delays.size() >= kFewestForP99) {
    const auto p99 = delays.begin() + count * 99 / 100;
    std::nth_element(delays.begin(), p99, delays.end());
    loaded.p99 = *p99;
  }
  return loaded;
}

LossBand loss_band(const LossModel& loss, std::int64_t sent) {
  const double n = static_cast<double>(sent);
  const double variance = n * loss.mean * (1 - loss.mean);
  // A two-state chain that keeps a share m of its state from packet to packet has (1 + m)/(1 - m)
  // times the variance of independent losses; 1 - m = 1/(B(1 - L)). This describes netem, whose
  // chain advances with every packet. Ours keeps less of its state between packets that are far
  // apart.
  const double remembered =
      loss.burst * (1 - loss.mean) > 1 ? 1 - 1 / (loss.burst * (1 - loss.mean)) : 0;
  const double band = 4 * std::sqrt(variance * (1 + remembered) / (1 - remembered));
  return {std::max(0.0, n * loss.mean - band), std::min(n, n * loss.mean + band)};
}

std::vector<TracePart> parts_of(const Trace& trace, Bytes mtu, Nanos length, Nanos blur,
                                const std::vector<Nanos>& arrivals) {
  constexpr int kParts = 10;
  const double frame = static_cast<double>(mtu.count + kEthernetHeader.count);
  std::vector<TracePart> parts;
  for (int i = 0; i < kParts; ++i) {
    TracePart& part = parts.emplace_back();
    part.from = length * i / kParts;
    part.to = length * (i + 1) / kParts;
    const double time = seconds(part.to - part.from);
    const auto frames = std::count_if(arrivals.begin(), arrivals.end(), [&part](Nanos at) {
      return at > part.from && at <= part.to;
    });
    part.carried_bps = static_cast<double>(frames) * frame * 8 / time;
    part.trace_bps = trace.capacity(part.from, part.to, mtu) * 8 / time;
    const Nanos late = part.from + blur, early = std::max(late, part.to - blur);
    const double surely = trace.capacity(late, early, mtu);
    const double perhaps = trace.capacity(part.from - blur, part.to + blur, mtu);
    part.least_bps = (surely * (1 - kRateTolerance) - frame) * 8 / time;
    part.most_bps = (perhaps * (1 + kRateTolerance) + frame) * 8 / time;
  }
  return parts;
}

namespace {

// The part that is farthest off, in words; "" if the line followed its trace.
std::string part_text(const std::vector<TracePart>& parts) {
  const TracePart* worst = nullptr;
  const auto error = [](const TracePart& part) {
    return std::max(part.least_bps - part.carried_bps, part.carried_bps - part.most_bps);
  };
  for (const TracePart& part : parts) {
    if (part.is_off() && (worst == nullptr || error(part) > error(*worst))) worst = &part;
  }
  if (worst == nullptr) return "";
  return fmt::format("the rate from {} to {} s of the trace is {} Mbit/s instead of {}",
                     fixed(seconds(worst->from), 1), fixed(seconds(worst->to), 1),
                     mbit_text(worst->carried_bps / 1e6), mbit_text(worst->trace_bps / 1e6));
}

}  // namespace

std::vector<std::string> deviations(const LinkModel& configured, const Measured& m) {
  std::vector<std::string> clauses;
  const bool traced = configured.trace.data != nullptr;
  if (std::string part = part_text(m.parts); !part.empty()) clauses.push_back(std::move(part));
  if (!traced && m.rate &&
      std::abs(mbit(*m.rate) - mbit(configured.rate)) > kRateTolerance * mbit(configured.rate)) {
    clauses.push_back(fmt::format("the rate is {} Mbit/s instead of {}", mbit_text(mbit(*m.rate)),
                                  number(mbit(configured.rate))));
  }
  if (const BitsPerSecond wanted = single_flow_rate(configured);
      m.flow_rate && std::abs(mbit(*m.flow_rate) - mbit(wanted)) > kRateTolerance * mbit(wanted)) {
    clauses.push_back(fmt::format("the rate of a single flow is {} Mbit/s instead of {}",
                                  mbit_text(mbit(*m.flow_rate)), number(mbit(wanted))));
  }
  if (m.mtu != configured.mtu) {
    clauses.push_back(
        fmt::format("the MTU is {} bytes instead of {}", m.mtu.count, configured.mtu.count));
  }
  // With a trace, probes wait for opportunities, and the delay may change: only the least is known.
  const Nanos expected = configured.delay + airtime(kProbeFrame, configured.rate);
  if (m.delay_probes > 0) {
    // The median of n draws from an interval of +-J has a standard deviation of about J/sqrt(n).
    const Nanos luck{std::llround(4 * static_cast<double>(configured.jitter.count()) /
                                  std::sqrt(m.delay_probes))};
    const auto refuse = [&](std::string_view statistic, Nanos delay) {
      clauses.push_back(fmt::format("the {} delay is {} ms instead of {}", statistic,
                                    fixed(milliseconds(delay), 2), configured_delay(configured)));
    };
    if (m.least_delay < configured.delay - configured.jitter - kEarly ||
        (!traced && configured.jitter == 0ns && m.least_delay > expected + kLeastLate)) {
      refuse("least", m.least_delay);
    } else if (!traced && (m.median_delay < expected - luck - kEarly ||
                           m.median_delay > expected + luck + kLate)) {
      refuse("median", m.median_delay);
    }
  } else if (configured.loss.mean < 1) {
    clauses.push_back("no packet arrived");
    return clauses;
  }
  const LossBand band = loss_band(configured.loss, m.sent);
  if (const auto lost = static_cast<double>(m.lost); lost < band.least || lost > band.most) {
    const double n = static_cast<double>(m.sent);
    const std::string by_chance =
        configured.loss.mean > 0 ? fmt::format(" (by chance {} to {})", percent(band.least / n, 2),
                                               percent(band.most / n, 2))
                                 : "";
    clauses.push_back(fmt::format("{} of {} packets were lost ({}) instead of {}{}", m.lost, m.sent,
                                  lost_text(m), loss_text(configured.loss), by_chance));
  }
  return clauses;
}

namespace {

double mean_of_trace(const std::vector<TracePart>& parts) {
  double sum = 0;
  for (const TracePart& part : parts) sum += part.trace_bps;
  return sum / static_cast<double>(parts.size());
}

bool has_standard_mtu(const DirectionCheck& check) {
  return check.configured.mtu == kStandardMtu && check.measured.mtu == kStandardMtu;
}

Row check_row(const DirectionCheck& check, bool shows_mtu, bool is_off) {
  const LinkModel& c = check.configured;
  const Measured& m = check.measured;
  const bool arrived = m.delay_probes > 0;
  std::string rate = c.rate.count > 0 ? number(mbit(c.rate)) : "no limit";
  if (c.trace.data) rate = "trace";
  if (!m.parts.empty()) rate = fmt::format("trace: {}", mbit_text(mean_of_trace(m.parts) / 1e6));
  return {check.link,
          way(check.direction),
          shows_mtu ? fmt::format("{} ({})", m.mtu.count, c.mtu.count) : "-",
          fmt::format("{} ({})", m.rate ? mbit_text(mbit(*m.rate)) : "-", rate),
          m.flow_rate ? fmt::format("{} ({})", mbit_text(mbit(*m.flow_rate)),
                                    number(mbit(single_flow_rate(c))))
                      : "-",
          fmt::format("{} ({})", arrived ? fixed(milliseconds(m.median_delay), 2) : "-",
                      configured_delay(c)),
          arrived ? fixed(milliseconds(m.least_delay), 2) : "-",
          milliseconds_text(m.loaded.mean),
          milliseconds_text(m.loaded.p99),
          fmt::format("{} ({})", lost_text(m), loss_text(c.loss)),
          check.tcp_bps ? mbit_text(*check.tcp_bps / 1e6) : "-",
          is_off ? "OFF" : "ok"};
}

}  // namespace

Table check_table(const std::vector<DirectionCheck>& checks) {
  Table table;
  table.columns = {word("link"),        word("way"),      word("mtu"),        word("rate Mbit/s"),
                   word("flow Mbit/s"), word("delay ms"), word("least ms"),   word("loaded ms"),
                   word("p99 ms"),      word("lost"),     word("tcp Mbit/s"), word("verdict")};
  const bool shows_mtu = !std::all_of(checks.begin(), checks.end(), has_standard_mtu);
  for (const DirectionCheck& check : checks) {
    const std::vector<std::string> off = deviations(check.configured, check.measured);
    table.rows.push_back(check_row(check, shows_mtu, !off.empty()));
    if (!off.empty())
      table.notes.push_back(
          fmt::format("{} {}: {}.", check.link, way(check.direction), fmt::join(off, "; ")));
  }
  drop_empty_columns(table);
  return table;
}

}  // namespace mpb
