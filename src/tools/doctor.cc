#include "tools/doctor.hh"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

#include "experiment/host_facts.hh"
#include "experiment/store_under_test.hh"
#include "net/mptcpify.hh"
#include "net/sock_diag.hh"
#include "net/socket.hh"
#include "sys/error.hh"
#include "sys/escape.hh"
#include "sys/file.hh"
#include "sys/namespace.hh"
#include "sys/process.hh"
#include "world/backend.hh"
#include "world/proof.hh"
#include "world/steps.hh"

namespace mpb {

namespace {

using Level = Finding::Level;

// `in_new_namespace` is set inside a sandbox, where only the kernel can be the cause.
Finding mptcp(bool in_new_namespace) {
  try {
    open_stream(AF_INET, Transport::kMptcp);
  } catch (const std::exception& error) {
    if (in_new_namespace) return {Level::kBad, "MPTCP", error.what()};
    return {Level::kLimit, "MPTCP (--target)", error.what()};
  }
  if (!in_new_namespace) return {Level::kGood, "MPTCP (--target)", "on in this network"};
  utsname uts{};
  uname(&uts);
  return {Level::kGood, "MPTCP", fmt::format("on (Linux {})", uts.release)};
}

Finding mptcp_sysctls() {
  const std::string folder = "/proc/sys/net/mptcp/";
  std::vector<std::string> settings;
  for (const char* name :
       {"scheduler", "pm_type", "path_manager", "checksum_enabled", "blackhole_timeout"}) {
    const std::string value = first_line(folder + name);
    if (!value.empty()) settings.push_back(fmt::format("{} {}", name, value));
  }
  return {Level::kGood, "MPTCP settings",
          settings.empty() ? fmt::format("none readable in {}", folder)
                           : fmt::format("{}", fmt::join(settings, ", "))};
}

// Of this host, for --target. Links of ours have endpoints and limits of their own.
std::optional<Finding> path_manager() {
  const NamespaceRecord host = host_facts({});
  if (!host.mptcp_endpoints || !host.mptcp_limits) return std::nullopt;  // no ip(8), or no MPTCP
  return endpoints_finding(*host.mptcp_endpoints, *host.mptcp_limits);
}

Finding congestion_control() {
  const std::string folder = "/proc/sys/net/ipv4/";
  const std::string used = first_line(folder + "tcp_congestion_control");
  const std::string available = first_line(folder + "tcp_available_congestion_control");
  const std::string allowed = first_line(folder + "tcp_allowed_congestion_control");
  std::string text = fmt::format("default {}, namespaces may use: {}", used, allowed);
  std::istringstream names(available);
  std::string missing;
  for (std::string name; names >> name;) {
    if ((" " + allowed + " ").find(" " + name + " ") == std::string::npos) missing += " " + name;
  }
  if (!missing.empty()) {
    text += fmt::format(
        "; to allow{0} too: sysctl -w net.ipv4.tcp_allowed_congestion_control=\"{1}{0}\"", missing,
        allowed);
  }
  if (used != "cubic") {
    text +=
        fmt::format("; results with {} and with cubic may differ: choose with --congestion", used);
  }
  return {Level::kGood, "congestion control", text};
}

Finding backend(Backend backend, const std::string& good) {
  const std::string why = why_not(backend);
  return {why.empty() ? Level::kGood : Level::kLimit, fmt::format("links by {}", to_text(backend)),
          why.empty() ? good : why};
}

// Every run needs this list to read back the congestion control of its connections.
Finding socket_list() {
  try {
    established_sockets();
  } catch (const std::exception& error) {
    return {Level::kBad, "sockets", error.what()};
  }
  return {Level::kGood, "sockets", "listed by the kernel (sock_diag)"};
}

Finding tool(const std::string& program, const std::string& package, const std::string& use,
             Level without) {
  const std::string path = find_program(program);
  if (!path.empty()) return {Level::kGood, program, path};
  return {without, program,
          fmt::format("not installed ({}); run: apt-get install {}", use, package)};
}

Finding store() {
  const StoreChoice choice = choose_store("auto", true);
  return {Level::kGood, "store",
          fmt::format("--store auto takes {} {}: {}", to_text(choice.kind), choice.version,
                      choice.why)};
}

// Only a process 1 that does not reap orphans is worth a line. Outside of containers it always
// does.
std::optional<Finding> process_1() {
  if (orphans_are_reaped()) return std::nullopt;
  return Finding{
      Level::kLimit, "process 1",
      fmt::format("{} does not reap orphans, so each killed mptcp-bench leaves a zombie; start the "
                  "container with an init (docker run --init)",
                  first_line("/proc/1/comm"))};
}

const char* mark_of(Level level) {
  switch (level) {
    case Level::kGood:
      return "ok";
    case Level::kLimit:
      return "limit";
    case Level::kBad:
      return "BAD";
  }
  return "";
}

}  // namespace

std::vector<Finding> examine_host() {
  std::vector<Finding> findings{mptcp(false), mptcp_sysctls(), congestion_control(), socket_list(),
                                store()};
  if (const std::optional<Finding> finding = path_manager())
    findings.insert(findings.begin() + 2, *finding);
  if (const std::optional<Finding> finding = process_1()) findings.push_back(*finding);
  findings.push_back(scheduler_finding(cpu_use_of_this_thread()));
  findings.push_back(tracing_finding(why_no_mptcpify()));
  findings.push_back(tool("ip", "iproute2", "builds the links", Level::kBad));
  findings.push_back(tool("tc", "iproute2", "netem", Level::kLimit));
  findings.push_back(tool("ethtool", "ethtool", "netem's links need offloads off", Level::kLimit));
  try {
    const Sandbox sandbox;
    findings.push_back(
        {Level::kGood, "namespaces",
         sandbox.unprivileged() ? "yes, as an ordinary user (user namespaces)" : "yes, as root"});
    findings.push_back(mptcp(true));
    if (const std::string why = why_no_sysctls(); !why.empty())
      findings.push_back({Level::kBad, "settings", why});
    findings.push_back(
        backend(Backend::kNetem,
                fmt::format("the kernel's netem, which --links auto takes; losses and jitter {}",
                            netem_takes_seeds()
                                ? "follow from --seed"
                                : "do not follow from --seed, which needs tc and Linux 6.6 or "
                                  "newer")));
    const bool has_netem = findings.back().level == Level::kGood;
    if (has_netem) findings.push_back(flow_cap_finding(why_no_netem_flow_cap()));
    findings.push_back(backend(Backend::kTun, "our own link emulator can use /dev/net/tun"));
    if (!has_netem && findings.back().level != Level::kGood)
      findings.push_back({Level::kBad, "links",
                          "neither backend works here; apply one of the two remedies above"});
  } catch (const CannotRun& error) {
    findings.push_back({Level::kBad, "namespaces", error.what()});
  }
  return findings;
}

Finding endpoints_finding(const std::vector<std::string>& endpoints, const std::string& limits) {
  std::vector<std::string> texts;
  bool may_join = false;
  for (const Endpoint& its : endpoints_from_text(endpoints)) {
    texts.push_back(fmt::format("{}{}{}{}", its.address, its.device.empty() ? "" : " dev ",
                                its.device, its.flags.empty() ? "" : " "));
    texts.back() += fmt::format("{}", fmt::join(its.flags, " "));
    may_join = may_join || its.flags.contains("subflow") || its.flags.contains("fullmesh");
  }
  std::map<std::string, std::string> allowed = limits_from_text(limits);
  std::string text = fmt::format("{}; limits: subflows {}, add_addr_accepted {}",
                                 texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, ", ")),
                                 allowed["subflows"], allowed["add_addr_accepted"]);
  if (allowed["subflows"] == "0") {
    text += ", so MPTCP has one path; run: ip mptcp limits set subflows 2";
  } else if (!may_join) {
    text +=
        ", so MPTCP has one path unless the store announces another address; to use a second "
        "interface of this host: ip mptcp endpoint add ADDRESS dev DEVICE subflow";
  }
  return {Level::kGood, "MPTCP endpoints (--target)", text};
}

Finding scheduler_finding(const std::optional<CpuUse>& own) {
  if (own) return {Level::kGood, "waiting for a CPU", "the kernel counts it (schedstat)"};
  return {
      Level::kLimit, "waiting for a CPU",
      "the kernel does not count it, so that runs on a busy host may pass as valid; run: sysctl "
      "-w kernel.task_delayacct=1 (Linux 5.14), or boot one with CONFIG_SCHEDSTATS"};
}

Finding flow_cap_finding(const std::string& why_not) {
  if (why_not.empty())
    return {Level::kGood, "flow caps by netem", "the kernel's fq holds each flow to flow_rate"};
  return {Level::kLimit, "flow caps by netem", why_not};
}

Finding tracing_finding(const std::string& why_not) {
  if (why_not.empty())
    return {Level::kGood, "BPF tracing", "programs load, so store-mptcp=mptcpify can be used"};
  return {Level::kLimit, "BPF tracing",
          fmt::format("{}, so store-mptcp=mptcpify cannot be used here; a virtual machine can "
                      "(tests/vm/README.md)",
                      why_not)};
}

std::string report(const std::vector<Finding>& findings) {
  std::string text;
  std::size_t widest = 0;
  for (const Finding& finding : findings) widest = std::max(widest, finding.subject.size());
  for (const Finding& finding : findings) {
    text += fmt::format("{:6}{:{}}{}\n", mark_of(finding.level), finding.subject, widest + 2,
                        for_terminal(finding.text));
  }
  const bool bad = std::any_of(findings.begin(), findings.end(),
                               [](const Finding& f) { return f.level == Level::kBad; });
  return text + (bad ? "\nExperiments cannot run here until the problems marked BAD are fixed.\n"
                     : "\nExperiments can run here: mptcp-bench\n");
}

}  // namespace mpb
