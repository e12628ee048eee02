// The effect of a condition on the links and on the load. result/condition.hh has its names, and
// experiment/grid checks them.
#pragma once

#include <string>

#include "load/workload.hh"
#include "result/condition.hh"
#include "scenario/scenario.hh"

namespace mpb {

// The value of a variable as results have it: "5ms" for "0.005s". The variable must exist. Throws
// BadInput for a value that it cannot have.
std::string usual_form(const std::string& variable, const std::string& value);

// Changes the links, in both directions, and the load to conditions that exist.
void apply(const Settings& conditions, Scenario& scenario, LoadParameters& load);

}  // namespace mpb
