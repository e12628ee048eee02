// The version of the running kernel, and its settings.
#pragma once

#include <string>

namespace mpb {

// Whether it is Linux MAJOR.MINOR or later. Distributions port features back, so this is only for
// what cannot be asked of the kernel itself.
bool kernel_at_least(int major, int minor);

// "/proc/sys/net/mptcp/enabled" for "net.mptcp.enabled". The files below net/ belong to the network
// namespace of the process that opens them.
std::string sysctl_path(const std::string& name);

}  // namespace mpb
