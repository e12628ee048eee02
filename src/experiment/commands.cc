#include "experiment/commands.hh"

#include <numeric>

#include "load/split.hh"
#include "sys/file.hh"
#include "sys/numbers.hh"

namespace mpb {

namespace {

void append(CommandLine& argv, std::initializer_list<std::string> words) {
  argv.insert(argv.end(), words.begin(), words.end());
}

void append_parameters(CommandLine& argv, const LoadParameters& parameters) {
  const LoadField& warmup = *find_load_field("warmup");
  const auto add = [&](const LoadField& field) {
    const bool has_letter = field.letter[0] != '\0';
    append(argv, {has_letter ? field.letter : field.option, field.text(parameters)});
  };
  for (const LoadField& field : load_fields()) {
    if (field.text(parameters).empty() || (field.open_loop && !parameters.rate) ||
        &field == &warmup)
      continue;
    if (field.name == std::string_view("duration")) add(warmup);  // in the order of a run
    add(field);
  }
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

std::vector<std::size_t> links_of_part(const ExperimentOptions& options, Part part) {
  if (options.target) return {};
  std::vector<std::size_t> links(options.scenario.links_per_client());
  std::iota(links.begin(), links.end(), options.scenario.first_link_of(part.index + 1));
  return links;
}

std::vector<int> split_of(const ExperimentOptions& options, const Cell& cell, Part part) {
  if (!is_spread(cell.proto)) return {};
  const double gets = cell.op.get_percent / 100.0;
  std::vector<double> rates;
  bool limited = true;
  for (const std::size_t index : links_of_part(options, part)) {
    const LinkCapacity link = capacity_of(options.scenario.links[index], options.workload.duration);
    const double down = link.down_bps, up = link.up_bps;
    limited = limited && (gets == 0 || down > 0) && (gets == 1 || up > 0);
    rates.push_back(gets * down + (1 - gets) * up);
  }
  if (!limited) rates.assign(rates.size(), 1);
  return split_by(rates, even_share(options.workload.connections, part.index, part.of));
}

CommandLine load_command(const ExperimentOptions& options, const Cell& cell, int subflows,
                         Part part) {
  std::string host;
  for (const std::size_t link : links_of_part(options, part)) {
    if (host.empty() || is_spread(cell.proto))
      host += (host.empty() ? "" : ",") + server_address(link, family_of(options, link));
  }
  CommandLine argv = to_store(options, host);
  std::string split;
  for (const int connections : split_of(options, cell, part))
    split += (split.empty() ? "" : ",") + std::to_string(connections);
  if (!split.empty()) append(argv, {"--split", split});
  append(argv, {"--proto", std::string(to_text(client_transport(cell.proto))), "--op",
                to_text(cell.op), "--size", to_text(cell.size)});
  LoadParameters parameters = options.workload;
  parameters.rate = cell.rate;
  append_parameters(argv, parameters);
  // All protocols of a block get the same keys and arrivals.
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
  // Over links of ours, their own counters show more.
  if (options.target) append(argv, {"--account"});
  if (part.of > 1) append(argv, {"--part", to_text(part)});
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
