#include "world/batch.hh"

#include <fmt/format.h>

#include "sys/error.hh"
#include "sys/pipe.hh"

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
  Pipe in;
  Pipe out;
  stdin_ = std::move(in.writer);
  output_.emplace(std::move(out.reader));
  Spawn tool;
  tool.argv = {path, "-force", "-batch", "-"};  // -force: continue after a failure
  tool.stdin_fd = in.reader.get();
  tool.stdout_fd = out.writer.get();
  tool.stderr_fd = out.writer.get();
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
