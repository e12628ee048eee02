// The wire model: the exact number of requests per second that a link without loss can carry. Pure
// arithmetic; docs/link-model.md derives it.
#pragma once

#include <string>

#include "result/parameters.hh"

namespace mpb {

// The share of GETs in an operation ("get", "set", "get80set20"), 0 to 1.
double get_share(const std::string& op);

// The link as `flows` flows find it: with a cap per flow, a direction carries at most the caps of
// all flows together.
LinkCapacity capacity_for(LinkCapacity link, double flows);

// The highest number of requests per second that a link carries, limited by the direction that
// fills first; 0 if the link has no rate. Pipelined requests share segments, so that small ones
// cost less.
double wire_ceiling_rps(const std::string& op, double value_bytes, const LinkCapacity& link,
                        bool mptcp, bool pipelined = false);

}  // namespace mpb
