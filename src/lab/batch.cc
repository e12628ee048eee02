#include "lab/batch.hh"

#include <fcntl.h>

#include <array>

#include "sys/error.hh"

namespace mpb {

namespace {

// Success is silent, so every group of commands ends with a question whose answer is known: this one, about a device that is always there.
std::string question(const std::string& program) { return program == "tc" ? "qdisc show dev lo" : "link show dev lo"; }
std::string start_of_answer(const std::string& program) { return program == "tc" ? "qdisc noqueue 0: " : "1: lo: "; }

}  // namespace

Batch::Batch(const std::string& program, int netns_fd) : program_(program) {
  const std::string path = find_program(program);
  if (path.empty()) throw CannotRun(program + " is not installed; run: apt-get install iproute2");
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  check(pipe2(in.data(), O_CLOEXEC), "making a pipe");
  const Fd child_in{in[0]};
  stdin_ = Fd{in[1]};
  check(pipe2(out.data(), O_CLOEXEC), "making a pipe");
  said_.emplace(Fd{out[0]});
  const Fd child_out{out[1]};
  Spawn what;
  what.argv = {path, "-force", "-batch", "-"};                               // -force: go on after a failure, and say so
  if (program == "ip") what.argv.insert(what.argv.begin() + 1, "-oneline");  // tc's would not end its line
  what.stdin_fd = child_in.get();
  what.stdout_fd = child_out.get();
  what.stderr_fd = child_out.get();
  what.netns_fd = netns_fd;
  child_ = spawn(what);
  run({});  // it stands by
}

void Batch::run(const std::vector<std::vector<std::string>>& commands) {
  std::string text;
  for (const std::vector<std::string>& command : commands) {
    for (std::size_t i = 1; i < command.size(); ++i) text += (i == 1 ? "" : " ") + command[i];
    text += "\n";
  }
  text += question(program_) + "\n";
  std::string complaint;
  if (write(stdin_.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size())) {
    while (const std::optional<std::string> line = said_->next(2s)) {
      if (line->rfind(start_of_answer(program_), 0) != 0) {
        complaint += (complaint.empty() ? "" : "; ") + *line;
      } else if (complaint.empty()) {
        return;
      } else {
        break;
      }
    }
  }
  std::string all;
  for (const std::vector<std::string>& command : commands) all += (all.empty() ? "" : "; ") + command_text(command);
  throw RunFailed((all.empty() ? program_ + " -batch" : all) + ": " +
                  (!complaint.empty() ? complaint
                   : said_->ended()   ? program_ + " died"
                                      : program_ + " does not answer"));
}

}  // namespace mpb
