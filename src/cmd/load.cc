#include <memory>
#include <numeric>
#include <utility>

#include "cmd/cmd.hh"
#include "cmd/load_options.hh"
#include "experiment/plan.hh"
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
  std::string proto = "tcp", op = "get", size = "4k", timeline = "off", auth_env, auth_file;
  LoadTexts load;
  std::uint16_t port = 6379;
  double rate = 0;
  bool fill = false, cleanup = false, events = false, json = false;
  LoadSpec spec;
};

// Mean and quantiles of every latency that was measured.
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
  std::string text = spec.address.text() + " " + to_text(spec.op) + " " + to_text(spec.size) +
                     " over " + std::string(to_text(spec.transport)) + ": " +
                     fixed(o.throughput_rps(), 1) + " req/s, " + fixed(o.goodput_bps() / 1e6, 2) +
                     " Mbit/s of values, " + std::to_string(o.requests) + " requests in " +
                     fixed(seconds(o.duration), 2) + " s\n";
  if (const std::string latencies = to_text(latency_table(o)); !latencies.empty())
    text += "\n" + latencies + "\n";
  const auto count = [&](const std::string& name, std::uint64_t n) {
    if (n != 0) text += name + ": " + std::to_string(n) + "\n";
  };
  for (std::size_t i = 0; i < kLosses; ++i)
    count(std::string(to_text(static_cast<Loss>(i))), o.errors[i]);
  count("misses", o.misses);
  count("reconnects", o.reconnects);
  count("unfinished at the end", o.censored);
  if (spec.transport == Transport::kMptcp) {
    const MptcpProof& end = o.mptcp_end;
    text += "mptcp: " + std::to_string(end.connections) + " connections, " +
            std::to_string(end.fallbacks) + " fell back to TCP, " +
            std::to_string(end.subflows_min) + " to " + std::to_string(end.subflows_max) +
            " subflows\n";
  }
  return text;
}

void run(LoadCommandOptions& o) {
  LoadSpec& spec = o.spec;
  spec.address = Address::resolve(o.hosts[0], o.port);
  for (std::size_t i = 1; i < o.hosts.size(); ++i)
    spec.further.push_back(Address::resolve(o.hosts[i], o.port));
  spec.transport = o.proto == "mptcp" ? Transport::kMptcp : Transport::kTcp;
  spec.op = parse_op(o.op);
  spec.size = parse_value_size(o.size);
  for (const LoadField& field : load_fields()) {
    if (field.load_help != nullptr) field.read(spec, o.load.at(field.name));
  }
  if (o.rate != 0) spec.rate = o.rate;
  if (!o.split.empty()) {
    const std::int64_t sum = std::accumulate(o.split.begin(), o.split.end(), std::int64_t{0});
    if (o.split.size() != o.hosts.size() || sum != spec.connections) {
      throw BadInput("--split: has " + std::to_string(o.split.size()) + " numbers with the sum " +
                     std::to_string(sum) + "; write one for each host, " +
                     std::to_string(o.hosts.size()) + " with the sum " +
                     std::to_string(spec.connections) + " (-c)");
    }
    spec.ways = in_turns(o.split);
  }
  if (spec.prefix.size() > kLongestPrefix) {
    throw BadInput("--prefix: has " + std::to_string(spec.prefix.size()) +
                   " bytes; write a shorter one, of " + std::to_string(kLongestPrefix) +
                   " bytes at most");
  }
  if (o.timeline != "off") spec.sample_every = parse_interval(o.timeline);
  for (const std::string& mark : o.marks) {
    spec.marks.push_back(parse_duration(mark));
    const Nanos least = spec.marks.size() > 1 ? spec.marks[spec.marks.size() - 2] : Nanos{0};
    if (spec.marks.back() <= least || spec.marks.back() >= spec.duration) {
      throw BadInput(
          "--mark: \"" + mark +
          "\" is not in the window behind the mark before it; write them in order, such as 3s,6s");
    }
  }
  spec.password = read_secret(o.auth_env, o.auth_file);
  const FinishFirst finish(o.fill || o.cleanup ? ": not every key was done" : "");
  const std::atomic<bool>& stop = interrupted();
  // What is left to do needs none: the sockets are the kernel's to give to anybody, and secrets
  // have been read.
  allow_open_files(spec.connections);
  if (!drop_privileges()) throw SysError("giving up privileges");
  if (o.fill || o.cleanup) {
    if (o.fill) fill(spec, stop);
    if (o.cleanup) cleanup(spec, stop);
    if (stop) throw Interrupted("interrupted: not every key was done");
    return;
  }
  const Outcome outcome = run_load(
      spec,
      [&](const LoadEvent& event) {
        if (o.events) send_line(to_line(event));
      },
      stop);
  if (o.events) return send_line(to_line(outcome));
  if (o.json) {
    print_data(to_json(outcome) + "\n");
  } else {
    print(text_of(spec, outcome));
  }
  stop_if_interrupted();
  if (outcome.requests == 0) throw RunFailed("no request was completed");
  if (outcome.misses == outcome.requests) {
    throw RunFailed("every GET missed its key; write the keys first: the same command with --fill");
  }
  const int fallbacks = std::max(outcome.mptcp_start.fallbacks, outcome.mptcp_end.fallbacks);
  if (fallbacks > 0)
    throw RunFailed("not a measurement of MPTCP: " + std::to_string(fallbacks) +
                    " connections fell back to TCP");
}

}  // namespace

void add_load(CLI::App& app, Action& action) {
  constexpr auto kAny = std::numeric_limits<std::uint64_t>::max();
  auto o = std::make_shared<LoadCommandOptions>();
  CLI::App* load =
      app.add_subcommand("load", "Load a store that already runs, and print what came of it");
  load->set_help_flag("--help", "Print this help and exit");  // -h is the host, as in redis-cli
  load->add_option("-h,--host", o->hosts,
                   "Where the store is; of several (A,B) connections take turns")
      ->delimiter(',')
      ->capture_default_str();
  load->add_option("--split", o->split,
                   "Connections to each of several hosts: 36,14 (as many to each)")
      ->delimiter(',')
      ->check(whole_number(0, find_load_field("connections")->most));
  load->add_option("-p,--port", o->port, "Port of the store")
      ->check(whole_number(1, 65535))
      ->capture_default_str();
  load->add_option("--proto", o->proto, "tcp or mptcp")
      ->check(CLI::IsMember({"tcp", "mptcp"}))
      ->capture_default_str();
  load->add_option("--op", o->op, "get, set or a mix such as get80set20")->capture_default_str();
  load->add_option("--size", o->size, "Of the values: 4k, 1k-16k, 1k:70+16k:30")
      ->capture_default_str();
  for (const LoadField& field : load_fields()) {
    if (field.name == std::string_view("rate")) {
      load->add_option("--rate", o->rate, "Requests a second (open loop); a closed loop without")
          ->check(above_zero());
    }
    if (field.load_help == nullptr) continue;
    o->load[field.name] = field.text(o->spec);
    add_load_option(*load, field, field.load_help, o->load)->capture_default_str();
  }
  load->add_option("--seed", o->spec.seed, "Random seed for keys and arrivals")
      ->check(whole_number(0, kAny))
      ->capture_default_str();
  load->add_option("--subflows", o->spec.expected_subflows,
                   "Wait until every MPTCP connection has so many")
      ->check(whole_number(0));
  load->add_option("--prefix", o->spec.prefix, "Of every key we touch")->capture_default_str();
  load->add_option("--auth-env", o->auth_env, "The environment variable that holds the password");
  load->add_option("--auth-file", o->auth_file, "The file whose first line is the password");
  load->add_option("--db", o->spec.db, "Number of the store's database")
      ->check(whole_number(0))
      ->capture_default_str();
  load->add_option("--timeline", o->timeline,
                   "How often to note requests and subflows: 100ms, or off")
      ->capture_default_str();
  load->add_option("--mark", o->marks, "Count apart from these moments of the window on: 3s,6s")
      ->delimiter(',');
  load->add_flag("--fill", o->fill, "Set every key once, and exit");
  load->add_flag("--cleanup", o->cleanup, "Delete every key of ours, and exit");
  load->add_flag("--events", o->events, "Print JSON lines as the run goes");
  load->add_flag("--json", o->json, "Print the outcome as JSON");
  load->callback([o, &action] {
    action = [o] {
      run(*o);
      return int{kOk};
    };
  });
}

}  // namespace mpb
