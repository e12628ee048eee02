#include "cmd/program.hh"

#include <memory>
#include <sstream>
#include <vector>

#include "cmd/cmd.hh"
#include "cmd/mpirun.hh"
#include "experiment/ranks.hh"
#include "sys/error.hh"
#include "sys/output.hh"

namespace mpb {

int run_program(const CommandWords& words) {
  std::unique_ptr<Ranks> ranks;  // null without mpirun
  if (const std::optional<MpiPlace> place = place_of(words)) {
    if (!can_join(*place)) return kBadInput;
    if (place->rank != 0) return serve(*place);
    ranks = std::make_unique<Ranks>(*place);
  }
  CLI::App app("Measure the effect of Multipath TCP on a key-value workload, compared with TCP.",
               "mptcp-bench");
  app.set_version_flag("--version", "mptcp-bench " MPB_VERSION, "Print the version and exit");
  app.set_help_flag("--help", "Print this help and exit");
  app.require_subcommand(0, 1);
  Action action;
  add_bench(app, action, words, ranks.get());
  add_lab(app, action, words);
  add_export(app, action);
  add_report(app, action);
  add_compare(app, action);
  add_gate(app, action, words);
  add_doctor(app, action);
  add_list(app, action);
  add_load(app, action);
  add_serve(app, action);
  add_link(app, action);
  add_flow(app, action);
  add_mptcpify(app, action, words);
  // CLI11 gives the examples of the main command to every subcommand without its own.
  for (CLI::App* sub : app.get_subcommands({})) {
    if (sub->get_footer() == app.get_footer()) sub->footer("");
  }
  try {
    // CLI11 takes the words in reverse order.
    std::vector<std::string> reversed(words.options.rbegin(), words.options.rend());
    app.parse(std::move(reversed));
  } catch (const CLI::Success& success) {
    std::ostringstream text;
    const int code = app.exit(success, text, text);  // --help, --version
    print(text.str());
    return code;
  } catch (const CLI::ParseError& error) {
    throw BadInput(fmt::format("{}; see mptcp-bench --help", text_of(app, error)));
  }
  return action();
}

}  // namespace mpb
