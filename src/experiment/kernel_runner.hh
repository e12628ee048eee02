// The Runner of real experiments.
#pragma once

#include "experiment/ranks.hh"
#include "experiment/runner.hh"

namespace mpb {

// Runs cells at the target if there is one, otherwise in namespaces, for which the process must be
// in a Sandbox. With `ranks`, which must outlive the Runner, the load at the target comes from all
// of them.
Runner kernel_runner(Ranks* ranks = nullptr);

}  // namespace mpb
