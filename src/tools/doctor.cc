#include "tools/doctor.hh"

#include <sys/utsname.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "experiment/store_under_test.hh"
#include "net/sock_diag.hh"
#include "net/socket.hh"
#include "sys/error.hh"
#include "sys/escape.hh"
#include "sys/file.hh"
#include "sys/namespace.hh"
#include "sys/process.hh"
#include "world/backend.hh"

namespace mpb {

namespace {

using Level = Finding::Level;

// `in_new_namespace` when this is asked inside a sandbox: then only the kernel can be to blame.
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
  return {Level::kGood, "MPTCP", std::string("on (Linux ") + uts.release + ")"};
}

Finding mptcp_sysctls() {
  const std::string folder = "/proc/sys/net/mptcp/";
  std::string text;
  for (const char* name :
       {"scheduler", "pm_type", "path_manager", "checksum_enabled", "blackhole_timeout"}) {
    const std::string value = first_line(folder + name);
    if (!value.empty()) text += (text.empty() ? "" : ", ") + std::string(name) + " " + value;
  }
  return {Level::kGood, "MPTCP settings", text.empty() ? "none to be seen in " + folder : text};
}

Finding congestion_control() {
  const std::string folder = "/proc/sys/net/ipv4/";
  const std::string used = first_line(folder + "tcp_congestion_control");
  const std::string available = first_line(folder + "tcp_available_congestion_control");
  const std::string allowed = first_line(folder + "tcp_allowed_congestion_control");
  std::string text = "default " + used + ", namespaces may use: " + allowed;
  std::istringstream names(available);
  std::string missing;
  for (std::string name; names >> name;) {
    if ((" " + allowed + " ").find(" " + name + " ") == std::string::npos) missing += " " + name;
  }
  if (!missing.empty()) {
    text += "; to use" + missing + " too: sysctl -w net.ipv4.tcp_allowed_congestion_control=\"" +
            allowed + missing + "\"";
  }
  if (used != "cubic")
    text += "; results with " + used + " and with cubic may differ: choose with --congestion";
  return {Level::kGood, "congestion control", text};
}

Finding backend(Backend backend, const std::string& good) {
  const std::string why = why_not(backend);
  return {why.empty() ? Level::kGood : Level::kLimit, "links by " + to_text(backend),
          why.empty() ? good : why};
}

// Every run reads the congestion control of its connections back.
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
  return path.empty() ? Finding{without, program,
                                "not installed (" + use + "); run: apt-get install " + package}
                      : Finding{Level::kGood, program, path};
}

Finding store() {
  const StoreChoice choice = choose_store("auto", true);
  return {Level::kGood, "store",
          "--store auto takes " + to_text(choice.kind) + " " + choice.version + ": " + choice.why};
}

// Only a process 1 that does not is worth a line: on a host there is none to be found.
std::optional<Finding> process_1() {
  if (orphans_are_reaped()) return std::nullopt;
  return Finding{Level::kLimit, "process 1",
                 first_line("/proc/1/comm") +
                     " does not reap orphans: each mptcp-bench that is killed leaves a zombie; "
                     "start the container with an init "
                     "(docker run --init)"};
}

}  // namespace

std::vector<Finding> examine_host() {
  std::vector<Finding> findings{mptcp(false), mptcp_sysctls(), congestion_control(), socket_list(),
                                store()};
  if (const std::optional<Finding> finding = process_1()) findings.push_back(*finding);
  findings.push_back(scheduler_finding(cpu_use_of_this_thread()));
  findings.push_back(tool("ip", "iproute2", "builds the links", Level::kBad));
  findings.push_back(tool("tc", "iproute2", "netem", Level::kLimit));
  findings.push_back(tool("ethtool", "ethtool", "netem's links need offloads off", Level::kLimit));
  try {
    const Sandbox sandbox;
    findings.push_back(
        {Level::kGood, "namespaces",
         sandbox.unprivileged() ? "yes, as an ordinary user (user namespaces)" : "yes, as root"});
    findings.push_back(mptcp(true));
    findings.push_back(
        backend(Backend::kNetem,
                std::string("the kernel's netem; --links auto takes it; losses and jitter ") +
                    (netem_takes_seeds() ? "follow from --seed"
                                         : "do not follow from --seed, which needs tc and "
                                           "Linux 6.6 or newer")));
    findings.push_back(
        backend(Backend::kTun, "/dev/net/tun can be used for our own link emulator"));
    const bool links = std::any_of(findings.end() - 2, findings.end(),
                                   [](const Finding& f) { return f.level == Level::kGood; });
    if (!links)
      findings.push_back({Level::kBad, "links",
                          "neither backend works here: one of the two remedies above is needed"});
  } catch (const CannotRun& error) {
    findings.push_back({Level::kBad, "namespaces", error.what()});
  }
  return findings;
}

Finding scheduler_finding(const std::optional<CpuUse>& own) {
  if (own) return {Level::kGood, "waiting for a CPU", "the kernel counts it (schedstat)"};
  return {
      Level::kLimit, "waiting for a CPU",
      "the kernel does not count it, so that runs on a busy host may pass as valid; run: sysctl "
      "-w kernel.task_delayacct=1 (Linux 5.14), or boot one with CONFIG_SCHEDSTATS"};
}

std::string report(const std::vector<Finding>& findings) {
  std::string text;
  std::size_t widest = 0;
  for (const Finding& finding : findings) widest = std::max(widest, finding.subject.size());
  for (const Finding& finding : findings) {
    const char* mark = finding.level == Level::kGood    ? "ok    "
                       : finding.level == Level::kLimit ? "limit "
                                                        : "BAD   ";
    text += mark + finding.subject + std::string(widest - finding.subject.size() + 2, ' ') +
            for_terminal(finding.text) + "\n";
  }
  const bool bad = std::any_of(findings.begin(), findings.end(),
                               [](const Finding& f) { return f.level == Level::kBad; });
  return text + (bad ? "\nThe main job cannot run here until what is marked BAD is mended.\n"
                     : "\nThe main job can run here: mptcp-bench\n");
}

}  // namespace mpb
