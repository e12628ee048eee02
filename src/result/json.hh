// The parts of a result as JSON, by the lists of result/fields.hh.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "result/result.hh"

namespace mpb {

nlohmann::ordered_json json_of(const Run& run);
nlohmann::ordered_json json_of(const CaptureRecord& capture);
nlohmann::ordered_json json_of(const CapacityProbe& probe);
nlohmann::ordered_json json_of(const Pilot& pilot);
nlohmann::ordered_json json_of(const MachineRecord& machine);
nlohmann::ordered_json json_of(const RankRecord& rank);
nlohmann::ordered_json json_of(const Environment& environment);
nlohmann::ordered_json json_of(const ScenarioRecord& scenario);
nlohmann::ordered_json json_of(const WorkloadRecord& workload);
nlohmann::ordered_json json_of(const Parameters& parameters);

// All fields except the runs, in the order of the document.
nlohmann::ordered_json json_of_head(const Result& result);

}  // namespace mpb
