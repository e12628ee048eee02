#include "experiment/process_host.hh"

#include <unistd.h>

#include <exception>

namespace mpb {

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "it printed nothing";
  const std::size_t start = text.find_last_of('\n', end);
  const std::size_t begin = start == std::string::npos ? 0 : start + 1;
  const std::string line = text.substr(begin, end - begin + 1);
  const std::string name = "mptcp-bench: ";
  return line.rfind(name, 0) == 0 ? line.substr(name.size()) : line;
}

void ProcessHost::start(const CommandLine& argv) {
  if (name_.empty()) {
    load_.emplace(argv, netns_fd_);
    return;
  }
  Pipe input;
  load_.emplace(argv, netns_fd_, input.reader.get());
  input_ = std::move(input.writer);
}

// If the load is dead, write() fails with EPIPE (main() ignores SIGPIPE), and its output has ended.
void ProcessHost::send(const std::string& line) {
  const std::string text = line + "\n";
  [[maybe_unused]] const ssize_t written = write(input_.get(), text.data(), text.size());
}

LoadEnd ProcessHost::end() {
  const std::optional<ExitStatus> status = load_->child.wait(1s);
  return {.how = status ? status->text() : "closed its output without ending",
          .last_words = last_line(tail_of(load_->log.get(), 1000)),
          .cannot_run = status && status->signal == 0 && status->code == kCannotRun};
}

void ProcessHost::stop(Nanos patience) noexcept {
  try {
    if (load_ && patience > Nanos{0}) load_->child.wait(patience);
  } catch (const std::exception&) {
    // It is killed below.
  }
  load_.reset();
  input_.reset();
}

LoadHosts single_host(int netns_fd) {
  LoadHosts hosts;
  hosts.push_back(std::make_unique<ProcessHost>("", netns_fd));
  return hosts;
}

}  // namespace mpb
