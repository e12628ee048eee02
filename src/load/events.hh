// The load's side of its conversation with the orchestrator: one JSON object a line.
//
//   {"event":"ready","elapsed_s":0.021}                  all connections stand, subflows included
//   {"event":"measuring","opened_ns":123456789}          the window has opened, at that time of
//   CLOCK_MONOTONIC
//   {"event":"progress","elapsed_s":0.25,"requests":9876}  every 250 ms, since the window opened
//   {"event":"measured","elapsed_s":10}                  the window has closed
//   {"event":"outcome","outcome":{...}}                  the last line of a run that came to its
//   end
//
// Whoever writes a line flushes it at once: the reader takes the links' counters when it sees the
// edges of the window.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "load/generator.hh"

namespace mpb {

// Without the line's end.
std::string to_line(const LoadEvent& event);
std::string to_line(const Outcome& outcome);

// The inverse of both; throws BadInput that quotes a line which is neither.
std::variant<LoadEvent, Outcome> parse_line(std::string_view line);

}  // namespace mpb
