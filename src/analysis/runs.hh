// Single runs in sentences: why one is not a result, and what a valid one went through.
#pragma once

#include <string>
#include <vector>

#include "result/result.hh"

namespace mpb {

// "run 3 of 24 (mptcp get 4k) is not a result: 2 of 50 connections fell back to TCP."
std::string invalid_sentence(const Run& run, std::size_t runs);

// What a valid run went through and its figures do not show; "" when nothing.
std::string trouble_sentence(const Run& run, std::size_t runs);

// Of every run that is not a result.
std::vector<std::string> invalid_sentences(const Result& result);

}  // namespace mpb
