#include "experiment/load_process.hh"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "experiment/commands.hh"
#include "experiment/judge_loads.hh"
#include "experiment/line_child.hh"
#include "experiment/process_host.hh"
#include "sys/error.hh"
#include "sys/file.hh"

namespace mpb {

namespace {

void note_unused_links(const ExperimentOptions& options, const Cell& cell, Part part, Run& run) {
  const std::vector<int> split = split_of(options, cell, part);
  const std::vector<std::size_t> links = links_of_part(options, part);
  for (std::size_t i = 0; i < split.size(); ++i) {
    if (split[i] == 0)
      run.notes.push_back(
          fmt::format("{} got no connection, because there are fewer connections than links (-c)",
                      options.scenario.links[links[i]].name));
  }
}

}  // namespace

void fill_and_load(const ExperimentOptions& options, const Cell& cell, const RunContext& context,
                   int fill_netns, const LoadHosts& hosts, int subflows, Run& run,
                   const LoadHooks& hooks) {
  if (cell.op.get_percent > 0) {
    context.observe("filling the keyspace", 0, 0);
    const CommandLine fill = fill_command(options, cell);
    record_command(fill, run);
    run_helper(fill, fill_netns, "filling the store", helper_timeout(options.workload.keyspace));
  }
  hooks.before_load();
  context.observe("connecting", 0, 0);
  std::vector<CommandLine> loads;
  for (int i = 0; i < std::ssize(hosts); ++i) {
    const Part part{.index = i, .of = static_cast<int>(hosts.size())};
    note_unused_links(options, cell, part, run);
    loads.push_back(load_command(options, cell, subflows, part));
    record_command(loads.back(), run);
  }
  const auto followed = follow_loads(hosts, loads, options.workload, context, run, hooks);
  if (!followed) return;
  std::vector<std::string> names;
  for (const auto& host : hosts) names.push_back(host->name());
  judge_loads(names, *followed, cell, options, subflows, run);
}

void record_command(const CommandLine& argv, Run& run) { run.commands.push_back(shown_text(argv)); }

Nanos helper_timeout(std::uint64_t keys) {
  constexpr std::uint64_t kLongest = 100'000'000;  // eleven days; keeps the product in range
  return 60s + 10ms * static_cast<std::int64_t>(std::min(keys, kLongest));
}

void run_helper(const CommandLine& argv, int netns_fd, const std::string& doing, Nanos timeout,
                const std::function<void()>& meanwhile) {
  LineChild helper(argv, netns_fd);
  const Nanos deadline = now() + timeout;
  std::optional<ExitStatus> status;
  while (!(status = helper.child.wait(100ms))) {
    meanwhile();
    if (now() > deadline)
      throw RunFailed(fmt::format("{}: has not ended after {}", doing, to_text(timeout)));
  }
  if (!status->ok())
    throw RunFailed(fmt::format("{}: {}", doing,
                                status->signal != 0 ? fmt::format("it {}", status->text())
                                                    : last_line(tail_of(helper.log.get(), 1000))));
}

}  // namespace mpb
