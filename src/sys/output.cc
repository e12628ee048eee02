#include "sys/output.hh"

#include <algorithm>
#include <iostream>
#include <string>

#include "sys/error.hh"
#include "sys/escape.hh"

namespace mpb {

namespace {

std::string lines_for_terminal(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    safe += for_terminal(text.substr(0, end));
    if (end < text.size()) safe += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return safe;
}

}  // namespace

void print(std::string_view text) { print_data(lines_for_terminal(text)); }

void print_data(std::string_view text) {
  std::cout << text << std::flush;
  if (std::cout) return;
  throw RunFailed(errno == EPIPE ? "the program that read standard output has ended"
                                 : "writing to standard output failed: is its disk full?");
}

void send_line(std::string_view line) { std::cout << line << std::endl; }

void say(std::string_view sentence) {
  std::cerr << "mptcp-bench: " + for_terminal(sentence) + "\n" << std::flush;
}

void say_lines(std::string_view text) { std::cerr << lines_for_terminal(text) << std::flush; }

void rewrite_line(std::string_view line, bool keep) {
  std::cerr << "\r\033[K" + for_terminal(line) + (keep ? "\n" : "") << std::flush;
}

}  // namespace mpb
