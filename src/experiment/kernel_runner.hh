// The Runner of real experiments.
#pragma once

#include "experiment/runner.hh"

namespace mpb {

// Runs cells at the target if there is one, otherwise in namespaces, for which the process must be
// in a Sandbox.
Runner kernel_runner();

}  // namespace mpb
