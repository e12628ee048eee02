#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "cmd/cmd.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

template <class Number>
bool read_number(const std::string& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
  const auto check = [least, most](const std::string& text) -> std::string {
    std::uint64_t number = 0;
    if (!read_number(text, number) || number < least)
      return fmt::format("\"{}\" is not a whole number of {} or more", text, least);
    return number <= most ? "" : fmt::format("\"{}\" is more than {}", text, most);
  };
  return {check, "", "whole number"};
}

CLI::Validator above_zero() {
  const auto check = [](const std::string& text) -> std::string {
    double number = 0;
    if (read_number(text, number) && number > 0) return "";
    return fmt::format("\"{}\" is not a number above 0", text);
  };
  return {check, "", "above zero"};
}

void only(CLI::Option* option, std::vector<std::string> words) {
  option->type_name(fmt::format("{{{}}}", fmt::join(words, ",")));
  const auto check = [words = std::move(words)](const std::string& text) -> std::string {
    if (std::find(words.begin(), words.end(), text) != words.end()) return "";
    const std::string near = nearest(text, words.data(), words.data() + words.size());
    return fmt::format("\"{}\" is not one of {}{}", text, fmt::join(words, ", "),
                       near.empty() ? "" : fmt::format("; did you mean {}", near));
  };
  // CLI11's own check would print the words once more in the help.
  option->check(CLI::Validator(check, "", "one of some words"));
}

}  // namespace mpb
