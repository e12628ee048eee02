// The reports of the load generator to the orchestrator: one JSON object per line.
//
//   {"event":"ready","elapsed_s":0.021}            all connections are ready, with their subflows
//   {"event":"measuring","opened_ns":123456789}    the window opened at this time (CLOCK_MONOTONIC)
//   {"event":"progress","elapsed_s":0.25,"requests":9876}    every 250 ms of the window
//   {"event":"measured","elapsed_s":10}            the window has closed
//   {"event":"outcome","outcome":{...}}            the last line of a complete run
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
std::string to_line(const Outcome& outcome);

// The inverse of both. Throws BadInput with the line if it is neither.
std::variant<LoadEvent, Outcome> parse_line(std::string_view line);

}  // namespace mpb
