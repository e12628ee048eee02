// Reads a result file, for compare, gate, export and report.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "result/load_report.hh"
#include "result/result.hh"

namespace mpb {

// The inverse of to_json(): the result of a text of version 2 gives the same text again. A text of
// version 1 can be read too; missing values keep their defaults. Throws BadInput with the file, the
// JSON pointer of the field, and the remedy: "old.json: /runs/3/requests: is missing; run the
// experiment again with mptcp-bench 0.1.0".
Result result_from_json(std::string_view text, const std::string& file);

Result read_result(const std::string& file);

// The inverse of to_json(LoadReport); other members of the object are ignored. Throws BadInput:
// "the report of a load: /outcome/requests: is missing".
inline constexpr std::string_view kOfReport = "the report of a load";
LoadReport load_report_from(const nlohmann::ordered_json& json);

}  // namespace mpb
