#include "world/steps.hh"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>

#include "net/mptcp_pm.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/kernel.hh"

namespace mpb {

namespace {

constexpr const char* kReadOnly =
    "/proc/sys is read-only, as in many containers; start the container with --cap-add SYS_ADMIN "
    "--cap-add NET_ADMIN (or Podman with --security-opt unmask=ALL)";

// A setting whose values are names that the kernel lists in another file.
struct NamedSetting {
  const char* name;
  const char* noun;
  const char* list;
};

constexpr NamedSetting kNamedSettings[] = {
    {.name = "net.ipv4.tcp_congestion_control",
     .noun = "congestion control",
     .list = "/proc/sys/net/ipv4/tcp_available_congestion_control"},
    {.name = "net.mptcp.scheduler",
     .noun = "MPTCP scheduler",
     .list = "/proc/sys/net/mptcp/available_schedulers"},
    {.name = "net.mptcp.path_manager",
     .noun = "MPTCP path manager",
     .list = "/proc/sys/net/mptcp/available_path_managers"},
};

// Older kernels that have net.mptcp.scheduler do not list the schedulers.
[[noreturn]] void refuse_name(const NamedSetting& setting, const std::string& value) {
  const std::string available = first_line(setting.list);
  throw CannotRun(fmt::format("this kernel has no {} \"{}\"{}", setting.noun, value,
                              available.empty() ? "" : "; it has: " + available));
}

[[noreturn]] void refuse_value(const std::string& name, const std::string& value, int error) {
  if (error == EROFS) throw CannotRun(kReadOnly);
  for (const NamedSetting& setting : kNamedSettings) {
    if (error == ENOENT && name == setting.name) refuse_name(setting, value);
  }
  if (name == "net.ipv4.tcp_congestion_control") {
    const std::string allowed = first_line("/proc/sys/net/ipv4/tcp_allowed_congestion_control");
    throw CannotRun(fmt::format(
        "this host does not allow congestion control \"{0}\" in namespaces (allowed: {1}); "
        "run: sysctl -w net.ipv4.tcp_allowed_congestion_control=\"{1} {0}\"",
        value, allowed));
  }
  throw SysError(fmt::format("setting {}={}", name, value), error);
}

// The first kernels with net.mptcp.scheduler (Linux 6.6) accept any name, and use the default
// scheduler instead of an unknown one. They do not list their schedulers either.
void check_scheduler(const std::string& value) {
  if (value == "default" || !first_line("/proc/sys/net/mptcp/available_schedulers").empty()) return;
  throw CannotRun(
      fmt::format("this kernel does not show whether it has an MPTCP scheduler \"{}\"; boot Linux "
                  "6.11 or later",
                  value));
}

void write_sysctl(const std::string& setting, bool if_present) {
  const std::size_t equals = setting.find('=');
  const std::string name = setting.substr(0, equals);
  const std::string value = setting.substr(equals + 1);
  const std::string path = sysctl_path(name);
  const Fd fd{open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (!fd && errno == ENOENT && if_present) return;
  if (!fd && errno == ENOENT)
    throw CannotRun(fmt::format(
        "no setting {} in a network namespace: this kernel does not have it, or it belongs to the "
        "whole host",
        name));
  if (!fd || write(fd.get(), value.data(), value.size()) != static_cast<ssize_t>(value.size()))
    refuse_value(name, value, errno);
  if (name == "net.mptcp.scheduler") check_scheduler(value);
}

// ip(8) before 7.0 does not know this flag.
void add_laminar_endpoint(const Step& step, const Spaces& spaces) {
  if (!kernel_at_least(6, 18))
    throw CannotRun("this kernel has no laminar endpoints; boot Linux 6.18 or later");
  const auto device = std::find(step.argv.begin(), step.argv.end(), "dev") + 1;
  inside_netns(spaces.fd(step.where), [&] { add_endpoint(step.argv[4], *device, kLaminarFlag); });
}

void run_command(const Step& step, const Spaces& spaces) {
  if (step.argv.back() == "laminar") return add_laminar_endpoint(step, spaces);
  const Captured ran = spaces.run(step.where, step.argv);
  if (ran.status.ok()) return;
  if (step.argv[0] == "tc" && ran.err.find("qdisc kind is unknown") != std::string::npos) {
    throw CannotRun(
        "this kernel has no netem qdisc (tc: Specified qdisc kind is unknown); use --links tun, or "
        "a kernel with sch_netem");
  }
  const std::string why = ran.err.empty() ? ran.status.text() : without_trailing_space(ran.err);
  throw RunFailed(fmt::format("{}: {}", to_text(step), why));
}

}  // namespace

void execute(const Step& step, const Spaces& spaces) {
  if (step.kind == Step::Kind::kCommand) return run_command(step, spaces);
  const bool if_present = step.kind == Step::Kind::kSysctlIfPresent;
  assert(if_present || step.kind == Step::Kind::kSysctl);
  inside_netns(spaces.fd(step.where), [&] { write_sysctl(step.argv.back(), if_present); });
}

std::string why_no_sysctls() {
  const bool read_only =
      access("/proc/sys/net/ipv4/tcp_congestion_control", W_OK) < 0 && errno == EROFS;
  return read_only ? kReadOnly : "";
}

}  // namespace mpb
