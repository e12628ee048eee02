#include "tools/link_check.hh"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "analysis/text.hh"
#include "net/datagram.hh"
#include "output/table.hh"
#include "sys/escape.hh"
#include "sys/namespace.hh"
#include "sys/numbers.hh"
#include "tools/iperf3.hh"
#include "world/world.hh"

namespace mpb {

namespace {

// The flood offers one and a half times the rate of the link, so that the queue keeps the link busy
// during a pause of ours.
constexpr double kOverload = 1.5;
constexpr Nanos kFloodTime = 500ms;
constexpr int kFloodFrames = 100;  // a slow link needs longer until it has carried enough frames
constexpr Nanos kLongestFlood = 3s;
constexpr Nanos kCatchUp = 5ms;

constexpr int kDelayProbes = 100;
constexpr Nanos kDelayGap = 10ms;
constexpr Nanos kLongestDelayPhase = 3s;

constexpr double kLoad = 0.5;
constexpr int kLoadFrames = 1500;  // enough for a p99 even if some are lost or sent late
constexpr std::size_t kFewestForP99 = 1000;
constexpr Nanos kShortestLoad = 300ms;
constexpr Nanos kLongestLoad = 2500ms;

constexpr Nanos kLossTime = 2500ms;
constexpr Nanos kLossGap = 500us;

constexpr double kRateTolerance = 0.03;
// Only an error of the clock can make a probe early. A shared machine may delay half of the probes.
constexpr Nanos kEarly = 50us;
constexpr Nanos kLate = 1ms;
constexpr Nanos kLeastLate = 300us;

Nanos airtime(Bytes frame, BitsPerSecond rate) {
  if (rate.count == 0) return 0ns;
  return Nanos{
      std::llround(static_cast<double>(frame.count) * 8e9 / static_cast<double>(rate.count))};
}

double mbit(BitsPerSecond rate) { return static_cast<double>(rate.count) / 1e6; }
double milliseconds(Nanos t) { return static_cast<double>(t.count()) / 1e6; }

std::string mbit_text(double mbits) { return fixed(mbits, mbits < 1 ? 3 : mbits < 10 ? 2 : 1); }

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

// --- sending ---

struct Stream {
  DatagramPath path;
  Nanos gap;         // between two datagrams
  Nanos catch_up{};  // late datagrams of this much time are still sent, at once
  Nanos quiet{};     // a packet that is under way arrives within this time
  Nanos next{};
};

void wait_for(const std::vector<Stream*>& streams, Nanos timeout) {
  std::vector<pollfd> ready;
  for (const Stream* stream : streams) ready.push_back({stream->path.receiver(), POLLIN, 0});
  const timespec limit = to_timespec(std::max(timeout, Nanos{0}));
  ppoll(ready.data(), ready.size(), &limit, nullptr);
}

// Sends on all streams at regular intervals, and returns when the last packets have arrived or must
// be lost.
void exchange(const std::vector<Stream*>& streams, Nanos duration) {
  constexpr int kClump = 64;  // the most datagrams between two reads, so that no buffer fills
  const Nanos start = now();
  for (Stream* stream : streams) stream->next = start;
  for (Nanos t = start; t < start + duration; t = now()) {
    Nanos next = start + duration;
    for (Stream* stream : streams) {
      for (int i = 0; i < kClump && stream->next <= t; ++i) {
        stream->path.send();
        stream->next = std::max(stream->next + stream->gap, t - stream->catch_up);
      }
      stream->path.receive();
      next = std::min(next, stream->next);
    }
    wait_for(streams, next - now());
  }
  Nanos quiet{};
  for (const Stream* stream : streams) quiet = std::max(quiet, stream->quiet);
  std::size_t arrived = 0;
  for (Nanos last = now(); now() < last + quiet;) {
    wait_for(streams, last + quiet - now());
    std::size_t all = 0;
    for (Stream* stream : streams) {
      stream->path.receive();
      all += stream->path.arrivals().size();
    }
    if (all > arrived) last = now();
    arrived = all;
  }
}

Stream make_stream(const World& world, std::size_t link, Direction direction,
                   const LinkModel& model, Bytes frame) {
  const auto open_at = [&world](Role role, const std::string& address) {
    return inside_netns(world.netns(role),
                        [&] { return open_datagram(Address::resolve(address, 0)); });
  };
  Fd client = open_at(Role::kClient, client_address(link));
  Fd server = open_at(Role::kServer, server_address(link));
  if (direction == Direction::kDown) std::swap(client, server);
  const Bytes payload{frame.count - kEthernetHeader.count - kDatagramHeaders.count};
  return {.path = DatagramPath(std::move(client), std::move(server), payload),
          .gap = 0ns,
          .quiet = model.delay + model.jitter + 2 * airtime(frame, model.rate) + 200ms};
}

void read_mtu(const std::vector<Stream*>& streams, std::vector<DirectionCheck>& checks) {
  for (std::size_t i = 0; i < checks.size(); ++i) checks[i].measured.mtu = streams[i]->path.mtu();
}

void measure_delay(const std::vector<Stream*>& streams, std::vector<DirectionCheck>& checks) {
  Nanos slowest{};
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const LinkModel& model = checks[i].configured;
    // Jitter does not reorder, so a probe that follows a late one closely would be late too, and
    // the median would exceed that of the jitter.
    streams[i]->gap = std::max({kDelayGap, 2 * model.jitter, 4 * airtime(kProbeFrame, model.rate)});
    slowest = std::max(slowest, streams[i]->gap);
  }
  exchange(streams, std::min(kLongestDelayPhase, kDelayProbes * slowest));
  for (std::size_t i = 0; i < checks.size(); ++i) {
    std::vector<Nanos> delays;
    for (const Arrival& arrival : streams[i]->path.arrivals())
      delays.push_back(arrival.arrived - arrival.sent);
    std::sort(delays.begin(), delays.end());
    checks[i].measured.delay_probes = static_cast<int>(delays.size());
    if (delays.empty()) continue;
    checks[i].measured.least_delay = delays.front();
    checks[i].measured.median_delay = delays[delays.size() / 2];
  }
}

void measure_loss(const std::vector<Stream*>& streams, std::vector<DirectionCheck>& checks) {
  for (std::size_t i = 0; i < checks.size(); ++i) {
    // At a fifth of the rate there is no queue.
    streams[i]->gap = std::max(kLossGap, 5 * airtime(kProbeFrame, checks[i].configured.rate));
  }
  exchange(streams, kLossTime);
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const DatagramPath& path = streams[i]->path;
    checks[i].measured.sent = static_cast<std::int64_t>(path.sent());
    checks[i].measured.lost =
        static_cast<std::int64_t>(path.sent() - path.arrivals().size() - path.overflowed());
  }
}

// A link that loses nearly everything cannot be filled.
bool can_be_filled(const LinkModel& model) {
  return model.rate.count > 0 && model.loss.mean <= 0.5;
}

// Here and in measure_rate(), one direction at a time: all together would exceed the power of some
// machines, and the result would describe the machine instead of the link.
void measure_loaded_delay(const World& world, std::size_t link, DirectionCheck& check) {
  const LinkModel& model = check.configured;
  if (!can_be_filled(model)) return;
  const Bytes frame = full_frame(model);
  Stream stream = make_stream(world, link, check.direction, model, frame);
  stream.gap = std::max(
      1ns, Nanos{std::llround(static_cast<double>(airtime(frame, model.rate).count()) / kLoad)});
  exchange({&stream}, std::clamp(kLoadFrames * stream.gap, kShortestLoad, kLongestLoad));
  std::vector<Nanos> delays;
  for (const Arrival& arrival : stream.path.arrivals())
    delays.push_back(arrival.arrived - arrival.sent);
  check.measured.loaded = loaded_delay(std::move(delays));
}

void measure_rate(const World& world, std::size_t link, DirectionCheck& check) {
  const LinkModel& model = check.configured;
  if (!can_be_filled(model)) return;
  const Bytes frame = full_frame(model);
  Stream stream = make_stream(world, link, check.direction, model, frame);
  const Nanos time = airtime(frame, model.rate);
  stream.gap = std::max(Nanos{1}, Nanos{std::llround(static_cast<double>(time.count()) *
                                                     (1 - model.loss.mean) / kOverload)});
  stream.catch_up = kCatchUp;
  exchange({&stream}, std::clamp(kFloodFrames * time, kFloodTime, kLongestFlood));
  std::vector<Nanos> arrivals;
  for (const Arrival& arrival : stream.path.arrivals()) arrivals.push_back(arrival.arrived);
  check.measured.rate = rate_of(arrivals, frame);
}

}  // namespace

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

std::vector<std::string> deviations(const LinkModel& configured, const Measured& m) {
  std::vector<std::string> clauses;
  if (m.rate &&
      std::abs(mbit(*m.rate) - mbit(configured.rate)) > kRateTolerance * mbit(configured.rate)) {
    clauses.push_back(fmt::format("the rate is {} Mbit/s instead of {}", mbit_text(mbit(*m.rate)),
                                  number(mbit(configured.rate))));
  }
  if (m.mtu != configured.mtu) {
    clauses.push_back(
        fmt::format("the MTU is {} bytes instead of {}", m.mtu.count, configured.mtu.count));
  }
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
        (configured.jitter == 0ns && m.least_delay > expected + kLeastLate)) {
      refuse("least", m.least_delay);
    } else if (m.median_delay < expected - luck - kEarly ||
               m.median_delay > expected + luck + kLate) {
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

bool has_standard_mtu(const DirectionCheck& check) {
  return check.configured.mtu == kStandardMtu && check.measured.mtu == kStandardMtu;
}

Row check_row(const DirectionCheck& check, bool shows_mtu, bool is_off) {
  const LinkModel& c = check.configured;
  const Measured& m = check.measured;
  const bool arrived = m.delay_probes > 0;
  const std::string rate = c.rate.count > 0 ? number(mbit(c.rate)) : "no limit";
  return {check.link,
          way(check.direction),
          shows_mtu ? fmt::format("{} ({})", m.mtu.count, c.mtu.count) : "-",
          fmt::format("{} ({})", m.rate ? mbit_text(mbit(*m.rate)) : "-", rate),
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
  table.columns = {word("link"),     word("way"),        word("mtu"),       word("rate Mbit/s"),
                   word("delay ms"), word("least ms"),   word("loaded ms"), word("p99 ms"),
                   word("lost"),     word("tcp Mbit/s"), word("verdict")};
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

namespace {

// Bulk transfers, and the sentence about them.
std::string measure_tcp(const World& world, bool mptcp, std::vector<DirectionCheck>& checks) {
  const std::optional<Iperf3> iperf3 = find_iperf3();
  if (!iperf3) return "iperf3 is not installed, so there are no bulk transfers.";
  for (std::size_t i = 0; i < checks.size(); ++i)
    checks[i].tcp_bps = iperf3_over_link(*iperf3, world, i / 2, checks[i].direction);
  std::string over_all;
  if (iperf3->mptcp && mptcp) {
    const auto text = [&](Direction direction) -> std::string {
      const std::optional<double> bps = iperf3_over_all(*iperf3, world, direction);
      return bps ? fmt::format("{} Mbit/s", mbit_text(*bps / 1e6)) : "nothing";
    };
    const std::string up = text(Direction::kUp);
    over_all = fmt::format("; MPTCP over all links: {} up, {} down", up, text(Direction::kDown));
  }
  return fmt::format("tcp: goodput of a bulk transfer of 2 s by iperf3 {}{}.", iperf3->version,
                     over_all);
}

}  // namespace

CheckReport check_links(const WorldOptions& options) {
  const World world(options);
  std::vector<DirectionCheck> checks;
  for (const LinkSpec& link : options.scenario.links) {
    checks.push_back({link.name, Direction::kUp, link.up, {}, {}});
    checks.push_back({link.name, Direction::kDown, link.down, {}, {}});
  }
  for (const auto measure : {read_mtu, measure_delay, measure_loss}) {
    std::vector<Stream> streams;
    for (std::size_t i = 0; i < checks.size(); ++i) {
      streams.push_back(
          make_stream(world, i / 2, checks[i].direction, checks[i].configured, kProbeFrame));
    }
    std::vector<Stream*> all;
    for (Stream& stream : streams) all.push_back(&stream);
    measure(all, checks);
  }
  for (std::size_t i = 0; i < checks.size(); ++i) {
    measure_loaded_delay(world, i / 2, checks[i]);
    measure_rate(world, i / 2, checks[i]);
  }
  const std::string tcp = measure_tcp(world, options.mptcp, checks);
  const bool ok = std::all_of(checks.begin(), checks.end(), [](const DirectionCheck& c) {
    return deviations(c.configured, c.measured).empty();
  });
  const std::string title =
      fmt::format("{} (links by {}): measured (configured)\n\n",
                  for_terminal(options.scenario.name), to_text(options.backend));
  return {title + to_text(check_table(checks)) + "\n" +
              line_of("loaded ms: mean delay of full frames at half the rate; p99 ms: their 99th "
                      "percentile.") +
              line_of(tcp),
          ok};
}

}  // namespace mpb
