// The archive of `lab --evidence` for a report of a kernel bug: both ends as ss, nstat and
// ip-mptcp(8) show them, their settings, the CPU time of the host, the commands, and the proof.
//
// All files are kept in memory until the archive is complete, so a signal leaves none. Called from
// one thread, inside a Sandbox.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sys/process.hh"
#include "tools/lab_proof.hh"
#include "world/world.hh"

namespace mpb {

// The path of the archive in this folder. Throws BadInput if it cannot be written there, CannotRun
// if a program that the archive needs is not installed.
std::string evidence_path(const std::string& folder);

class EvidenceArchive {
 public:
  // Reads the state before the command, and starts to follow the events of MPTCP. `commands` are
  // lines of commands.txt. Throws RunFailed if a tool fails.
  EvidenceArchive(const World& world, const WorldOptions& options,
                  std::vector<std::string> commands);

  // Runs ss at both ends if it is time: often at first, then once a second.
  void on_time();

  // Reads the state after the command, and writes the archive, completely or not at all.
  void write(const LabProof& proof, const std::string& path);

 private:
  struct Monitor {
    Child process;
    Fd output;
  };
  struct Listing {
    Nanos at;
    std::string text;
  };

  void follow(const Place& end);
  void stop_following(const Place& end);
  void read_state(const std::string& when);
  void add_listings(const Place& end);

  const World& world_;
  std::map<std::string, std::string> files_;  // by their path in the archive
  std::vector<Place> ends_;                   // the clients and the server
  std::map<std::string, Monitor> monitors_;   // by the name of the end
  std::map<std::string, std::vector<Listing>> listings_;
  std::size_t left_out_ = 0;  // listings of each end
  Nanos begin_{};
  Nanos due_{};
  Nanos pause_{};
};

}  // namespace mpb
