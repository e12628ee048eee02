// The answer to the question of an experiment, as sentences: what its protocols differ by, with an
// interval, or the reason why that is not known. The terminal, the page and the Markdown summary
// begin with it.
#pragma once

#include <string>
#include <vector>

#include "analysis/analysis.hh"

namespace mpb {

std::vector<std::string> answer_sentences(const Analysis& analysis);

// All of them in one line.
std::string answer(const Analysis& analysis);

// One of the sentences, of a result with one protocol: of several such results it is needed once.
extern const char* const kNothingToCompare;

}  // namespace mpb
