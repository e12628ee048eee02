// Sentences about single runs: why one is invalid, and the troubles of a valid one.
#pragma once

#include <string>
#include <vector>

#include "result/result.hh"

namespace mpb {

// The troubles of a valid run that its figures do not show, such as lost requests; "" if it had
// none.
std::string trouble_sentence(const Run& run, std::size_t runs);

// The position in a reason against the run at which the reason itself begins: after "client2: ", if
// that is one of its hosts.
std::size_t after_host(const Run& run, const std::string& reason);

// One for all invalid runs that have the same reasons: "run 3 of 24 (mptcp get 4k) is not a result:
// fell back to TCP on 2 of 50 connections." Each remedy is given once, in the first of them.
std::vector<std::string> invalid_sentences(const Result& result);

}  // namespace mpb
