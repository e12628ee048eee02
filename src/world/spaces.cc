#include "world/spaces.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <sstream>
#include <utility>

#include "sys/error.hh"

namespace mpb {

namespace {

constexpr Nanos kToolTimeout = 10s;

// `names`: words, and the descriptors whose paths replace them. The tool inherits these.
Captured run_with_names(int netns_fd, std::vector<std::string> argv,
                        const std::vector<std::pair<std::string, int>>& names) {
  Spawn tool;
  tool.netns_fd = netns_fd;
  const std::string program = find_program(argv.front());
  if (program.empty()) {
    throw CannotRun(fmt::format("{0} is not installed; run: apt-get install {1}", argv.front(),
                                argv.front() == "ethtool" ? "ethtool" : "iproute2"));
  }
  argv.front() = program;
  for (std::string& word : argv) {
    for (const auto& [name, fd] : names) {
      if (word != name) continue;
      word = fmt::format("/proc/self/fd/{}", fd);
      tool.keep_fds.push_back(fd);
    }
  }
  tool.argv = std::move(argv);
  return run_captured(std::move(tool), kToolTimeout);
}

}  // namespace

Spaces::Spaces(Backend backend, const Scenario& scenario)
    : backend_(backend), places_(places_of(backend, scenario)), netns_(places_.size()) {}

int Spaces::fd(const Place& place) const {
  const auto found = std::find(places_.begin(), places_.end(), place);
  if (found == places_.end()) {
    throw BadInput(fmt::format("there is no {} namespace with the {} backend", to_text(place),
                               to_text(backend_)));
  }
  return netns_[static_cast<std::size_t>(found - places_.begin())].fd();
}

Captured Spaces::run(const Place& place, const std::vector<std::string>& argv) const {
  std::vector<std::pair<std::string, int>> names;
  for (const Place& each : places_) names.emplace_back("@" + to_text(each), fd(each));
  return run_with_names(fd(place), argv, names);
}

std::string Spaces::output_of(const Place& place, const std::vector<std::string>& argv) const {
  const Captured ran = run_tool(fd(place), argv);
  return ran.status.ok() ? without_trailing_space(ran.out) : "";
}

std::vector<std::string> Spaces::output_lines(const Place& place,
                                              const std::vector<std::string>& argv) const {
  const Captured ran = run_tool(fd(place), argv);
  std::vector<std::string> lines;
  std::istringstream stream(ran.status.ok() ? ran.out : "");
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

SpaceCounters Spaces::counters(const Place& place) const {
  return inside_netns(fd(place), [] {
    return SpaceCounters{.devices = device_counters(), .qdiscs = qdisc_counters()};
  });
}

Captured run_tool(int netns_fd, const std::vector<std::string>& argv) {
  return run_with_names(netns_fd, argv, {});
}

std::string without_trailing_space(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0)
    text.pop_back();
  return text;
}

}  // namespace mpb
