#include <csignal>
#include <cstring>

#include "cmd/program.hh"
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

}  // namespace

// The one place where an exception becomes a sentence and an exit code.
int main(int argc, char** argv) {
  mpb::open_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGCHLD,
              SIG_DFL);  // a parent may have left it ignored, and then no child could be waited for
  mpb::catch_interrupts();
  try {
    return mpb::run_program(split(argc, argv));
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
