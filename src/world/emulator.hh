// The link emulator as a child process (`mptcp-bench link`), and the conversation with it: a line a
// command, a line of JSON an answer.
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
  // `tuns` holds the client's and the server's end of each link in turn; they are inherited, not
  // taken over.
  Emulator(const std::vector<LinkSpec>& links, const std::vector<Fd>& tuns, std::uint64_t seed);

  Snapshot snapshot();  // throws RunFailed when it is dead or does not answer within two seconds
  void reset_lateness();
  void set(const std::string& link);  // as link_to_json() writes it; in force when this returns
  bool alive();
  const Child& process() const { return child_; }
  const std::vector<std::string>& command() const { return argv_; }

 private:
  std::string ask(const std::string& command);

  std::vector<std::string> argv_;
  Fd log_;
  Fd stdin_;
  std::optional<LineReader> answers_;
  Child child_;
};

}  // namespace mpb
