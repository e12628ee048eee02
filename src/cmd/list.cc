#include <algorithm>

#include "cmd/cmd.hh"
#include "load/workload.hh"
#include "scenario/scenario.hh"
#include "sys/escape.hh"
#include "sys/output.hh"

namespace mpb {

namespace {

// A line for each shipped file of a kind: its name and `describe(name)`.
template <class Describe>
std::string entries(const std::string& kind, Describe describe) {
  const std::vector<std::string> names = data_names(kind);
  std::size_t widest = 0;
  for (const std::string& name : names) widest = std::max(widest, name.size());
  std::string text;
  for (const std::string& name : names) {
    const std::string padding(widest - name.size() + 2, ' ');
    text += "  " + for_terminal(name) + padding + for_terminal(describe(name)) + "\n";
  }
  return text;
}

std::string list_text() {
  return "Scenarios (--scenario NAME, or the path of a file like those in netns/):\n" +
         entries("netns", [](const std::string& name) { return load_scenario(name).description; }) +
         "\nWorkloads (--workload NAME, or the path of a file like those in workloads/):\n" +
         entries("workloads", [](const std::string& name) {
           return read_workload(find_data_file("workloads", "workload", name)).description;
         });
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
