#include "world/mptcpd.hh"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "sys/error.hh"
#include "sys/virtual_time.hh"
#include "world/proof.hh"

namespace mpb {

namespace {

constexpr Nanos kStartTimeout = 5s;
constexpr Nanos kLookEvery = 10ms;

bool has_all(const std::vector<Endpoint>& endpoints, const std::vector<Endpoint>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const Endpoint& its) {
    return std::find(endpoints.begin(), endpoints.end(), its) != endpoints.end();
  });
}

constexpr const char* kInstalled = "/usr/libexec/mptcpd";

}  // namespace

void check_path_manager(const Setup& setup) {
  if (setup.path_manager == PathManager::kMptcpd && find_program("mptcpd").empty() &&
      access(kInstalled, X_OK) != 0) {
    throw CannotRun(
        "path-manager=mptcpd: mptcpd is not installed; run: apt-get install mptcpd mptcpd-plugins");
  }
}

std::vector<std::string> mptcpd_command() {
  return {find_program("mptcpd").empty() ? kInstalled : "mptcpd", "--log=stderr",
          "--path-manager=addr_adv", "--addr-flags=subflow",
          // As it is installed, it ignores the addresses that exist when it starts.
          "--notify-flags=existing,skip_link_local,skip_loopback"};
}

Mptcpd::Mptcpd(const Spaces& spaces, const std::vector<Endpoint>& wanted)
    : log_(memory_file("mptcpd")) {
  Spawn what;
  what.argv = argv_;
  what.netns_fd = spaces.fd(Role::kClient);
  what.stdout_fd = what.stderr_fd = log_.get();
  begin_aligned();
  child_ = spawn(what);
  const Nanos deadline = now() + kStartTimeout;
  while (
      !has_all(endpoints_from_text(spaces.output_lines(Role::kClient, {"ip", "mptcp", "endpoint"})),
               wanted)) {
    if (const std::optional<ExitStatus> status = child_.wait(kLookEvery))
      throw RunFailed(
          fmt::format("{} while starting; its package mptcpd-plugins has the path "
                      "manager addr_adv",
                      end_text(*status)));
    if (now() > deadline) {
      throw RunFailed(fmt::format("mptcpd did not make the client's endpoints within {}: {}",
                                  to_text(kStartTimeout), tail_of(log_.get(), 400)));
    }
  }
}

std::string Mptcpd::end_text(const ExitStatus& status) const {
  const std::string log = without_trailing_space(tail_of(log_.get(), 400));
  return fmt::format("mptcpd {}{}{}", status.text(), log.empty() ? "" : ": ", log);
}

std::string Mptcpd::ended() {
  const std::optional<ExitStatus> status = child_.wait(Nanos{0});
  return status ? end_text(*status) : "";
}

}  // namespace mpb
