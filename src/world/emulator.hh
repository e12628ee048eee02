// The link emulator as a child process (`mptcp-bench link`), and its protocol: one line for a
// command, one line of JSON for its answer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "emu/control.hh"
#include "sys/lines.hh"
#include "sys/process.hh"

namespace mpb {

class Emulator {
 public:
  // `tuns` contains the client's and the server's end of each link, and `capture` is the file of a
  // packet capture, or -1. The emulator inherits them; the caller keeps them.
  Emulator(const std::vector<LinkSpec>& links, const std::vector<Fd>& tuns, std::uint64_t seed,
           int capture);

  // Each throws RunFailed if the emulator is dead or does not answer within two seconds.
  Snapshot snapshot();
  void reset_lateness();
  void set(const std::string& link);  // link_to_json(); in effect when this returns
  void start_traces(Nanos at);
  // As above, but may take as long as the disk needs, a minute at most.
  CaptureReport end_capture();
  bool alive();
  const Child& process() const { return child_; }
  const std::vector<std::string>& command() const { return argv_; }

 private:
  std::string ask(const std::string& command, Nanos patience = 2s);

  std::vector<std::string> argv_;
  Fd log_;
  Fd stdin_;
  std::optional<LineReader> answers_;
  Child child_;
};

}  // namespace mpb
