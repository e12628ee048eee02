#include "experiment/load_process.hh"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "experiment/commands.hh"
#include "experiment/judge.hh"
#include "experiment/line_child.hh"
#include "result/outcome.hh"
#include "sys/error.hh"
#include "sys/file.hh"

namespace mpb {

namespace {

// The last line that a process of ours printed, without the "mptcp-bench: " that precedes our own
// message too.
std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "it printed nothing";
  const std::size_t start = text.find_last_of('\n', end);
  const std::size_t begin = start == std::string::npos ? 0 : start + 1;
  const std::string line = text.substr(begin, end - begin + 1);
  const std::string name = "mptcp-bench: ";
  return line.rfind(name, 0) == 0 ? line.substr(name.size()) : line;
}

// Follows a load from its start to its outcome. Without an outcome the run is invalid.
std::optional<Outcome> follow_load(const CommandLine& argv, int netns_fd, const Workload& workload,
                                   const RunContext& context, Run& run, const LoadHooks& hooks) {
  LineChild load(argv, netns_fd);
  const Nanos deadline = now() + workload.warmup + workload.duration + 2 * workload.timeout + 30s;
  while (now() < deadline) {
    stop_if_interrupted();
    if (const std::string why = hooks.trouble(); !why.empty()) {
      run.invalid_reasons.push_back(why);
      return std::nullopt;
    }
    const Nanos due = hooks.on_time();
    const std::optional<std::string> line =
        load.lines->next(std::clamp(due - now(), Nanos{0}, Nanos{100ms}));
    if (!line && load.lines->ended()) {
      const std::optional<ExitStatus> status = load.child.wait(1s);
      const std::string why = last_line(tail_of(load.log.get(), 1000));
      if (status && status->signal == 0 && status->code == kCannotRun)
        throw CannotRun(why);  // further runs would fail too
      run.invalid_reasons.push_back(
          fmt::format("the load generator {}: {}",
                      status ? status->text() : "closed its output without ending", why));
      return std::nullopt;
    }
    if (!line) continue;
    std::variant<LoadEvent, Outcome> message = parse_load_line(*line);
    if (Outcome* outcome = std::get_if<Outcome>(&message)) {
      load.child.wait(5s);
      return std::move(*outcome);
    }
    const LoadEvent& event = std::get<LoadEvent>(message);
    hooks.on_event(event);
    if (event.kind == LoadEvent::Kind::kProgress && event.elapsed > 0ns) {
      context.observe("measuring", seconds(event.elapsed),
                      static_cast<double>(event.requests) / seconds(event.elapsed));
    }
  }
  run.invalid_reasons.push_back("the load generator did not finish in time");
  return std::nullopt;
}

}  // namespace

void fill_and_load(const ExperimentOptions& options, const Cell& cell, const RunContext& context,
                   int fill_netns, int load_netns, int subflows, Run& run, const LoadHooks& hooks) {
  if (cell.op.get_percent > 0) {
    context.observe("filling the keyspace", 0, 0);
    const CommandLine fill = fill_command(options, cell);
    record_command(fill, run);
    run_helper(fill, fill_netns, "filling the store", helper_timeout(options.workload.keyspace));
  }
  const std::vector<int> split = split_of(options, cell);
  for (std::size_t link = 0; link < split.size(); ++link) {
    if (split[link] == 0)
      run.notes.push_back(
          fmt::format("{} got no connection, because there are fewer connections than links (-c)",
                      options.scenario.links[link].name));
  }
  hooks.before_load();
  context.observe("connecting", 0, 0);
  const CommandLine load = load_command(options, cell, subflows);
  record_command(load, run);
  const std::optional<Outcome> outcome =
      follow_load(load, load_netns, options.workload, context, run, hooks);
  if (outcome) judge_outcome(*outcome, cell, options, subflows, run);
}

void record_command(const CommandLine& argv, Run& run) { run.commands.push_back(shown_text(argv)); }

std::variant<LoadEvent, Outcome> parse_load_line(std::string_view line) {
  try {
    return parse_line(line);
  } catch (const BadInput& error) {
    throw RunFailed(fmt::format("the load generator printed an invalid line: {}", error.what()));
  }
}

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
