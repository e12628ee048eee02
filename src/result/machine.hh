// The MachineRecord of a virtual machine that runs the experiment, which the machine is given as
// text.
#pragma once

#include <optional>
#include <string_view>

#include "result/environment.hh"
#include "result/json_field.hh"

namespace mpb {

// The MachineRecord in the environment variable MPTCP_BENCH_MACHINE, which tests/vm/run.sh sets to
// JSON; nothing if it is not set. Throws BadInput: "MPTCP_BENCH_MACHINE: /seed: is missing; let
// tests/vm/run.sh --uml set it, or unset it".
inline constexpr const char* kMachineVariable = "MPTCP_BENCH_MACHINE";
std::optional<MachineRecord> machine_of_environment();
MachineRecord machine_from(std::string_view text);

// Checks the digests of a MachineRecord in any document.
void check_machine(const JsonField& machine);

}  // namespace mpb
