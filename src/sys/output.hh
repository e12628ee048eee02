// Standard output and standard error. The program prints through these functions only
// (tests/layers.py checks this), so that foreign text is always escaped before it reaches a
// terminal, and a full disk is always an error.
#pragma once

#include <string_view>

namespace mpb {

// Prints lines of text for people on stdout. Newlines are kept, and every other control character
// is escaped. A value that may contain a newline has to pass for_terminal() before it becomes part
// of a line. Throws RunFailed if the text cannot be written.
void print(std::string_view text);

// Prints data for programs on stdout without a change: JSON and the files that `export` writes.
// Throws RunFailed if the text cannot be written.
void print_data(std::string_view text);

// Sends a line to the process that started this one, without buffering. An error is ignored: it
// means that the receiver has ended.
void send_line(std::string_view line);

// Prints "mptcp-bench: SENTENCE" on stderr, always as one line.
void say(std::string_view sentence);

// Prints lines of text for people on stderr, escaped as by print(), where stdout belongs to another
// program. An error is ignored.
void say_lines(std::string_view text);

// Replaces the present line of the terminal at stderr. With `keep`, later output begins below it.
void rewrite_line(std::string_view line, bool keep = false);

}  // namespace mpb
