// A load that runs as a child process on this host.
#pragma once

#include "experiment/line_child.hh"
#include "experiment/load_host.hh"

namespace mpb {

// The last line that a process of ours printed, without the "mptcp-bench: " that precedes our own
// message too; "it printed nothing" without one.
std::string last_line(const std::string& text);

class ProcessHost : public LoadHost {
 public:
  // `netns_fd` is -1 for the caller's own namespace. `name` is "" for a single host, whose load
  // gets no input.
  ProcessHost(std::string name, int netns_fd) : name_(std::move(name)), netns_fd_(netns_fd) {}

  std::string name() const override { return name_; }
  void start(const CommandLine& argv) override;
  std::optional<std::string> next(Nanos wait) override { return load_->lines->next(wait); }
  bool ended() override { return load_->lines->ended(); }
  int fd() const override { return load_->lines->fd(); }
  void send(const std::string& line) override;
  LoadEnd end() override;
  void stop(Nanos patience) noexcept override;

 private:
  std::string name_;
  int netns_fd_;
  std::optional<LineChild> load_;
  Fd input_;
};

// One load in the caller's namespace or in that of `netns_fd`.
LoadHosts single_host(int netns_fd = -1);

}  // namespace mpb
