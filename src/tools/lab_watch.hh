// Watches the world of a lab while a command runs in it, for its proof.
#pragma once

#include "tools/lab_proof.hh"
#include "world/world.hh"

namespace mpb {

constexpr Nanos kLabTick = 20ms;

class LabWatch {
 public:
  // Counting begins now. `world` was built with these options.
  LabWatch(World& world, const WorldOptions& options);

  // Samples the clients' sockets if it is time. Call every kLabTick or so. Uses at most a twentieth
  // of one CPU.
  void on_time();

  // Everything since the construction, without the command and its exit status.
  LabProof proof();

 private:
  std::map<std::string, Counters> read_counters() const;
  void sample();

  World& world_;
  LabProof proof_;
  std::map<std::string, std::size_t> link_of_;  // by the text of a client's address
  std::map<std::string, Counters> before_;
  std::vector<LinkTraffic> traffic_before_;
  Nanos begin_;
  Nanos due_;
  bool can_list_ = true;
};

}  // namespace mpb
