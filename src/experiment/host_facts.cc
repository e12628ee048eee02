#include "experiment/host_facts.hh"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "net/interfaces.hh"
#include "net/socket.hh"
#include "sys/process.hh"
#include "world/proof.hh"

namespace mpb {

namespace {

using Lines = std::vector<std::string>;

constexpr Nanos kToolAtTarget = 10s;

// The lines that a tool prints; nothing if it is not installed or fails.
std::optional<Lines> lines_from(std::vector<std::string> argv) {
  argv.front() = find_program(argv.front());
  if (argv.front().empty()) return std::nullopt;
  const Captured tool = run_captured({.argv = std::move(argv)}, kToolAtTarget);
  if (!tool.status.ok()) return std::nullopt;
  Lines lines;
  std::istringstream text(tool.out);
  for (std::string line; std::getline(text, line);) {
    line.erase(line.find_last_not_of(" \r") + 1);
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

// "eth0" of "qdisc fq_codel 0: dev eth0 root refcnt 2 limit 10240p"; "" without it.
std::string device_of_line(const std::string& qdisc) {
  std::istringstream words(qdisc);
  for (std::string word; words >> word;) {
    if (word == "dev" && words >> word) return word;
  }
  return "";
}

// By device, without the number of references, which says nothing about packets.
std::map<std::string, std::string> qdiscs_by_device(const NamespaceRecord& record) {
  std::map<std::string, std::string> all;
  for (const std::string& line : record.qdiscs) {
    std::istringstream words(line);
    std::string& text = all[device_of_line(line)];
    for (std::string word; words >> word;) {
      if (word == "refcnt") {
        words >> word;
      } else {
        text += (text.empty() ? "" : " ") + word;
      }
    }
  }
  return all;
}

// The endpoints without their numbers, which change when an endpoint is removed and added again.
std::string endpoints_text(const std::vector<std::string>& lines) {
  std::set<std::string> texts;
  for (const Endpoint& its : endpoints_from_text(lines))
    texts.insert(fmt::format("{} dev {} {}", its.address, its.device, fmt::join(its.flags, " ")));
  return texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, ", "));
}

void note_change(const std::string& name, const std::string& before, const std::string& now,
                 std::vector<std::string>& changes) {
  if (before != now) changes.push_back(fmt::format("{}: \"{}\" and \"{}\"", name, before, now));
}

}  // namespace

NamespaceRecord host_facts(const std::vector<std::string>& devices) {
  NamespaceRecord facts;
  for (const std::string& device : devices) facts.offloads[device] = offloads_of(device);
  for (const std::string& line : lines_from({"tc", "qdisc", "show"}).value_or(Lines{})) {
    if (facts.offloads.contains(device_of_line(line))) facts.qdiscs.push_back(line);
  }
  facts.mptcp_endpoints = lines_from({"ip", "mptcp", "endpoint", "show"});
  if (const auto limits = lines_from({"ip", "mptcp", "limits", "show"}); limits && !limits->empty())
    facts.mptcp_limits = limits->front();
  facts.sysctls = network_sysctls();
  // Their list grows when anybody loads a module.
  std::erase_if(facts.sysctls,
                [](const auto& its) { return its.first.find("available_") != std::string::npos; });
  return facts;
}

std::vector<std::string> add_facts(const NamespaceRecord& seen, NamespaceRecord& known) {
  std::vector<std::string> changes;
  const std::map<std::string, std::string> before = qdiscs_by_device(known);
  for (const auto& [device, qdiscs] : qdiscs_by_device(seen)) {
    if (before.contains(device))
      note_change(fmt::format("qdisc of {}", device), before.at(device), qdiscs, changes);
  }
  for (const std::string& line : seen.qdiscs) {
    if (!before.contains(device_of_line(line))) known.qdiscs.push_back(line);
  }
  for (const auto& [device, offloads] : seen.offloads) {
    const auto [had, added] = known.offloads.try_emplace(device, offloads);
    note_change(fmt::format("offloads of {}", device),
                fmt::format("{}", fmt::join(had->second, ", ")),
                fmt::format("{}", fmt::join(offloads, ", ")), changes);
  }
  if (!known.mptcp_endpoints) known.mptcp_endpoints = seen.mptcp_endpoints;
  if (known.mptcp_endpoints && seen.mptcp_endpoints)
    note_change("MPTCP endpoints", endpoints_text(*known.mptcp_endpoints),
                endpoints_text(*seen.mptcp_endpoints), changes);
  if (!known.mptcp_limits) known.mptcp_limits = seen.mptcp_limits;
  if (known.mptcp_limits && seen.mptcp_limits)
    note_change("MPTCP limits", *known.mptcp_limits, *seen.mptcp_limits, changes);
  for (const auto& [name, value] : seen.sysctls) {
    const auto [had, added] = known.sysctls.try_emplace(name, value);
    note_change(name, had->second, value, changes);
  }
  return changes;
}

std::optional<std::int64_t> cached_tcp_metrics(const Target& target) {
  std::string host = Address::resolve(target.host, 0).host();
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  // With an address, ip(8) fails if there is no entry.
  const std::optional<Lines> entries = lines_from({"ip", "tcp_metrics", "show"});
  if (!entries) return std::nullopt;
  return std::count_if(entries->begin(), entries->end(),
                       [&host](const std::string& line) { return line.starts_with(host + " "); });
}

}  // namespace mpb
