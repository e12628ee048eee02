#include "experiment/replica.hh"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <sstream>

#include "emu/traces.hh"
#include "experiment/capture.hh"
#include "experiment/commands.hh"
#include "experiment/judge.hh"
#include "experiment/judge_host.hh"
#include "experiment/line_child.hh"
#include "experiment/load_process.hh"
#include "experiment/readings.hh"
#include "experiment/run.hh"
#include "experiment/store_talk.hh"
#include "net/counters.hh"
#include "net/sock_diag.hh"
#include "sys/cpu.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/interrupt.hh"
#include "sys/virtual_time.hh"
#include "world/world.hh"

namespace mpb {

namespace {

constexpr Nanos kSampleEvery = 2ms;
constexpr Nanos kReadLinksEvery = 5ms;
constexpr Nanos kSyncTimeout = 300s;
// The replica of Valkey 9 checks only once a second whether its other thread has received
// everything. Meanwhile the links carry a few packets of acknowledgements: at most this number of
// bytes.
constexpr std::int64_t kAfterTransfer = 4096;
constexpr Nanos kCatchUpTimeout = 30s;

using Words = std::vector<std::string>;

// Without the delay of 0, a primary waits five seconds for further replicas before it begins to
// send, which would be part of every figure.
const Words kPrimaryWords{"--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0"};

// Under mptcpize and mptcpify every socket is MPTCP, without an option.
Words replica_words(const StoreChoice& store, bool mptcp) {
  return mptcp && !store.needs_no_option() ? Words{"--repl-mptcp", "yes"} : Words{};
}

std::int64_t number_of(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// The options for the commands of a run, with the keys that make up the data.
ExperimentOptions with_keys(ExperimentOptions options, const Cell& cell) {
  options.workload.keyspace = replica_keys(options.workload, cell.size);
  options.timeline = 0ns;  // the SETs are not measured
  return options;
}

// The local addresses of the MPTCP subflows of the replica's connection to the primary.
std::set<std::string> subflow_addresses(int netns_fd) {
  std::set<std::string> addresses;
  for (const TcpSocket& socket : inside_netns(netns_fd, established_sockets)) {
    if (socket.mptcp && socket.remote_port == kStorePort) addresses.insert(socket.local);
  }
  return addresses;
}

Counters counters_in(int netns_fd) { return inside_netns(netns_fd, protocol_counters); }

class ReplicaRun {
 public:
  ReplicaRun(const ExperimentOptions& options, const Cell& cell, const RunContext& context,
             Run& run)
      : options_(options),
        cell_(cell),
        context_(context),
        run_(run),
        commands_(replica_commands(options, cell)),
        mptcp_(client_transport(cell.proto) == Transport::kMptcp),
        world_((context.observe("building the links", 0, 0), world_of(options, cell))),
        primary_((context.observe("starting primary and replica", 0, 0), options.store),
                 store_transport(cell.proto), server(), kStorePort, kPrimaryWords),
        replica_(options.store, client_transport(cell.proto), client(), kStorePort,
                 replica_words(options.store, mptcp_)) {}

  void measure(Evidence* evidence) {
    if (needs_mptcp(cell_.proto) && !primary_.listens_on_mptcp())
      invalid(listener_reason(options_.store));
    for (const Words& argv :
         {world_.emulator_command(), world_.path_manager_command(), primary_.command(),
          replica_.command(), commands_.fill, commands_.replicaof, commands_.load}) {
      if (!argv.empty()) run_.commands.push_back(shown_text(argv));
    }
    if (evidence != nullptr) *evidence = {world_.namespaces(), primary_.configuration()};
    context_.observe("filling the primary", 0, 0);
    run_helper(commands_.fill, server(), "filling the primary",
               helper_timeout(replica_keys(options_.workload, cell_.size)));
    const Counters before = counters_in(client());
    world_.reset_lateness();
    synchronise();
    for (const Role role : {Role::kClient, Role::kServer})
      note_congestion_controls(inside_netns(world_.netns(role), established_sockets), to_text(role),
                               run_);
    const std::size_t subflows = subflow_addresses(client()).size();
    lag();
    note_emulator(world_.emulator_snapshot(), run_);
    prove(before, std::min(subflows, subflow_addresses(client()).size()));
    for (const std::vector<std::string>& faults : {world_.stray_losses(), world_.wrong_settings()})
      run_.invalid_reasons.insert(run_.invalid_reasons.end(), faults.begin(), faults.end());
  }

  World& world() { return world_; }

  std::string trouble() {
    if (const auto ended = primary_.ended())
      return fmt::format("the primary died: it {}; its last output: {}", ended->text(),
                         primary_.last_words());
    if (const auto ended = replica_.ended())
      return fmt::format("the replica died: it {}; its last output: {}", ended->text(),
                         replica_.last_words());
    return world_.broken();
  }

 private:
  int server() const { return world_.netns(Role::kServer); }
  int client() const { return world_.netns(Role::kClient); }
  std::int64_t keys() const {
    return static_cast<std::int64_t>(replica_keys(options_.workload, cell_.size));
  }
  void invalid(std::string why) { run_.invalid_reasons.push_back(std::move(why)); }

  void stop_when_asked_or_broken() {
    stop_if_interrupted();
    if (const std::string why = trouble(); !why.empty()) throw RunFailed(why);
  }

  void synchronise() {
    StoreTalk talk(client(), kStorePort);
    const std::vector<LinkTraffic> before = world_.traffic();
    const std::pair<Counters, Counters> counted{counters_in(client()), counters_in(server())};
    const Child* const emulator = world_.emulator_process();
    const Nanos primary_cpu = cpu_time(primary_.process().pid());
    const Nanos emulator_cpu = emulator ? cpu_time(emulator->pid()) : Nanos{0};
    const Nanos started = begin_aligned();
    talk.ask({"REPLICAOF", server_address(0), std::to_string(kStorePort)});
    if (!talk.error().empty())
      throw RunFailed(fmt::format("the replica refused REPLICAOF: {}", talk.error()));
    std::vector<std::pair<Nanos, std::int64_t>> received;
    const auto read_links = [&] {
      std::int64_t bytes = 0;
      for (const LinkTraffic& link : world_.traffic()) bytes += link.client_rx_bytes;
      received.emplace_back(now(), bytes);
    };
    while (info_field(talk.ask({"INFO", "replication"}), "master_link_status") != "up") {
      if (received.empty() || now() - received.back().first > kReadLinksEvery) read_links();
      stop_when_asked_or_broken();
      const Nanos so_far = now() - started;
      context_.observe(fmt::format("synchronising, {} s", so_far / 1s), 0, 0);
      if (so_far > kSyncTimeout)
        throw RunFailed(fmt::format("the replica has not synchronised within {}: {}",
                                    to_text(kSyncTimeout), replica_.last_words()));
      const timespec pause = to_timespec(kSampleEvery);
      nanosleep(&pause, nullptr);
    }
    const Nanos took = now() - started;
    read_links();
    run_.links = difference(before, world_.traffic());
    run_.kernel["client"] = difference(counted.first, counters_in(client()));
    run_.kernel["server"] = difference(counted.second, counters_in(server()));
    run_.store_pct = cpu_percent(cpu_time(primary_.process().pid()) - primary_cpu, took);
    if (emulator) run_.emulator_pct = cpu_percent(cpu_time(emulator->pid()) - emulator_cpu, took);
    // "db0:keys=16384,expires=0,..."
    const std::string database = info_field(talk.ask({"INFO", "keyspace"}), "db0");
    const std::int64_t arrived =
        number_of(database.substr(std::min<std::size_t>(5, database.size())));
    if (arrived != keys()) invalid(fmt::format("the replica has {} of {} keys", arrived, keys()));
    const Nanos transfer = carried_by(received, kAfterTransfer) - started;
    Replication result;
    result.sync_s = seconds(took);
    result.transfer_s = seconds(transfer);
    result.data_bytes = keys() * run_.value_bytes;
    run_.outcome.duration = transfer;
    run_.outcome.requests = static_cast<std::uint64_t>(keys());
    run_.outcome.payload_bytes = static_cast<std::uint64_t>(result.data_bytes);
    run_.throughput_rps = run_.outcome.throughput_rps();
    result.transfer_bps = run_.goodput_bps = run_.outcome.goodput_bps();
    run_.replication = result;
  }

  void lag() {
    StoreTalk primary(server(), kStorePort);
    StoreTalk replica(client(), kStorePort);
    LineChild load(commands_.load, server());
    std::vector<OffsetSample> samples;
    std::optional<Nanos> from, to;
    std::optional<Outcome> outcome;
    const Nanos deadline =
        now() + options_.workload.warmup + options_.workload.duration + kCatchUpTimeout;
    Nanos next = now();
    while (!outcome || samples.back().replica < samples.back().primary) {
      stop_when_asked_or_broken();
      if (now() > deadline) {
        invalid(outcome ? fmt::format("the replica had not caught up {} after the SETs",
                                      to_text(kCatchUpTimeout))
                        : "the SETs did not end in time");
        break;
      }
      const std::string of_replica = replica.ask({"INFO", "replication"});
      const std::string of_primary = primary.ask({"INFO", "replication"});
      if (info_field(of_replica, "master_link_status") != "up") {
        invalid(fmt::format("the replica lost its connection to the primary during the SETs: {}",
                            replica_.last_words()));
        break;
      }
      samples.push_back({now(), number_of(info_field(of_primary, "master_repl_offset")),
                         number_of(info_field(of_replica, "slave_repl_offset"))});
      next = std::max(next + kSampleEvery, now());
      if (outcome) {
        const timespec pause = to_timespec(std::max(next - now(), Nanos{0}));
        nanosleep(&pause, nullptr);
        continue;
      }
      while (const std::optional<std::string> line =
                 load.lines->next(std::max(next - now(), Nanos{0}))) {
        std::variant<LoadEvent, LoadReport> message = parse_load_line(*line);
        if (LoadReport* end = std::get_if<LoadReport>(&message)) {
          outcome = std::move(end->outcome);
          break;
        }
        const LoadEvent::Kind kind = std::get<LoadEvent>(message).kind;
        if (kind == LoadEvent::Kind::kMeasuring) from = now();
        if (kind == LoadEvent::Kind::kMeasured) to = now();
        if (from) context_.observe("measuring the lag", seconds(now() - *from), 0);
      }
      if (!outcome && load.lines->ended()) {
        invalid(fmt::format("the SETs ended early: {}", tail_of(load.log.get(), 300)));
        return;
      }
    }
    if (outcome) judge_sets(*outcome);
    if (!from || !to)
      return invalid(
          "the lag was not measured: the load generator did not report the start and the end of "
          "the window");
    record_lag(lag_of(samples, *from, *to));
  }

  void record_lag(const Lag& lag) {
    run_.replication->lag_samples = static_cast<std::int64_t>(lag.bytes.size());
    if (!lag.bytes.empty()) run_.replication->lag_bytes = spread_of(lag.bytes);
    if (!lag.ns.empty()) run_.replication->lag_ns = spread_of(lag.ns);
    if (lag.bytes.empty() || lag.ns.empty())
      invalid("the lag was not measured: the window contains no sample");
  }

  void judge_sets(const Outcome& outcome) {
    run_.outcome.errors = outcome.errors;
    run_.outcome.cpu_pct = outcome.cpu_pct;
    if (outcome.lost() > 0) invalid(fmt::format("{} SETs at the primary failed", outcome.lost()));
    if (static_cast<double>(outcome.unsent) >
        0.01 * static_cast<double>(outcome.requests + outcome.censored)) {
      invalid(fmt::format("the primary did not take the SETs at their rate: {} were never sent",
                          outcome.unsent));
    }
  }

  void prove(const Counters& before, std::size_t subflows) {
    if (!mptcp_) {
      if (subflows > 0) invalid("the replica's connection is MPTCP, not TCP");
      return;
    }
    const MptcpCounters seen = mptcp_counters(difference(before, counters_in(client())));
    const std::int64_t fallen = std::max(seen.fallbacks, seen.asked - seen.answered);
    run_.mptcp = {static_cast<int>(seen.asked), static_cast<int>(fallen),
                  static_cast<int>(subflows), static_cast<int>(subflows), 0};
    const auto expected = static_cast<std::size_t>(
        expected_subflows(cell_.proto, options_, options_.scenario.links_per_client()));
    run_.mptcp.complete = subflows >= expected ? 1 : 0;
    if (seen.asked == 0) {
      invalid("the replica did not request MPTCP");
    } else if (fallen > 0) {
      invalid("the replica's connection fell back to TCP");
    } else if (subflows < expected) {
      invalid(fmt::format("the replica's connection had {} of {} subflows", subflows, expected));
    }
  }

  const ExperimentOptions& options_;
  const Cell& cell_;
  const RunContext& context_;
  Run& run_;
  ReplicaCommands commands_;
  bool mptcp_;
  World world_;
  Store primary_;
  Store replica_;
};

}  // namespace

void check_replica(const ExperimentOptions& options) {
  const auto refuse = [](const std::string& why) {
    throw BadInput(fmt::format("workload replica-sync: {}", why));
  };
  if (options.target)
    refuse("it starts its own primary and replica, so it does not go with --target");
  if (options.store.kind == StoreKind::kBuiltin) {
    refuse(
        "the built-in store does not replicate; run: apt-get install redis-server mptcpize, or "
        "install Valkey 9 or later");
  }
  if (!values(options.vary, "ip").empty())
    refuse("it has replicated over IPv4 only so far; leave out --ip");
  if (options.scenario.clients > 1)
    refuse(fmt::format("one replica copies from one primary, but {} has {} clients",
                       options.scenario.name, options.scenario.clients));
  if (!options.scenario.events.empty())
    refuse(
        fmt::format("it needs links that do not change, but {} has events", options.scenario.name));
  if (const LinkSpec* link = link_with_trace(options.scenario.links))
    refuse(fmt::format("it needs links that do not change, but {} has a trace", link->name));
  if (std::count(options.protos.begin(), options.protos.end(), Proto::kTcpSplit) > 0) {
    refuse(
        "replication uses one connection, which cannot be spread over the links; leave out --proto "
        "tcp-split");
  }
  if (options.rates.size() > 1 || needs_probes(options))
    refuse("the lag of the replica is measured under SETs at one rate; give one --rate");
  if (!options.workload.rate)
    refuse(
        "the lag of the replica is measured under SETs at a rate; give --rate, or \"rate\" in the "
        "workload");
  if (options.workload.ops != std::vector<Op>{Op{0}})
    refuse("only SETs are replicated; leave --op out, or write \"ops\": [\"set\"]");
  for (const ValueSize& size : options.workload.sizes) {
    if (replica_keys(options.workload, size) == 0)
      refuse(fmt::format("the data is smaller than one value of {}", to_text(size)));
  }
}

std::uint64_t replica_keys(const Workload& workload, const ValueSize& size) {
  return static_cast<std::uint64_t>(static_cast<double>(workload.data.count) / size.mean());
}

ReplicaCommands replica_commands(const ExperimentOptions& options, const Cell& cell) {
  const ExperimentOptions own = with_keys(options, cell);
  ReplicaCommands commands;
  commands.primary = store_command(options.store, store_transport(cell.proto), kStorePort);
  commands.primary.insert(commands.primary.end(), kPrimaryWords.begin(), kPrimaryWords.end());
  commands.replica = store_command(options.store, client_transport(cell.proto), kStorePort);
  const Words more =
      replica_words(options.store, client_transport(cell.proto) == Transport::kMptcp);
  commands.replica.insert(commands.replica.end(), more.begin(), more.end());
  commands.fill = fill_command(own, cell);
  commands.replicaof = {"redis-cli",
                        "-p",
                        std::to_string(kStorePort),
                        "replicaof",
                        server_address(0),
                        std::to_string(kStorePort)};
  // In the primary's namespace its address is local, so the SETs go over loopback.
  Cell sets = cell;
  sets.proto = Proto::kTcp;
  commands.load = load_command(own, sets, 0);
  return commands;
}

Run run_replica(const ExperimentOptions& options, const Cell& cell, const RunContext& context,
                Evidence* evidence) {
  Run run = new_run(options, cell);
  run.connections = run.threads = run.pipeline = 1;
  run.arrivals = "closed";
  run.rate_rps.reset();
  begin_aligned();
  ReplicaRun replica(options, cell, context, run);
  try {
    replica.measure(evidence);
  } catch (const RunFailed& error) {
    const std::string why = replica.trouble();
    run.invalid_reasons.push_back(why.empty() ? error.what() : why);
  }
  if (!options.capture.empty()) end_capture(replica.world(), std::nullopt, run);
  if (in_virtual_time()) forget_cpu(run);
  judge_cpu(run);
  judge_gaps(run);
  // The resolution of the lag is the time between two samples.
  judge_lateness(std::max(kSampleEvery, base_latency(options, cell)), run);
  judge_congestion_control(options.congestion, run);
  return run;
}

Lag lag_of(const std::vector<OffsetSample>& samples, Nanos from, Nanos to) {
  Lag lag;
  // The first sample at which the replica had the primary's data of sample i. It never decreases.
  std::size_t arrived = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    arrived = std::max(arrived, i);
    while (arrived < samples.size() && samples[arrived].replica < samples[i].primary) ++arrived;
    if (samples[i].at < from || samples[i].at > to) continue;
    lag.bytes.push_back(std::max<std::int64_t>(0, samples[i].primary - samples[i].replica));
    if (arrived < samples.size()) lag.ns.push_back((samples[arrived].at - samples[i].at).count());
  }
  return lag;
}

Nanos carried_by(const std::vector<std::pair<Nanos, std::int64_t>>& received, std::int64_t rest) {
  for (const auto& [at, bytes] : received) {
    if (bytes >= received.back().second - rest) return at;
  }
  return {};
}

Spread spread_of(std::vector<std::int64_t> values) {
  std::sort(values.begin(), values.end());
  const auto rank = [&values](double q) {
    return values[static_cast<std::size_t>(
                      std::max(1.0, std::ceil(q * static_cast<double>(values.size())))) -
                  1];
  };
  Spread spread{rank(0.5), {}, values.back()};
  if (values.size() >= 1000) spread.p99 = rank(0.99);
  return spread;
}

MptcpCounters mptcp_counters(const Counters& grown) {
  MptcpCounters counters;
  for (const auto& [name, by] : grown) {
    if (name == "MPTcpExtMPCapableSYNTX") counters.asked += by;
    if (name == "MPTcpExtMPCapableSYNACKRX") counters.answered += by;
    if (name.rfind("MPTcpExt", 0) == 0 && name.find("Fallback") != std::string::npos)
      counters.fallbacks += by;
  }
  return counters;
}

}  // namespace mpb
