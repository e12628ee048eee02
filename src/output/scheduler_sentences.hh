// The sentences of an answer about a scheduler that kept nearly all bytes on one link, so that
// MPTCP gains little or nothing.
#pragma once

#include <string>
#include <vector>

#include "analysis/analysis.hh"

namespace mpb {

// "MPTCP gained nothing with GET 4k: its scheduler kept 96 % of the bytes on link1. ...", one for
// each link that carried nearly all bytes of this protocol. None for a protocol that is meant to
// use one link, and none for a variant that is compared with MPTCP: both have the second link.
std::vector<std::string> scheduler_sentences(const Analysis& analysis, const std::string& protocol);

}  // namespace mpb
