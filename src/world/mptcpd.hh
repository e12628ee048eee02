// mptcpd(8) in the client's namespace: a daemon that makes an endpoint of each address, in place of
// our own commands. It runs as long as this object.
#pragma once

#include <string>
#include <vector>

#include "scenario/setup.hh"
#include "sys/fd.hh"
#include "sys/process.hh"
#include "world/spaces.hh"

namespace mpb {

// Throws CannotRun if the set-up needs mptcpd(8) and it is not installed.
void check_path_manager(const Setup& setup);

// Debian installs the program outside PATH.
std::vector<std::string> mptcpd_command();

class Mptcpd {
 public:
  // Starts it and waits until it has made the client's endpoints. Throws RunFailed with its last
  // words if it ends or does not make them in time.
  Mptcpd(const Spaces& spaces, const std::vector<Endpoint>& wanted);

  const std::vector<std::string>& command() const { return argv_; }

  // "mptcpd was killed by signal 9 (Killed): LOG"; "" while it runs.
  std::string ended();

 private:
  std::string end_text(const ExitStatus& status) const;

  std::vector<std::string> argv_ = mptcpd_command();
  Fd log_;
  Child child_;
};

}  // namespace mpb
