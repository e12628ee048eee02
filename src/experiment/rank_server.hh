// A rank other than 0 of an experiment that mpirun started: it starts the loads that rank 0 wants.
#pragma once

#include "experiment/messenger.hh"

namespace mpb {

// Serves until rank 0 ends the experiment. Throws RankLost if rank 0 is lost. Nothing remains in
// either case.
void serve_rank(const MpiPlace& place);

}  // namespace mpb
