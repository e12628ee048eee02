#include <algorithm>

#include "cmd/cmd.hh"
#include "load/workload.hh"
#include "scenario/scenario.hh"
#include "sys/error.hh"
#include "sys/escape.hh"
#include "sys/output.hh"

namespace mpb {

namespace {

// A line for each shipped file of a kind: its name, and the result of `describe(name)`.
template <class Describe>
std::string entries(const std::string& kind, Describe describe) {
  const std::vector<std::string> names = data_names(kind);
  std::size_t widest = 0;
  for (const std::string& name : names) widest = std::max(widest, name.size());
  std::string text;
  for (const std::string& name : names) {
    text +=
        fmt::format("  {:{}}{}\n", for_terminal(name), widest + 2, for_terminal(describe(name)));
  }
  return text;
}

std::string list_text() {
  const auto scenario = [](const std::string& name) { return load_scenario(name).description; };
  const auto workload = [](const std::string& name) {
    return read_workload(find_data_file("workloads", "workload", name)).description;
  };
  return fmt::format(
      "Scenarios (--scenario NAME, or the path of your own file):\n{}\n"
      "Workloads (--workload NAME, or the path of your own file):\n{}",
      entries("netns", scenario), entries("workloads", workload));
}

}  // namespace

void add_list(CLI::App& app, Action& action) {
  CLI::App* sub = app.add_subcommand("list", "List the shipped scenarios and workloads");
  sub->callback([&action] {
    action = [] {
      print(list_text());
      return int{kOk};
    };
  });
}

}  // namespace mpb
