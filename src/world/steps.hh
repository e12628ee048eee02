// Executes the steps of a world that do not depend on its backend: commands and sysctls.
#pragma once

#include <string>

#include "scenario/topology.hh"
#include "world/spaces.hh"

namespace mpb {

// Throws CannotRun if the host lacks something (a congestion control, netem), otherwise RunFailed
// or SysError. The step has to be a command or a sysctl.
void execute(const Step& step, const Spaces& spaces);

// Why no sysctl can be set in the namespaces of this process, with the remedy; "" if they can.
std::string why_no_sysctls();

}  // namespace mpb
