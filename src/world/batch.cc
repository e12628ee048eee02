#include "world/batch.hh"

#include <fcntl.h>
#include <fmt/format.h>

#include <array>

#include "sys/error.hh"

namespace mpb {

namespace {

// The tools report only failures, so every group of commands ends with a line that must fail. When
// the tool prints "Command failed -:LINE" with the number of that line, all lines before it have
// been executed. The answer has to be an error, because stderr is never fully buffered: iproute2 7
// keeps its output in a buffer until it ends if stdout is a pipe.
constexpr const char* kNoSuchObject = "end-of-group";

}  // namespace

Batch::Batch(const std::string& program, int netns_fd) : program_(program) {
  const std::string path = find_program(program);
  if (path.empty()) {
    throw CannotRun(fmt::format("{} is not installed; run: apt-get install iproute2", program));
  }
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  check(pipe2(in.data(), O_CLOEXEC), "making a pipe");
  const Fd child_in{in[0]};
  stdin_ = Fd{in[1]};
  check(pipe2(out.data(), O_CLOEXEC), "making a pipe");
  output_.emplace(Fd{out[0]});
  const Fd child_out{out[1]};
  Spawn tool;
  tool.argv = {path, "-force", "-batch", "-"};  // -force: continue after a failure
  tool.stdin_fd = child_in.get();
  tool.stdout_fd = child_out.get();
  tool.stderr_fd = child_out.get();
  tool.netns_fd = netns_fd;
  child_ = spawn(tool);
  run({});  // returns when the tool is ready
}

void Batch::run(const std::vector<std::vector<std::string>>& commands) {
  std::string text;
  for (const std::vector<std::string>& command : commands) {
    for (std::size_t i = 1; i < command.size(); ++i) text += (i == 1 ? "" : " ") + command[i];
    text += "\n";
  }
  text += std::string(kNoSuchObject) + "\n";
  lines_ += commands.size() + 1;
  const std::string end = fmt::format("Command failed -:{}", lines_);
  std::vector<std::string> errors;
  if (write(stdin_.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size())) {
    while (const std::optional<std::string> line = output_->next(2s)) {
      if (*line == end) {
        if (errors.empty()) return;
        break;
      }
      if (line->find(kNoSuchObject) == std::string::npos) errors.push_back(*line);
    }
  }
  if (errors.empty()) {
    errors.push_back(fmt::format("{} {}", program_, output_->ended() ? "died" : "does not answer"));
  }
  std::vector<std::string> texts;
  for (const std::vector<std::string>& command : commands) texts.push_back(command_text(command));
  if (texts.empty()) texts.push_back(program_ + " -batch");
  throw RunFailed(fmt::format("{}: {}", fmt::join(texts, "; "), fmt::join(errors, "; ")));
}

}  // namespace mpb
