// The lines that rank 0 and another rank exchange through their messengers. Pure.
//
//   from rank 0                          to rank 0
//   start LOAD ["load","--host",...]     hello {"name":...}     the host of this rank, once
//   line LOAD TEXT     for its input     out LOAD TEXT          a line of its output
//   stop LOAD MS       after this time   ended LOAD {"how":...} no more lines will come
//
// LOAD is the number of the load: a line of an earlier one, which was stopped, is ignored.
#pragma once

#include <string>
#include <string_view>

#include "experiment/load_host.hh"
#include "result/environment.hh"

namespace mpb {

struct RankLine {
  std::string verb;
  int load = 0;  // 0 for hello
  std::string text;
};

std::string to_text(const RankLine& line);
// Throws RunFailed if it is not a line of the list above.
RankLine parse_rank_line(std::string_view text);

// The texts of the lines in JSON. Each second function is the inverse of the first, and throws
// RunFailed.
std::string command_json(const CommandLine& argv);
CommandLine command_from(std::string_view json);
std::string end_json(const LoadEnd& end);
LoadEnd end_from(std::string_view json);
// With the version of this program. A rank of another version is refused.
std::string rank_json(const RankRecord& rank);
RankRecord rank_from(std::string_view json);

// This process's host, as rank `rank`.
RankRecord describe_rank(int rank);
// Without the fields that are those of rank 0.
RankRecord differences(RankRecord rank, const RankRecord& first);

}  // namespace mpb
