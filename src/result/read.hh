// Reads a result file, for compare, gate, export and report.
#pragma once

#include <nlohmann/json_fwd.hpp>
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

}  // namespace mpb
