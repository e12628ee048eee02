// Sentences about single runs: why one is invalid, and the troubles of a valid one.
#pragma once

#include <string>
#include <vector>

#include "result/result.hh"

namespace mpb {

// "run 3 of 24 (mptcp get 4k) is not a result: 2 of 50 connections fell back to TCP."
std::string invalid_sentence(const Run& run, std::size_t runs);

// The troubles of a valid run that its figures do not show, such as lost requests; "" if it had
// none.
std::string trouble_sentence(const Run& run, std::size_t runs);

// One for every invalid run.
std::vector<std::string> invalid_sentences(const Result& result);

}  // namespace mpb
