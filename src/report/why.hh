// The tables and sentences that explain a result, for the terminal and the page: cells without the
// words that name their row.
#pragma once

#include <string>
#include <vector>

#include "report/explain.hh"
#include "report/text.hh"

namespace mpb {

// Throughput against the wire model, segments sent again, and how long a reply takes to arrive.
Row throughput_header(const Result& result);
Row throughput_cells(const Explanation& why);

// CPU time a request, each with its interval: "12.4 (11.8-13.1)".
Row cpu_header();
Row cpu_cells(const Explanation& why);
inline constexpr const char* kAboutCpu =
    "CPU time a request in us, median (95 % interval from six runs on)";

// The work that each column of the CPU table includes and the work that it does not.
std::vector<std::string> cpu_sentences(const std::vector<Explanation>& all);

// "GET 4k: over one link MPTCP gets 0.90x (0.88-0.92) of TCP, ..."; nothing without that ratio.
std::string stack_sentence(const Explanation& why);

// The sentence as lines below a table, broken behind semicolons where it is longer than a terminal
// is wide.
std::string folded(const std::string& sentence);

// Removes the columns behind the first `words` that have nothing but "-" below their heading.
void drop_unknown_columns(std::vector<Row>& rows, std::size_t words);

}  // namespace mpb
