// The emulator as a child process, `mptcp-bench link`: what it is told on its command line and on
// its standard input, and what it answers.
//
// One command a line, one line of JSON for each: `snapshot`; `reset-lateness`, which starts a new
// window of lateness, read delay and the longest gap, and answers {}; `set LINK`, with a link as in
// links_from_json, which changes that link from now on and answers {}. Anything else is answered
// with
// {"error": "..."}. At the end of its input the emulator exits with 0: an orchestrator that dies
// takes it along. It says nothing unasked; the first answer to `snapshot` shows that packets move.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "emu/ferry.hh"
#include "emu/snapshot.hh"

namespace mpb {

// [{"name": "link1", "up": {"rate": "100mbit", "delay": "5ms"}, "down": {...}}], with the fields of
// emu/link_fields. An absent field is none of it; "blackhole": true loses everything. Throws
// BadInput: /0/up/rate: "5" has no unit ...
std::vector<LinkSpec> links_from_json(std::string_view text);
std::string links_to_json(const std::vector<LinkSpec>& links);
std::string link_to_json(const LinkSpec& link);  // one of them, as `set` takes it

// One line without its end. Durations in nanoseconds, sizes in bytes. from_json throws RunFailed on
// anything that to_json did not write, with the emulator's own words when it answered with an
// error.
std::string to_json(const Snapshot& snapshot);
Snapshot snapshot_from_json(std::string_view text);

// The answer to one command line.
std::string answer(Ferry& ferry, std::string_view command);

// Carries packets and answers commands until control_in ends; returns the exit code. control_in
// must be a pipe, a socket or a terminal.
int run_ferry(std::vector<LinkEnds> links, Seed seed, int control_in, int control_out);

}  // namespace mpb
