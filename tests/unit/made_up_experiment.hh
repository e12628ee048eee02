// Invented experiments.
#pragma once

#include <cmath>
#include <string>

#include "experiment/plan.hh"
#include "made_up_scenario.hh"

namespace mpb {

inline ExperimentOptions experiment_over_unequal_links(std::uint64_t seed, int repeat) {
  ExperimentOptions options;
  options.scenario = scenario(kUnequal);
  options.protos = {Proto::kTcp, Proto::kMptcp};
  options.repeat = repeat;
  options.seed = seed;
  return options;
}

inline ExperimentOptions experiment(int repeat = 1) {
  ExperimentOptions options;
  options.protos = {Proto::kTcp, Proto::kMptcp};
  options.workload.ops = {{100}};
  options.workload.sizes = {parse_value_size("4k")};
  options.workload.duration = 5s;
  options.repeat = repeat;
  return options;
}

inline std::string text(const Cell& cell) {
  return std::to_string(cell.block) + " " + proto_name(cell) + " " + cell.name +
         (cell.rate ? " " + std::to_string(std::lround(*cell.rate)) : "");
}

}  // namespace mpb
