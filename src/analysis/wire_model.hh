// The wire model: how many requests a second a link without loss can carry, exactly. Pure
// arithmetic; docs/link-model.md derives it.
#pragma once

#include <string>

namespace mpb {

// The share of GETs in an operation by its words ("get", "set", "get80set20"), 0 to 1.
double get_share(const std::string& op);

// Requests a second that a link carries at most, whichever of its directions fills first; 0 when it
// has no rate to fill. Pipelined requests share segments, so that small ones cost less.
double wire_ceiling_rps(const std::string& op, double value_bytes, double up_bps, double down_bps,
                        bool mptcp, bool pipelined = false);

}  // namespace mpb
