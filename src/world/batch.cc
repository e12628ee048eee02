#include "world/batch.hh"

#include <fcntl.h>

#include <array>

#include "sys/error.hh"

namespace mpb {

namespace {

// Success is silent, so every group of commands ends with a line that must fail. When the tool
// prints "Command failed -:LINE" with the number of that line, all lines before it are done. It
// must be an error, because stderr is never fully buffered. An answer on stdout would do with
// iproute2 6, but iproute2 7 keeps it until the tool ends when stdout is a pipe.
constexpr const char* kNoSuchObject = "end-of-group";

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
  what.argv = {path, "-force", "-batch", "-"};  // -force: continue after a failure
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
  text += std::string(kNoSuchObject) + "\n";
  lines_ += commands.size() + 1;
  const std::string end = "Command failed -:" + std::to_string(lines_);
  std::string complaint;
  if (write(stdin_.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size())) {
    while (const std::optional<std::string> line = said_->next(2s)) {
      if (*line == end) {
        if (complaint.empty()) return;
        break;
      }
      if (line->find(kNoSuchObject) == std::string::npos)
        complaint += (complaint.empty() ? "" : "; ") + *line;
    }
  }
  std::string all;
  for (const std::vector<std::string>& command : commands)
    all += (all.empty() ? "" : "; ") + command_text(command);
  throw RunFailed((all.empty() ? program_ + " -batch" : all) + ": " +
                  (!complaint.empty() ? complaint
                   : said_->ended()   ? program_ + " died"
                                      : program_ + " does not answer"));
}

}  // namespace mpb
