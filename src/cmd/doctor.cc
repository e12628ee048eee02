#include "tools/doctor.hh"

#include <algorithm>

#include "cmd/cmd.hh"
#include "sys/error.hh"
#include "sys/output.hh"

namespace mpb {

void add_doctor(CLI::App& app, Action& action) {
  CLI::App* sub = app.add_subcommand(
      "doctor", "Check whether this host can run mptcp-bench, and print remedies");
  sub->callback([&action] {
    action = [] {
      const std::vector<Finding> findings = examine_host();
      print(report(findings));
      const bool bad = std::any_of(findings.begin(), findings.end(), [](const Finding& f) {
        return f.level == Finding::Level::kBad;
      });
      return int{bad ? kCannotRun : kOk};
    };
  });
}

}  // namespace mpb
