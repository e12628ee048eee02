// Endpoints of the kernel's MPTCP path manager over netlink, for flags that ip-mptcp(8) may not
// know.
#pragma once

#include <cstdint>
#include <string>

namespace mpb {

// The flags of linux/mptcp_pm.h, which older headers lack.
inline constexpr std::uint32_t kImplicitFlag = 1U << 4;  // Linux 5.18
inline constexpr std::uint32_t kLaminarFlag = 1U << 5;   // Linux 6.18

// Adds an endpoint of IPv4 or IPv6 in the network namespace of the caller. Throws SysError.
void add_endpoint(const std::string& address, const std::string& device, std::uint32_t flags);

}  // namespace mpb
