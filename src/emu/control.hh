// The emulator as a child process, `mptcp-bench link`: its command line, the commands on its
// standard input, and its answers.
//
// One line for each command, one line of JSON for each answer:
//   snapshot          the counters
//   reset-lateness    {}; starts a new window of lateness, read delay and the longest gap
//   end-capture       the numbers of captured packets, and the counters at that time
//   set LINK          {}; changes a link, in the form of links_from_json(), from now on
//   start-traces NS   {}; all traces start at this time of CLOCK_MONOTONIC, past or future
// The answer to anything else is {"error": "..."}. At the end of its input the emulator exits with
// 0, so it ends with the orchestrator. It writes only answers; the first one to `snapshot` shows
// that packets move.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "emu/ferry.hh"
#include "emu/snapshot.hh"

namespace mpb {

// [{"name": "link1", "up": {"rate": "100mbit", "delay": "5ms"}, "down": {...}}], with the fields of
// emu/link_fields. A trace is the name of its file; its content is in the descriptors of --trace.
// A link has no property whose field is absent; "blackhole": true loses every
// packet. Throws BadInput: /0/up/rate: "5" has no unit ...
std::vector<LinkSpec> links_from_json(std::string_view text);
std::string links_to_json(const std::vector<LinkSpec>& links);
std::string link_to_json(const LinkSpec& link);  // one link, for `set`

// One line without its newline. Durations in nanoseconds, sizes in bytes. The readers throw
// RunFailed for any text that to_json did not write; if it is an error of the emulator, with the
// emulator's message.
std::string to_json(const Snapshot& snapshot);
Snapshot snapshot_from_json(std::string_view text);
std::string to_json(const CaptureReport& report);
CaptureReport capture_report_from_json(std::string_view text);

// The answer to one command line.
std::string answer(Ferry& ferry, std::string_view command);

// Carries packets and answers commands until `control_in` ends; returns the exit code. `control_in`
// must be a pipe, a socket or a terminal. With a file for `capture` it captures every packet.
int run_ferry(std::vector<LinkEnds> links, Seed seed, int control_in, int control_out,
              Fd capture = {});

}  // namespace mpb
