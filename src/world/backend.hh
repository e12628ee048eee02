// The choice of a backend, and the tests whether a backend works on this host. Each test tries it
// in a temporary network namespace; a Sandbox must exist first. Called from one thread.
#pragma once

#include <string>

#include "scenario/topology.hh"

namespace mpb {

struct BackendChoice {
  Backend backend;
  std::string why;
  bool seeds_netem = false;  // netem_takes_seeds()
};

// The backend for the word of --links. "auto" chooses veth for a single link without anything to
// emulate, tun for links with a trace, otherwise netem if the kernel has it, otherwise tun. Throws
// BadInput for a trace with "netem", and CannotRun if the backend, or
// with "auto" every suitable one, does not work here. Without `probe`, a backend that `word` names
// is not tested. `needs_flow_cap`: links have a cap per flow, at least under some conditions.
BackendChoice choose_backend(const std::string& word, const Scenario& scenario, bool probe,
                             bool needs_flow_cap);

// Throws BadInput if the options ask for a packet capture of a backend that has none. The kernel
// drops packets of netem without telling which, and why.
void check_capture(const WorldOptions& options);

// "" if `backend` works here, otherwise the reason and the remedy.
std::string why_not(Backend backend);

// "" if links by netem can have a cap per flow here, otherwise the reason and the remedy.
std::string why_no_netem_flow_cap();

// Whether netem accepts seeds here, as iproute2 and Linux do from 6.6.
bool netem_takes_seeds();

}  // namespace mpb
