#include <fmt/format.h>

#include <memory>
#include <numeric>
#include <utility>

#include "cmd/cmd.hh"
#include "cmd/load_options.hh"
#include "experiment/plan.hh"
#include "experiment/store_under_test.hh"
#include "load/events.hh"
#include "load/resp.hh"
#include "load/secret.hh"
#include "load/split.hh"
#include "output/table.hh"
#include "sys/error.hh"
#include "sys/interrupt.hh"
#include "sys/numbers.hh"
#include "sys/output.hh"
#include "sys/privileges.hh"

namespace mpb {

namespace {

struct LoadCommandOptions {
  std::vector<std::string> hosts{"127.0.0.1"}, marks;
  std::vector<int> split;
  std::string proto = "tcp", op = "get", size = "4k", timeline = "off", auth_env, auth_file, part;
  LoadTexts load;
  std::uint16_t port = 6379;
  double rate = 0;
  bool fill = false, cleanup = false, events = false, json = false;
  LoadSpec spec;
};

// Mean and quantiles of every measured latency.
Table latency_table(const Outcome& o) {
  Table table;
  table.keys = 1;
  table.columns = {word("latency"),     number_of("mean ms"),  number_of("p50 ms"),
                   number_of("p99 ms"), number_of("p99.9 ms"), number_of("max ms")};
  for (const auto& [name, latency] : {std::pair{"first byte", &o.first_byte},
                                      {"last byte", &o.last_byte},
                                      {"response", &o.response},
                                      {"send delay", &o.send_delay}}) {
    if (latency->count() == 0) continue;
    Row row{name, fixed(latency->mean() / 1e6, 3)};
    for (const double q : {0.5, 0.99, 0.999})
      row.push_back(fixed(seconds(latency->quantile(q)) * 1e3, 3));
    row.push_back(fixed(seconds(latency->max()) * 1e3, 3));
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string text_of(const LoadSpec& spec, const Outcome& o) {
  std::string text = fmt::format(
      "{} {} {} over {}: {} req/s, {} Mbit/s of values, {} requests in {} s\n", spec.address.text(),
      to_text(spec.op), to_text(spec.size), to_text(spec.transport), fixed(o.throughput_rps(), 1),
      fixed(o.goodput_bps() / 1e6, 2), o.requests, fixed(seconds(o.duration), 2));
  if (const std::string latencies = to_text(latency_table(o)); !latencies.empty())
    text += fmt::format("\n{}\n", latencies);
  const auto count = [&](std::string_view name, std::uint64_t n) {
    if (n != 0) text += fmt::format("{}: {}\n", name, n);
  };
  for (std::size_t i = 0; i < kLosses; ++i) count(to_text(static_cast<Loss>(i)), o.errors[i]);
  count("misses", o.misses);
  count("reconnects", o.reconnects);
  if (o.ended_connections) {
    count("connections that ended in the window", o.ended_connections->connections);
    count("of them with all subflows", o.ended_connections->complete);
    count("of them fallen back to TCP", o.ended_connections->fallbacks);
  }
  count("unfinished at the end", o.censored);
  if (spec.transport == Transport::kMptcp) {
    const MptcpProof& end = o.mptcp_end;
    text += fmt::format("mptcp: {} connections, {} fell back to TCP, {} to {} subflows\n",
                        end.connections, end.fallbacks, end.subflows_min, end.subflows_max);
  }
  return text;
}

std::vector<int> split_of_options(const LoadCommandOptions& o) {
  if (o.split.empty()) return {};
  const std::int64_t sum = std::accumulate(o.split.begin(), o.split.end(), std::int64_t{0});
  const int connections = o.spec.connections_of_part();
  if (o.split.size() != o.hosts.size() || sum != connections) {
    throw BadInput(fmt::format(
        "--split: has {} numbers with the sum {}; write one for each host, {} with the "
        "sum {} (-c{})",
        o.split.size(), sum, o.hosts.size(), connections, o.part.empty() ? "" : " of this --part"));
  }
  return in_turns(o.split);
}

std::vector<Nanos> marks_of(const LoadCommandOptions& o) {
  std::vector<Nanos> marks;
  for (const std::string& text : o.marks) {
    const Nanos mark = parse_duration(text);
    const Nanos least = marks.empty() ? Nanos{0} : marks.back();
    if (mark <= least || mark >= o.spec.duration) {
      throw BadInput(fmt::format(
          "--mark: \"{}\" is outside the window, or not after the mark before it; write "
          "them in order, such as 3s,6s",
          text));
    }
    marks.push_back(mark);
  }
  return marks;
}

// Completes `spec`, of which CLI11 has set some members.
void take_options(LoadCommandOptions& o) {
  LoadSpec& spec = o.spec;
  spec.address = Address::resolve(o.hosts[0], o.port);
  for (std::size_t i = 1; i < o.hosts.size(); ++i)
    spec.further.push_back(Address::resolve(o.hosts[i], o.port));
  spec.transport = o.proto == "mptcp" ? Transport::kMptcp : Transport::kTcp;
  spec.op = parse_op(o.op);
  spec.size = parse_value_size(o.size);
  for (const LoadField& field : load_fields()) {
    if (field.load_help == nullptr) continue;
    if (const std::string& text = o.load.at(field.name); !text.empty()) field.read(spec, text);
  }
  if (o.rate != 0) spec.rate = o.rate;
  if (!o.part.empty()) spec.part = parse_part(o.part);
  spec.ways = split_of_options(o);
  if (spec.prefix.size() > kLongestPrefix) {
    throw BadInput(fmt::format("--prefix: has {} bytes; write at most {} bytes", spec.prefix.size(),
                               kLongestPrefix));
  }
  if (o.timeline != "off") spec.sample_every = parse_interval(o.timeline);
  spec.marks = marks_of(o);
  spec.password = read_secret(o.auth_env, o.auth_file);
}

void fill_or_clean_up(const LoadCommandOptions& o, const std::atomic<bool>& stop) {
  if (o.fill) fill(o.spec, stop);
  if (o.cleanup) cleanup(o.spec, stop);
  if (stop) throw Interrupted("interrupted: not every key was done");
}

void print_outcome(const LoadCommandOptions& o, const Outcome& outcome) {
  if (o.json) {
    print_data(to_json(outcome) + "\n");
  } else {
    print(text_of(o.spec, outcome));
  }
}

// Throws RunFailed if the outcome is not a measurement.
void check_outcome(const Outcome& outcome) {
  if (outcome.requests == 0) throw RunFailed("no request was completed");
  if (outcome.misses == outcome.requests) {
    throw RunFailed("every GET missed its key; write the keys first: the same command with --fill");
  }
  const int fallbacks = std::max(outcome.mptcp_start.fallbacks, outcome.mptcp_end.fallbacks);
  if (fallbacks > 0) {
    throw RunFailed(fmt::format("not a measurement of MPTCP: {} connections fell back to TCP: {}",
                                fallbacks, kFallbackRemedy));
  }
}

void run(LoadCommandOptions& o) {
  take_options(o);
  const bool keys_only = o.fill || o.cleanup;
  const FinishFirst finish(keys_only ? ": not every key was done" : "");
  const std::atomic<bool>& stop = interrupted();
  // Privileges are needed only for the limit of open files and for the secrets, which have been
  // read.
  allow_open_files(o.spec.connections_of_part(), o.spec.threads);
  if (!drop_privileges()) throw SysError("giving up privileges");
  if (keys_only) return fill_or_clean_up(o, stop);
  const LoadReport report = run_load(
      o.spec,
      [&](const LoadEvent& event) {
        if (o.events) send_line(to_line(event));
      },
      stop, o.part.empty() ? begin_aligned : await_opening);
  if (o.events) return send_line(to_line(report));
  print_outcome(o, report.outcome);
  stop_if_interrupted();
  check_outcome(report.outcome);
}

// The store, and the connections to it.
void add_load_target(CLI::App& load, LoadCommandOptions& o) {
  load.add_option("-h,--host", o.hosts,
                  with_default("Address of the store, or several, over which the connections take "
                               "turns",
                               o.hosts[0]))
      ->delimiter(',')
      ->type_name("LIST");
  load.add_option(
          "--split", o.split,
          "Number of connections for each of several addresses, such as 36,14 (default: equal "
          "numbers)")
      ->delimiter(',')
      ->check(whole_number(0, find_load_field("connections")->most))
      ->type_name("LIST");
  load.add_option("-p,--port", o.port, with_default("Port of the store", o.port))
      ->check(whole_number(1, 65535))
      ->type_name("PORT");
  only(load.add_option("--proto", o.proto,
                       with_default("Protocol of the connections: tcp or mptcp", o.proto)),
       {"tcp", "mptcp"});
  load.add_option("--subflows", o.spec.expected_subflows,
                  "Wait until every MPTCP connection has N subflows (default: do not wait)")
      ->check(whole_number(0))
      ->type_name("N");
  load.add_option("--auth-env", o.auth_env, "Environment variable with the password")
      ->type_name("NAME");
  load.add_option("--auth-file", o.auth_file, "File whose first line is the password")
      ->type_name("FILE");
  load.add_option("--db", o.spec.db, with_default("Database number", o.spec.db))
      ->check(whole_number(0))
      ->type_name("N");
}

void add_load_requests(CLI::App& load, LoadCommandOptions& o) {
  constexpr auto kAny = std::numeric_limits<std::uint64_t>::max();
  load.add_option("--op", o.op,
                  with_default("Operation: get, set or a mix such as get80set20", o.op))
      ->type_name("OPERATION");
  load.add_option("--size", o.size,
                  with_default("Value size: 4k, a range 1k-16k, or weights 1k:70+16k:30", o.size))
      ->type_name("SIZE");
  for (const LoadField& field : load_fields()) {
    if (field.name == std::string_view("rate")) {
      load.add_option("--rate", o.rate,
                      "Requests per second of an open loop, which sends them on a schedule "
                      "(default: closed loop, where each connection waits for its reply)")
          ->check(above_zero())
          ->type_name("N");
    }
    if (field.load_help == nullptr) continue;
    std::string& text = o.load[field.name];
    text = field.text(o.spec);
    add_load_option(load, field,
                    text.empty() ? field.load_help : with_default(field.load_help, text), o.load);
  }
  load.add_option("--seed", o.spec.seed,
                  with_default("Random seed for keys and arrivals", o.spec.seed))
      ->check(whole_number(0, kAny))
      ->type_name("N");
  load.add_option("--prefix", o.spec.prefix, with_default("Prefix of every key", o.spec.prefix))
      ->type_name("TEXT");
}

}  // namespace

void add_load(CLI::App& app, Action& action) {
  auto o = std::make_shared<LoadCommandOptions>();
  CLI::App* load = app.add_subcommand("load", "Send load to a running store and print the results");
  load->set_help_flag("--help", "Print this help and exit");  // -h is the host, as in redis-cli
  add_load_target(*load, *o);
  add_load_requests(*load, *o);
  load->add_option("--timeline", o->timeline,
                   with_default("Interval between readings of requests and subflows, such as 100ms",
                                o->timeline))
      ->type_name("TIME");
  load->add_option("--mark", o->marks,
                   "Divide the window at these times, such as 3s,6s, and count each part "
                   "separately")
      ->delimiter(',')
      ->type_name("LIST");
  load->add_option(
          "--part", o->part,
          "Offer one part of the load of several hosts, such as 2/4, and begin at the time "
          "that a line \"open NANOSECONDS\" of standard input states")
      ->type_name("K/N");
  load->add_flag("--account", o->spec.account,
                 "Count the bytes between each pair of addresses in the window, and all requests");
  load->add_flag("--fill", o->fill, "Set every key once, and exit");
  load->add_flag("--cleanup", o->cleanup, "Delete every key with the prefix, and exit");
  load->add_flag("--events", o->events, "Print one JSON object per line as the run proceeds");
  load->add_flag("--json", o->json, "Print the outcome as JSON");
  load->callback([o, &action] {
    action = [o] {
      run(*o);
      return int{kOk};
    };
  });
}

}  // namespace mpb
