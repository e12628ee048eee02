// The reports of the load generator to the orchestrator: one JSON object per line.
//
//   {"event":"ready","elapsed_s":0.021}            all connections are ready, with their subflows
//   {"event":"measuring","opened_ns":123456789}    the window opened at this time (CLOCK_MONOTONIC)
//   {"event":"progress","elapsed_s":0.25,"requests":9876}    every 250 ms of the window
//   {"event":"measured","elapsed_s":10}            the window has closed
//   {"event":"outcome","outcome":{...}}            the last line of a complete run
//
// With several hosts, the last line also has the histograms that a merge of all hosts needs.
// Such a load waits after "ready" for a line of its standard input, "open 123456789", and begins at
// this time.
//
// Flush every line at once, because the reader reads the counters of the links when it receives the
// start and the end of the window.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "load/generator.hh"

namespace mpb {

// Without the newline.
std::string to_line(const LoadEvent& event);
std::string to_line(const LoadReport& report);

// The inverse of both. Throws BadInput with the line if it is neither.
std::variant<LoadEvent, LoadReport> parse_line(std::string_view line);

// Waits for the line "open NANOSECONDS" on standard input, and then until this time of
// CLOCK_MONOTONIC, which it returns. Throws RunFailed if standard input ends, Interrupted after a
// signal.
Nanos await_opening();

}  // namespace mpb
