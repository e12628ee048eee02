// The sentences of an answer about runs that no ratio compares.
#pragma once

#include <string>
#include <vector>

#include "analysis/analysis.hh"

namespace mpb {

// Why there is no ratio, or which protocols have none. Empty if everything is compared. A search is
// compared by its answers instead.
std::vector<std::string> uncompared_sentences(const Analysis& analysis);

// One of the sentences, if a result has one protocol. A page of several such results shows it once.
extern const char* const kNothingToCompare;

}  // namespace mpb
