// What a person reads: the table of an experiment, and a plain sentence for every run that is not a
// result.
#pragma once

#include <string>

#include "report/analysis.hh"
#include "report/published.hh"

namespace mpb {

// Per operation and value size one row a protocol: req/s, its ratio to TCP, goodput, latency and
// the share of bytes each link carried. With several blocks each figure is the median over the
// valid runs. `title` is the first line; `published` is set beside ours.
std::string table(const Analysis& analysis, const std::string& title,
                  const std::optional<Published>& published = std::nullopt);

// "run 3 of 24 (mptcp get 4k) is not a result: 2 of 50 connections fell back to TCP."
std::string invalid_sentence(const Run& run, std::size_t runs);

// What a valid run went through and its figures do not show; "" when nothing.
std::string trouble_sentence(const Run& run, std::size_t runs);

// "link1 down 3.0 s, GET 4k: tcp stalled 7.4 s, mptcp 0.43 s" for each link that went away, and
// each operation and value size.
std::vector<std::string> stall_sentences(const std::vector<RunGroup>& groups);

}  // namespace mpb
