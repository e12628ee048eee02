#include "cmd/program.hh"

#include <sstream>

#include "cmd/cmd.hh"
#include "sys/error.hh"
#include "sys/output.hh"

namespace mpb {

int run_program(const CommandWords& words) {
  CLI::App app("What MPTCP does to a key-value workload over these links, compared with TCP.",
               "mptcp-bench");
  app.set_version_flag("--version", "mptcp-bench " MPB_VERSION);
  app.set_help_flag("--help", "Print this help and exit");
  app.require_subcommand(0, 1);
  Action action;
  add_bench(app, action, words);
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
  try {
    std::vector<std::string> reversed(words.options.rbegin(),
                                      words.options.rend());  // as CLI11 wants them
    app.parse(std::move(reversed));
  } catch (const CLI::Success& success) {
    std::ostringstream text;
    const int code = app.exit(success, text, text);  // --help, --version
    print(text.str());
    return code;
  } catch (const CLI::ParseError& error) {
    throw BadInput(std::string(error.what()) + "; see mptcp-bench --help");
  }
  return action();
}

}  // namespace mpb
