// `mptcp-bench lab`: a scenario's world, with a store in it or not, for any other program:
// valkey-benchmark, memtier, iperf3 or a shell.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiment/store_under_test.hh"
#include "scenario/scenario.hh"
#include "scenario/topology.hh"

namespace mpb {

struct LabOptions : WorldOptions {
  std::optional<StoreChoice> store;  // listens on MPTCP, which serves TCP clients too, if `mptcp`
  Role where = Role::kClient;
  std::vector<std::string> command;  // empty: the user's shell
};

// Builds it, runs the command in the foreground with STORE_HOST and STORE_PORT set, takes
// everything down; the command's exit status, 128 + n when signal n killed it. The process must be
// in a Sandbox.
int run_lab(const LabOptions& options);

}  // namespace mpb
