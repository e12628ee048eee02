#include "lab/commands.hh"

#include "sys/file.hh"
#include "sys/numbers.hh"

namespace mpb {

namespace {

void append(CommandLine& argv, std::initializer_list<std::string> words) {
  argv.insert(argv.end(), words.begin(), words.end());
}

CommandLine to_store(const ExperimentOptions& options, const std::string& host) {
  CommandLine argv{self_path(), "load"};
  if (!options.target) {
    append(argv, {"-h", host, "-p", std::to_string(kStorePort)});
    return argv;
  }
  append(argv, {"-h", options.target->host, "-p", options.target->port});
  if (!options.target->auth_env.empty()) append(argv, {"--auth-env", options.target->auth_env});
  if (!options.target->auth_file.empty()) append(argv, {"--auth-file", options.target->auth_file});
  if (options.target->db != 0) append(argv, {"--db", std::to_string(options.target->db)});
  return argv;
}

}  // namespace

CommandLine load_command(const ExperimentOptions& options, const Cell& cell, int subflows) {
  const Workload& w = options.workload;
  std::string host = server_address(0);
  for (std::size_t link = 1; link < options.scenario.links.size() && is_spread(cell.proto); ++link)
    host += "," + server_address(link);
  CommandLine argv = to_store(options, host);
  append(argv, {"--proto", std::string(to_text(client_transport(cell.proto))), "--op",
                to_text(cell.op), "--size", to_text(cell.size)});
  append(argv, {"-c", std::to_string(w.connections), "-t", std::to_string(w.threads), "-P",
                std::to_string(w.pipeline)});
  append(argv, {"-r", std::to_string(w.keyspace), "--keys", to_text(w.keys)});
  if (cell.rate)
    append(argv, {"--rate", shortest(*cell.rate), "--arrivals", std::string(to_text(w.arrivals))});
  append(argv, {"--warmup", to_text(w.warmup), "--duration", to_text(w.duration), "--timeout",
                to_text(w.timeout)});
  // The same keys and arrivals for both protocols of a block.
  append(argv, {"--seed", std::to_string(block_seed(options, cell))});
  if (subflows > 0) append(argv, {"--subflows", std::to_string(subflows)});
  if (options.timeline > 0ns) append(argv, {"--timeline", to_text(options.timeline)});
  std::string marks;
  Nanos last{0};
  for (const LinkEvent& event : options.scenario.events) {
    if (event.at > last) marks += (marks.empty() ? "" : ",") + to_text(event.at);
    last = event.at;
  }
  if (!marks.empty()) append(argv, {"--mark", marks});
  append(argv, {"--events"});
  return argv;
}

CommandLine fill_command(const ExperimentOptions& options, const Cell& cell) {
  CommandLine argv = to_store(options, "127.0.0.1");
  append(argv,
         {"--fill", "--size", to_text(cell.size), "-r", std::to_string(options.workload.keyspace)});
  return argv;
}

CommandLine cleanup_command(const ExperimentOptions& options) {
  CommandLine argv = to_store(options, "127.0.0.1");
  append(argv, {"--cleanup", "-r", std::to_string(options.workload.keyspace)});
  return argv;
}

std::string shown_text(CommandLine argv) {
  if (argv[0] == self_path()) argv[0] = "mptcp-bench";
  return command_text(argv);
}

}  // namespace mpb
