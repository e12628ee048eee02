// Reads a result file back: what compare, gate, export and report begin with.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "result/result.hh"

namespace mpb {

// The inverse of to_json: the same text comes of it again, when it is of version 2. Reads version 1
// too, whose missing values keep their defaults. Throws BadInput that names the file, the
// field as a JSON pointer and the remedy: "old.json: /runs/3/requests: is missing; make the result
// anew with mptcp-bench 0.1.0".
Result result_from_json(std::string_view text, const std::string& file);

Result read_result(const std::string& file);

// The inverse of to_json(Outcome). Throws BadInput: "the outcome of a load: /requests: is missing".
inline constexpr std::string_view kOfOutcome = "the outcome of a load";
Outcome outcome_from(const nlohmann::ordered_json& json);

// What the environment variable MPTCP_BENCH_MACHINE holds, which tests/vm/run.sh sets: the JSON of
// a MachineRecord; nothing where it is not set. Throws BadInput: "MPTCP_BENCH_MACHINE: /seed: is
// missing; let tests/vm/run.sh --uml set it, or unset it".
inline constexpr const char* kMachineVariable = "MPTCP_BENCH_MACHINE";
std::optional<MachineRecord> machine_of_environment();
MachineRecord machine_from(std::string_view text);

}  // namespace mpb
