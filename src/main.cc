#include <csignal>
#include <cstring>
#include <sstream>

#include "cmd/cmd.hh"
#include "sys/error.hh"
#include "sys/interrupt.hh"
#include "sys/output.hh"
#include "sys/process.hh"

namespace {

mpb::CommandWords split(int argc, char** argv) {
  mpb::CommandWords words;
  words.all.assign(argv, argv + argc);
  int i = 1;
  for (; i < argc && std::strcmp(argv[i], "--") != 0; ++i) words.options.emplace_back(argv[i]);
  for (++i; i < argc; ++i) words.command.emplace_back(argv[i]);
  return words;
}

int parse_and_run(const mpb::CommandWords& words) {
  CLI::App app("What MPTCP does to a key-value workload over these links, compared with TCP.",
               "mptcp-bench");
  app.set_version_flag("--version", "mptcp-bench " MPB_VERSION);
  app.set_help_flag("--help", "Print this help and exit");
  app.require_subcommand(0, 1);
  mpb::Action action;
  mpb::add_bench(app, action, words);
  mpb::add_lab(app, action, words);
  mpb::add_export(app, action);
  mpb::add_report(app, action);
  mpb::add_compare(app, action);
  mpb::add_gate(app, action);
  mpb::add_doctor(app, action);
  mpb::add_load(app, action);
  mpb::add_serve(app, action);
  mpb::add_link(app, action);
  try {
    std::vector<std::string> reversed(words.options.rbegin(),
                                      words.options.rend());  // as CLI11 wants them
    app.parse(std::move(reversed));
  } catch (const CLI::Success& success) {
    std::ostringstream text;
    const int code = app.exit(success, text, text);  // --help, --version
    mpb::print(text.str());
    return code;
  } catch (const CLI::ParseError& error) {
    throw mpb::BadInput(std::string(error.what()) + "; see mptcp-bench --help");
  }
  return action();
}

}  // namespace

// The one place where an exception becomes a sentence and an exit code.
int main(int argc, char** argv) {
  mpb::open_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGCHLD,
              SIG_DFL);  // a parent may have left it ignored, and then no child could be waited for
  mpb::catch_interrupts();
  try {
    return parse_and_run(split(argc, argv));
  } catch (const mpb::BadInput& error) {
    mpb::say(error.what());
    return mpb::kBadInput;
  } catch (const mpb::CannotRun& error) {
    mpb::say(error.what());
    return mpb::kCannotRun;
  } catch (const mpb::Interrupted& error) {
    mpb::say(error.what());
    return mpb::interrupted_exit_status();
  } catch (const std::exception& error) {
    mpb::say(error.what());
    return mpb::kFailed;
  }
}
