#include "cmd/bench_options.hh"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "cmd/cmd.hh"
#include "result/protocol.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

void add_request_options(CLI::App& app, BenchOptions& o) {
  app.add_option("--proto", o.protos,
                 fmt::format("Protocols to compare: {}; both means tcp,mptcp (default: both)",
                             protocol_names()))
      ->delimiter(',')
      ->type_name("LIST");
  app.add_option("--op", o.ops,
                 "Operations, each of which runs with every size: get, set or a mix such as "
                 "get80set20 (default: get,set)")
      ->delimiter(',')
      ->type_name("LIST");
  app.add_option("--size", o.sizes,
                 "Value sizes: 4k, a range 1k-16k, or weights 1k:70+16k:30 (default: 1k,4k,16k)")
      ->delimiter(',')
      ->type_name("LIST");
  app.add_option(
         "--workload", o.workload,
         with_default("Workload; its fields replace the defaults of --op, --size, and -c to "
                      "--warmup",
                      "the one named " + o.workload))
      ->type_name("NAME|FILE");
  for (const LoadField& field : load_fields()) {
    if (field.name == std::string_view("rate")) {
      app.add_option("--rate", o.rates,
                     "Requests per second of an open loop, which sends them on a schedule; a list "
                     "is a sweep, and auto finds the rates (default: closed loop, where each "
                     "connection waits for its reply)")
          ->delimiter(',')
          ->type_name("LIST|auto");
      app.add_option("--slo", o.slo,
                     "Search for the highest rate that satisfies a rule such as 'p99 < 20ms'; p50, "
                     "p90, p99.9, mean and <= are possible too")
          ->type_name("RULE");
    }
    if (field.help != nullptr) add_load_option(app, field, field.help, o.load);
  }
}

void add_link_options(CLI::App& app, BenchOptions& o) {
  app.add_option("--scenario", o.scenario, with_default("Scenario of the links", o.scenario))
      ->type_name("NAME|FILE");
  only(app.add_option("--links", o.links, with_default(kLinksHelp, o.links)),
       {"auto", "netem", "tun"});
  app.add_option("--congestion", o.controls,
                 "Congestion control at both ends; with a list such as cubic,bbr every protocol "
                 "runs with each (default: the host's)")
      ->delimiter(',')
      ->type_name("LIST");
  app.add_option("--ip", o.ips,
                 "IP version of the connections: v4, v6, or dual, which begins with IPv6 on the "
                 "first link and has IPv4 on the others; with a list every protocol runs with each "
                 "(default: v4)")
      ->delimiter(',')
      ->type_name("LIST");
  app.add_option("--vary", o.variables,
                 "Values of a setting to compare: each protocol that the setting concerns runs "
                 "with every value. NAME is endpoints, subflows-per-link, path-manager, scheduler, "
                 "store-mptcp, congestion, ip or a sysctl; may be repeated")
      ->allow_extra_args(false)
      ->type_name("NAME=LIST");
  app.add_option("--grid", o.conditions,
                 "Values of a condition: every cell runs under each. NAME is a property of a link, "
                 "such as link2.delay or link*.rate, connections or pipeline; may be repeated")
      ->allow_extra_args(false)
      ->type_name("NAME=LIST");
  app.add_option("--base", o.base,
                 "Protocol or variant with which all others are compared, such as mptcp+signal "
                 "(default: tcp, and for the variants of a protocol the first of them)")
      ->type_name("NAME");
  app.add_option("--sysctl", o.settings, "Sysctl to set in every namespace; may be repeated")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
}

void add_store_options(CLI::App& app, BenchOptions& o) {
  app.add_option("--store", o.store,
                 with_default("Store to start: valkey, redis, builtin, or auto, the first of these "
                              "that this host can run",
                              o.store))
      ->type_name("NAME");
  app.add_option("--target", o.target,
                 "Measure a store that already runs, over this host's own network")
      ->type_name("HOST:PORT");
  app.add_option("--auth-env", o.auth_env, "Environment variable with the target's password")
      ->type_name("NAME");
  app.add_option("--auth-file", o.auth_file, "File whose first line is the target's password")
      ->type_name("FILE");
  app.add_option("--db", o.db, with_default("Database number of the target", o.db))
      ->check(whole_number(0))
      ->type_name("N");
}

void add_run_options(CLI::App& app, BenchOptions& o) {
  constexpr auto kAny = std::numeric_limits<std::uint64_t>::max();
  app.add_option("--timeline", o.timeline_text,
                 with_default("Interval between readings of links, subflows and requests, or off",
                              o.timeline_text))
      ->type_name("TIME|off");
  app.add_option("--repeat", o.repeat,
                 with_default("Number of blocks; each block runs every protocol once, in random "
                              "order, and a verdict needs at least 6 blocks",
                              o.repeat))
      ->check(whole_number(1, kMostBlocks))
      ->type_name("N");
  app.add_option("--until-ci", o.until_ci_text,
                 "Add blocks until every 95 % interval is within +-PERCENT, such as 2%: that of "
                 "throughput, with --rate that of the p99, and if links change that of the longest "
                 "stall")
      ->type_name("PERCENT");
  app.add_option("--max-repeat", o.max_repeat,
                 with_default("Maximum number of blocks with --until-ci", o.max_repeat))
      ->check(whole_number(6, kMostBlocks))
      ->type_name("N");
  app.add_flag("--aa", o.again,
               "Run each protocol twice in every block; the difference between the two is this "
               "machine's noise");
  app.add_option("--seed", o.seed,
                 "Random seed for keys, arrivals, run order and packet loss (default: drawn at "
                 "random and recorded)")
      ->check(whole_number(0, kAny))
      ->type_name("N");
  app.add_option("--resume", o.resume,
                 "Resume the experiment of this result file: make its missing runs, and with "
                 "--repeat N more blocks")
      ->type_name("FILE");
}

void add_output_options(CLI::App& app, BenchOptions& o) {
  app.add_option("-o,--output", o.output,
                 "Result file (default: SCENARIO-TIME.json, in ./results if that folder exists)")
      ->type_name("FILE");
  app.add_option("--capture", o.capture,
                 "File for every packet of the links and the reason of each drop, as pcapng, of 1 "
                 "GiB at most; needs options that give a single run, and --links tun")
      ->type_name("FILE");
  app.add_flag("--json", o.json,
               "Print only the result, as JSON on standard output; without -o, write no file");
  app.add_flag("--quiet", o.quiet,
               "Print the answer and the tables only, without progress and notes");
  app.add_flag("--yes", o.yes, "Run a --grid that takes longer than an hour");
  app.add_flag("--dry-run", o.dry_run,
               "Print every command in order and an estimate of the time, without running any");
}

}  // namespace

void add_bench_options(CLI::App& app, BenchOptions& o) {
  add_request_options(app, o);
  add_link_options(app, o);
  add_store_options(app, o);
  add_run_options(app, o);
  add_output_options(app, o);
}

BenchOptions parse_bench_options(const std::vector<std::string>& command) {
  BenchOptions options;
  CLI::App app;
  add_bench_options(app, options);
  try {
    // CLI11 takes the words in reverse order, without the program.
    std::vector<std::string> reversed(command.rbegin(), command.rend());
    if (!reversed.empty()) reversed.pop_back();
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    throw BadInput(text_of(app, error));
  }
  return options;
}

}  // namespace mpb
