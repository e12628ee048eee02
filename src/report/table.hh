// What a person reads: the table of an experiment, and a plain sentence for every run that is not a result.
#pragma once

#include <string>

#include "report/group.hh"
#include "report/published.hh"
#include "report/result.hh"

namespace mpb {

// Per operation and value size one row a protocol: req/s, its ratio to TCP, goodput, latency and the share of bytes each link carried.
// With several blocks each figure is the median over the valid runs. `title` is the first line; `published` is set beside ours.
std::string table(const Result& result, const std::string& title, const std::optional<Published>& published = std::nullopt);

// "run 3 of 24 (mptcp get 4k) is not a result: 2 of 50 connections fell back to TCP."
std::string invalid_sentence(const Run& run, std::size_t runs);

// What a valid run went through and its figures do not show; "" when nothing.
std::string trouble_sentence(const Run& run, std::size_t runs);

// "link1 down 3.0 s, GET 4k: tcp stalled 7.4 s, mptcp 0.43 s" for each link that went away, and each operation and value size.
std::vector<std::string> stall_sentences(const std::vector<RunGroup>& groups);

// "12,763": digits in groups of three.
std::string grouped(double value);

// The headline latency. Open loop: it counts from when the request was due, or a stall would hide the requests that it held up.
const Histogram& headline_latency(const Run& run);

}  // namespace mpb
