// Standard output and standard error: all that the program prints goes through here
// (tests/layers.py holds it to that), so that no text of others reaches a terminal as it is, and a
// full disk is not taken for success.
#pragma once

#include <string_view>

namespace mpb {

// To people, on stdout: lines of text, in which newlines are ours and every other control character
// is shown as an escape. A value that may hold a newline goes through for_terminal() before it
// becomes part of a line. Throws RunFailed when it cannot be written.
void print(std::string_view text);

// To programs, on stdout, as it is: JSON and the files that `export` writes. Throws RunFailed when
// it cannot be written.
void print_data(std::string_view text);

// A line to the process that started this one, at once. When it is gone nobody is left to be told.
void send_line(std::string_view line);

// "mptcp-bench: SENTENCE" on stderr, in one line whatever the sentence holds.
void say(std::string_view sentence);

// Takes the place of the line of stderr's terminal that is being written; with `keep` the next one
// begins below it.
void rewrite_line(std::string_view line, bool keep = false);

}  // namespace mpb
