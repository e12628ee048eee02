// What a person reads: the table of an experiment, and a plain sentence for every run that is not a result.
#pragma once

#include <string>

#include "report/result.hh"

namespace mpb {

// Per operation and value size one row a protocol: req/s, its ratio to TCP, goodput, latency and the share of bytes each link carried.
// With several blocks each figure is the median over the valid runs. `title` is the first line.
std::string table(const Result& result, const std::string& title);

// "run 3 of 24 (mptcp get 4k) is not a result: 2 of 50 connections fell back to TCP."
std::string invalid_sentence(const Run& run, std::size_t runs);

// "12,763": digits in groups of three.
std::string grouped(double value);

}  // namespace mpb
