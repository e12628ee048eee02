// `mptcp-bench lab`: a scenario's world, with or without a store, for any program:
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
  std::optional<StoreChoice> store;  // with `mptcp`, it listens on MPTCP and serves TCP too
  Place where = Role::kClient;
  std::vector<std::string> command;  // empty: the user's shell
};

// Builds the world, runs the command in the foreground with STORE_HOST and STORE_PORT set, and
// removes everything. Returns the exit status of the command, 128 + n if signal n killed it. The
// process must be in a Sandbox.
int run_lab(const LabOptions& options);

}  // namespace mpb
