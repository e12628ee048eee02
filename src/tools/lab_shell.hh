// `mptcp-bench lab`: a scenario's world, with or without a store, for any program:
// valkey-benchmark, memtier, iperf3 or a shell.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "experiment/store_under_test.hh"
#include "scenario/scenario.hh"
#include "scenario/topology.hh"

namespace mpb {

// The option that names the file of the proof, for the remedies of errors.
inline constexpr std::string_view kJsonOption = "--json FILE";

struct LabOptions : WorldOptions {
  std::optional<StoreChoice> store;  // with `mptcp`, it listens on MPTCP and serves TCP too
  Place where = Role::kClient;
  std::vector<std::string> command;  // empty: the user's shell
  std::string json_path;             // for the proof; empty for none
  std::string evidence_path;         // for the archive; empty for none
};

// Builds the world, runs the command in the foreground with STORE_HOST and STORE_PORT set, prints
// on stderr which protocols and links it used, and removes everything. Returns the exit status of
// the command, 128 + n if signal n killed it. The process must be in a Sandbox.
int run_lab(const LabOptions& options);

}  // namespace mpb
