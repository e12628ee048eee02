// The packet capture of a run (--capture).
#pragma once

#include <optional>

#include "experiment/plan.hh"
#include "world/world.hh"

namespace mpb {

// Throws BadInput if the plan has more than one run, because a file with the packets of several
// runs would not show which is which.
void check_captured_runs(const ExperimentOptions& options);

// Completes the capture of this world, if it has one, and records it. `opened` is the start of the
// window on our clock. Call it when the links have been judged, because their emulator stops to
// move packets. A capture that cannot be written makes the run invalid.
void end_capture(World& world, std::optional<Nanos> opened, Run& run);

}  // namespace mpb
