// The answer to the question of an experiment, as sentences: the difference between its protocols
// with its interval, or the reason why it is unknown. The terminal, the page and the Markdown
// summary begin with it. It accounts for every cell that was measured.
#pragma once

#include <string>
#include <vector>

#include "analysis/analysis.hh"

namespace mpb {

std::vector<std::string> answer_sentences(const Analysis& analysis);

// The same sentences in one line.
std::string answer(const Analysis& analysis);

}  // namespace mpb
