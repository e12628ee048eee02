#include "tools/link_check.hh"

#include <fmt/format.h>
#include <poll.h>
#include <time.h>

#include <algorithm>
#include <cmath>

#include "net/datagram.hh"
#include "output/table.hh"
#include "sys/escape.hh"
#include "sys/namespace.hh"
#include "tools/iperf3.hh"
#include "tools/link_deviations.hh"
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

// Each flow of a link with a cap per flow has sockets of its own. A line that more would have to
// fill is not filled.
constexpr int kMostFlows = 64;

constexpr int kDelayProbes = 100;
constexpr Nanos kDelayGap = 10ms;
constexpr Nanos kLongestDelayPhase = 3s;

constexpr double kLoad = 0.5;
constexpr int kLoadFrames = 1500;  // enough for a p99 even if some are lost or sent late
constexpr Nanos kShortestLoad = 300ms;
constexpr Nanos kLongestLoad = 2500ms;

// A trace is followed for this long, or once.
constexpr Nanos kTraceTime = 4s;
constexpr Nanos kTraceBlur = 10ms;  // of the emulator and of this process
constexpr int kTraceLead = 20;      // frames that wait at its start

constexpr Nanos kLossTime = 2500ms;
constexpr Nanos kLossGap = 500us;

// The clock of the arrivals.
Nanos realtime_now() {
  timespec ts;
  clock_gettime(CLOCK_REALTIME, &ts);
  return Nanos{ts.tv_sec * 1'000'000'000LL + ts.tv_nsec};
}

struct Stream {
  DatagramPath path;
  Nanos gap;         // between two datagrams
  Nanos catch_up{};  // late datagrams of this much time are still sent, at once
  Nanos quiet{};     // a packet that is under way arrives within this time
  Nanos offset{};    // of the first datagram
  Nanos next{};
};

void wait_for(const std::vector<Stream*>& streams, Nanos timeout) {
  std::vector<pollfd> ready;
  for (const Stream* stream : streams) ready.push_back({stream->path.receiver(), POLLIN, 0});
  const timespec limit = to_timespec(std::max(timeout, Nanos{0}));
  ppoll(ready.data(), ready.size(), &limit, nullptr);
}

// Returns when the last packets have arrived or must be lost.
void drain(const std::vector<Stream*>& streams) {
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

constexpr int kClump = 64;  // the most datagrams between two reads, so that no buffer fills

// Sends on all streams at regular intervals, and drains them.
void exchange(const std::vector<Stream*>& streams, Nanos duration) {
  const Nanos start = now();
  for (Stream* stream : streams) stream->next = start + stream->offset;
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
  drain(streams);
}

// Including the pause that a trace may have.
Nanos longest_delay(const LinkModel& model) {
  if (!model.trace.data) return model.delay;
  return std::max(model.delay, model.trace.data->most_delay()) + model.trace.data->longest_pause();
}

Stream make_stream(const World& world, std::size_t link, Direction direction,
                   const LinkModel& model, Bytes frame) {
  const auto open_at = [&world](const Place& place, const std::string& address) {
    return inside_netns(world.netns(place),
                        [&] { return open_datagram(Address::resolve(address, 0)); });
  };
  Fd client = open_at(world.client_of(link), client_address(link));
  Fd server = open_at(Role::kServer, server_address(link));
  if (direction == Direction::kDown) std::swap(client, server);
  const Bytes payload{frame.count - kEthernetHeader.count - kDatagramHeaders.count};
  return {.path = DatagramPath(std::move(client), std::move(server), payload),
          .gap = 0ns,
          .quiet = longest_delay(model) + model.jitter +
                   2 * airtime(frame, single_flow_rate(model)) + 200ms};
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
    streams[i]->gap =
        std::max({kDelayGap, 2 * model.jitter, 4 * airtime(kProbeFrame, single_flow_rate(model))});
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
    const LinkModel& model = checks[i].configured;
    streams[i]->gap = std::max(kLossGap, 5 * airtime(kProbeFrame, single_flow_rate(model)));
    if (!model.trace.data) continue;
    // In a pause of the trace the probes wait, and must not fill the queue.
    const std::int64_t room = model.queue.bytes.count > 0
                                  ? model.queue.bytes.count / kProbeFrame.count
                                  : model.queue.packets;
    const BitsPerSecond rate = model.trace.data->mean_rate(model.mtu);
    streams[i]->gap = std::max({kLossGap, 5 * airtime(kProbeFrame, rate),
                                room > 0 ? 2 * model.trace.data->longest_pause() / room : 0ns});
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
  return model.rate.count > 0 && model.loss.mean <= 0.5 && flows_to_fill(model) <= kMostFlows;
}

// Full frames of as many flows as fill the link, evenly spaced: one every `gap`, in turns. Returns
// the frames that arrived, by their time of arrival.
std::vector<Arrival> send_frames(const World& world, std::size_t link, const DirectionCheck& check,
                                 int flows, Nanos gap, Nanos catch_up, Nanos duration) {
  std::vector<Stream> streams;
  for (int i = 0; i < flows; ++i) {
    Stream& stream = streams.emplace_back(
        make_stream(world, link, check.direction, check.configured, full_frame(check.configured)));
    stream.gap = flows * gap;
    stream.catch_up = catch_up;
    stream.offset = i * gap;
  }
  std::vector<Stream*> all;
  for (Stream& stream : streams) all.push_back(&stream);
  mpb::exchange(all, duration);  // not std::exchange()
  std::vector<Arrival> arrivals;
  for (const Stream& stream : streams) {
    const std::vector<Arrival>& its = stream.path.arrivals();
    arrivals.insert(arrivals.end(), its.begin(), its.end());
  }
  std::sort(arrivals.begin(), arrivals.end(),
            [](const Arrival& a, const Arrival& b) { return a.arrived < b.arrived; });
  return arrivals;
}

// The rate of a flood that offers more than `rate` for each of its flows together.
BitsPerSecond flood(const World& world, std::size_t link, const DirectionCheck& check, int flows,
                    BitsPerSecond rate) {
  const Bytes frame = full_frame(check.configured);
  const Nanos time = airtime(frame, rate);
  const Nanos gap =
      std::max(Nanos{1}, Nanos{std::llround(static_cast<double>(time.count()) *
                                            (1 - check.configured.loss.mean) / kOverload)});
  std::vector<Nanos> arrivals;
  for (const Arrival& arrival :
       send_frames(world, link, check, flows, gap, kCatchUp,
                   std::clamp(kFloodFrames * time, kFloodTime, kLongestFlood)))
    arrivals.push_back(arrival.arrived);
  return rate_of(arrivals, frame);
}

// Here and in measure_rate(), one direction at a time: all together would exceed the power of some
// machines, and the result would describe the machine instead of the link.
void measure_loaded_delay(const World& world, std::size_t link, DirectionCheck& check) {
  const LinkModel& model = check.configured;
  if (!can_be_filled(model)) return;
  const Nanos time = airtime(full_frame(model), model.rate);
  const Nanos gap = std::max(1ns, Nanos{std::llround(static_cast<double>(time.count()) / kLoad)});
  std::vector<Nanos> delays;
  for (const Arrival& arrival :
       send_frames(world, link, check, flows_to_fill(model), gap, 0ns,
                   std::clamp(kLoadFrames * gap, kShortestLoad, kLongestLoad)))
    delays.push_back(arrival.arrived - arrival.sent);
  check.measured.loaded = loaded_delay(std::move(delays));
}

// Lets the trace start, and offers one and a half times its capacity all along.
void measure_trace(World& world, std::size_t link, DirectionCheck& check) {
  const LinkModel& model = check.configured;
  const Trace& trace = *model.trace.data;
  const Bytes frame = full_frame(model);
  Stream stream = make_stream(world, link, check.direction, model, frame);
  const Nanos length = std::clamp(trace.period(), kFloodTime, kTraceTime);
  const Nanos start = now();
  const Nanos to_realtime = realtime_now() - start;
  world.start_traces(start);
  for (Nanos t = start; t < start + length; t = now()) {
    const double offered = kOverload * trace.capacity(0ns, t - start, model.mtu);
    const auto due =
        static_cast<std::uint64_t>(offered / static_cast<double>(frame.count)) + kTraceLead;
    for (int i = 0; i < kClump && stream.path.sent() < due; ++i) stream.path.send();
    stream.path.receive();
    wait_for({&stream}, 200us);
  }
  drain({&stream});
  std::vector<Nanos> arrivals;
  for (const Arrival& arrival : stream.path.arrivals())
    arrivals.push_back(arrival.arrived - to_realtime - start - model.delay);
  const Nanos blur = kTraceBlur + 2 * model.jitter +
                     (trace.has_delay() ? trace.most_delay() - trace.least_delay() : 0ns);
  check.measured.parts = parts_of(trace, model.mtu, length, blur, arrivals);
  double sum = 0;
  for (const TracePart& part : check.measured.parts) sum += part.carried_bps;
  check.measured.rate = {std::llround(sum / static_cast<double>(check.measured.parts.size()))};
}

void measure_rate(World& world, std::size_t link, DirectionCheck& check) {
  const LinkModel& model = check.configured;
  if (model.trace.data) {
    // A cap per flow would hold the single flow of the flood below the trace.
    if (model.flow_rate.count == 0 && model.loss.mean <= 0.5) measure_trace(world, link, check);
    return;
  }
  if (can_be_filled(model))
    check.measured.rate = flood(world, link, check, flows_to_fill(model), model.rate);
  if (model.flow_rate.count > 0 && model.loss.mean <= 0.5)
    check.measured.flow_rate = flood(world, link, check, 1, single_flow_rate(model));
}

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
    const Place last = world.client_of(checks.size() / 2 - 1);
    over_all =
        fmt::format("; MPTCP over all links{}: {} up, {} down",
                    last.client > 1 ? " of the first client" : "", up, text(Direction::kDown));
  }
  return fmt::format("tcp: goodput of a bulk transfer of 2 s by iperf3 {}{}.", iperf3->version,
                     over_all);
}

// The model of a direction as the probes meet it: with a trace, its least delay, and its mean loss
// while losses are measured from its start.
LinkModel as_checked(LinkModel model) {
  if (!model.trace.data) return model;
  const Trace& trace = *model.trace.data;
  if (trace.has_delay()) model.delay = trace.least_delay();
  if (trace.has_loss()) model.loss.mean = trace.mean_loss(0ns, kLossTime);
  return model;
}

}  // namespace

CheckReport check_links(const WorldOptions& options) {
  World world(options);
  std::vector<DirectionCheck> checks;
  for (const LinkSpec& link : options.scenario.links) {
    checks.push_back({link.name, Direction::kUp, as_checked(link.up), {}, {}});
    checks.push_back({link.name, Direction::kDown, as_checked(link.down), {}, {}});
  }
  for (const auto measure : {read_mtu, measure_delay, measure_loss}) {
    std::vector<Stream> streams;
    for (std::size_t i = 0; i < checks.size(); ++i) {
      streams.push_back(
          make_stream(world, i / 2, checks[i].direction, checks[i].configured, kProbeFrame));
    }
    std::vector<Stream*> all;
    for (Stream& stream : streams) all.push_back(&stream);
    world.start_traces(now());
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
