// Reads a result file, for compare, gate, export and report.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "result/result.hh"

namespace mpb {

// The inverse of to_json(): the result of a text of version 2 gives the same text again. A text of
// version 1 can be read too; missing values keep their defaults. Throws BadInput with the file, the
// JSON pointer of the field, and the remedy: "old.json: /runs/3/requests: is missing; run the
// experiment again with mptcp-bench 0.1.0".
Result result_from_json(std::string_view text, const std::string& file);

Result read_result(const std::string& file);

// The inverse of to_json(Outcome). Throws BadInput: "the outcome of a load: /requests: is missing".
inline constexpr std::string_view kOfOutcome = "the outcome of a load";
Outcome outcome_from(const nlohmann::ordered_json& json);

// The MachineRecord in the environment variable MPTCP_BENCH_MACHINE, which tests/vm/run.sh sets to
// JSON; nothing if it is not set. Throws BadInput: "MPTCP_BENCH_MACHINE: /seed: is missing; let
// tests/vm/run.sh --uml set it, or unset it".
inline constexpr const char* kMachineVariable = "MPTCP_BENCH_MACHINE";
std::optional<MachineRecord> machine_of_environment();
MachineRecord machine_from(std::string_view text);

}  // namespace mpb
