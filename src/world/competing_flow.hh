// A TCP flow that shares a link with the load: one connection between the two ends of the link that
// always has data to send, in one direction. It has the congestion control of its namespaces, as
// the load has.
//
// We connect it and keep both sockets, so the counts of the kernel remain readable. A process of
// its own moves the data (`mptcp-bench flow`). Both end with this object. Called from one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "emu/model.hh"
#include "net/bulk_flow.hh"
#include "sys/process.hh"

namespace mpb {

struct FlowReading {
  Nanos at{};
  TcpCounts client, server;  // of the socket at each end of the links
  bool up = false;           // whether the client sends
  Nanos cpu{};               // of the process

  const TcpCounts& sender() const { return up ? client : server; }
  const TcpCounts& receiver() const { return up ? server : client; }
};

class CompetingFlow {
 public:
  // Connects over the link with this number (from 0) in namespaces of a world. Nothing is sent yet.
  // Throws RunFailed if the ends cannot connect.
  CompetingFlow(int client_netns, int server_netns, std::size_t link, Direction direction);

  void start();
  FlowReading read() const;

  // "the competing TCP flow was killed by signal 9 (Killed)"; "" while it runs.
  std::string ended();

  const std::vector<std::string>& command() const { return argv_; }
  std::set<std::uint64_t> cookies() const;

 private:
  bool up_;  // whether the client sends
  Fd client_, server_;
  std::vector<std::string> argv_;
  Fd log_;
  Child child_;
  std::string end_;
};

// Its command line; the words are descriptors.
std::vector<std::string> flow_command(const std::string& sender, const std::string& receiver);

}  // namespace mpb
