#include "experiment/rank_words.hh"

#include <fmt/format.h>
#include <sched.h>

#include <array>
#include <nlohmann/json.hpp>
#include <sstream>

#include "experiment/messenger.hh"
#include "result/field_reader.hh"
#include "result/json.hh"
#include "sys/error.hh"
#include "sys/escape.hh"
#include "sys/json.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

// Foreign bytes, such as those of a file name, must not end the experiment.
std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Every rank runs the same program, so this is a fault of ours or a different version.
[[noreturn]] void refuse(const std::string& why) {
  throw RunFailed(
      fmt::format("a rank sent an invalid line: {}; install the same mptcp-bench on every host",
                  for_terminal(why)));
}

template <class F>
auto read_json(std::string_view text, const F& read) {
  try {
    return read(parse_json(text, ""));
  } catch (const Json::exception& error) {
    refuse(error.what());
  } catch (const BadInput& error) {
    refuse(error.what());
  }
}

}  // namespace

std::string to_text(const RankLine& line) {
  return fmt::format("{} {} {}", line.verb, line.load, line.text);
}

RankLine parse_rank_line(std::string_view text) {
  static constexpr std::array kVerbs{"start", "line", "stop", "hello", "out", "ended"};
  std::istringstream words{std::string(text)};
  RankLine line;
  words >> line.verb >> line.load;
  if (!words || std::find(kVerbs.begin(), kVerbs.end(), line.verb) == kVerbs.end())
    refuse(std::string(text.substr(0, 200)));
  std::getline(words.ignore(), line.text);
  return line;
}

std::string command_json(const CommandLine& argv) { return text_of(Json(argv)); }

CommandLine command_from(std::string_view json) {
  return read_json(json, [](const Json& words) { return words.get<CommandLine>(); });
}

std::string end_json(const LoadEnd& end) {
  return text_of(
      {{"how", end.how}, {"last_words", end.last_words}, {"cannot_run", end.cannot_run}});
}

LoadEnd end_from(std::string_view json) {
  return read_json(json, [](const Json& end) {
    return LoadEnd{.how = end.at("how"),
                   .last_words = end.at("last_words"),
                   .cannot_run = end.at("cannot_run")};
  });
}

std::string rank_json(const RankRecord& rank) {
  return text_of({{"tool_version", MPB_VERSION}, {"host", json_of(rank)}});
}

RankRecord rank_from(std::string_view json) {
  return read_json(json, [](const Json& hello) {
    const std::string version = hello.at("tool_version");
    RankRecord rank;
    const JsonSource source{"", ""};
    FieldReader reader(JsonField(hello.at("host"), source, ""));
    fields(reader, rank);
    if (version != MPB_VERSION)
      throw RunFailed(
          fmt::format("{} has mptcp-bench {}, and rank 0 has {}; install the same mptcp-bench on "
                      "every host",
                      for_terminal(rank.name), for_terminal(version), MPB_VERSION));
    return rank;
  });
}

namespace {

// mpirun binds a rank to one core, or to those of a socket, unless it is told otherwise.
std::optional<int> bound_cpus(int online) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return std::nullopt;
  const int allowed = CPU_COUNT(&set);
  return allowed < online ? std::optional(allowed) : std::nullopt;
}

}  // namespace

RankRecord describe_rank(int rank) {
  const Environment host = host_environment();
  return {.name = fmt::format("rank {} on {}", rank, host_name()),
          .kernel = host.kernel,
          .cpu = host.cpu,
          .cpus = host.cpus,
          .bound_cpus = bound_cpus(host.cpus),
          .sysctls = network_sysctls()};
}

RankRecord differences(RankRecord rank, const RankRecord& first) {
  if (rank.kernel == first.kernel) rank.kernel.reset();
  if (rank.cpu == first.cpu) rank.cpu.reset();
  if (rank.cpus == first.cpus) rank.cpus.reset();
  std::erase_if(rank.sysctls, [&](const auto& sysctl) {
    const auto same = first.sysctls.find(sysctl.first);
    return same != first.sysctls.end() && same->second == sysctl.second;
  });
  return rank;
}

}  // namespace mpb
