// The modes of MPTCP endpoints: which end announces or uses which addresses, and with which flags.
#pragma once

#include <array>
#include <string>

namespace mpb {

// In every mode a connection begins on the first link.
enum class Endpoints {
  kSubflow,      // the client opens a subflow from each of its other addresses
  kSignal,       // the server announces its other addresses, and the client has no endpoint
  kMaintainers,  // both, with all addresses, and joins only to announced ones: the test script of
                 // a maintainer of MPTCP in the kernel
  kFullmesh,     // from each address of the client to each of the server
  kLaminar,      // the client joins each announced address from the address of the same link
                 // (Linux 6.18)
  kBackup,       // like kSubflow, but other links carry data only when the first one cannot
  kNone,         // no further subflow
};

// By Endpoints.
inline const std::array<std::string, 7> kEndpointsNames{
    "subflow", "signal", "maintainers", "fullmesh", "laminar", "backup", "none"};

inline const std::string& to_text(Endpoints endpoints) {
  return kEndpointsNames[static_cast<std::size_t>(endpoints)];
}

}  // namespace mpb
