#include "tools/evidence.hh"

#include <fmt/format.h>
#include <linux/netlink.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <thread>

#include "result/environment.hh"
#include "sys/error.hh"
#include "sys/file.hh"

namespace mpb {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOption = "--evidence DIR";
constexpr Nanos kFirstPause = 50ms;
constexpr Nanos kLongestPause = 1s;
constexpr std::size_t kKeptAtEachEnd = 10;  // listings at the beginning, and as many at the end
constexpr Nanos kToolTimeout = 60s;
constexpr Nanos kMonitorTimeout = 2s;

const std::vector<std::string> kListSockets{"ss", "-Manit"};
const std::vector<std::string> kFollowEvents{"ip", "-ts", "mptcp", "monitor"};
const std::vector<std::string> kReadCounters{"nstat", "-asz"};

// The files of /proc that show the CPU time and the soft interrupts of each CPU.
constexpr const char* kHostFiles[] = {"stat", "softirqs", "net/softnet_stat"};

constexpr const char* kContents = R"(
commands.txt           the commands that built the links, and the command that ran
proof.txt, proof.json  its connections, and the traffic of each link
client/, server/       both ends of the links:
  mptcp-monitor.txt    ip -ts mptcp monitor, from before the command to its end
  ss.txt               ss -Manit while the command ran, at the times in seconds
  nstat-*.txt          nstat -asz before and after the command
  settings-*.txt       addresses, routes, qdiscs, endpoints, and the sysctls of TCP and MPTCP
host/                  /proc/stat, /proc/softirqs and /proc/net/softnet_stat, before and after
)";

std::string whole_file(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string listed(const std::vector<std::string>& lines) {
  return fmt::format("{}\n", fmt::join(lines, "\n"));
}

std::string settings_text(const NamespaceRecord& its) {
  std::string text;
  const auto add = [&text](const std::string& heading, const std::vector<std::string>& lines) {
    text += fmt::format("# {}\n{}\n", heading, listed(lines));
  };
  add("ip -br address", its.addresses);
  add("ip route show table all", its.routes);
  add("ip rule", its.rules);
  add("tc qdisc show", its.qdiscs);
  if (its.mptcp_limits) add("ip mptcp limits show", {*its.mptcp_limits});
  if (its.mptcp_endpoints) add("ip mptcp endpoint show", *its.mptcp_endpoints);
  for (const auto& [device, lines] : its.offloads) add("ethtool -k " + device, lines);
  std::vector<std::string> sysctls;
  for (const auto& [name, value] : its.sysctls) sysctls.push_back(name + " = " + value);
  if (!sysctls.empty()) add("sysctl", sysctls);
  return text;
}

// Without the name of the host.
std::string about_text(const LabProof& proof) {
  const Environment host = host_environment();
  std::string text = fmt::format("mptcp-bench {}, links by {}\nkernel: {}\n", MPB_VERSION,
                                 proof.backend, host.kernel);
  const auto add = [&text](const char* name, const std::optional<std::string>& value) {
    if (value) text += fmt::format("{}: {}\n", name, *value);
  };
  add("architecture", host.architecture);
  add("distribution", host.os);
  add("cpu", host.cpu);
  text += fmt::format("cpus: {}\n", host.cpus);
  if (host.memory_bytes) text += fmt::format("memory: {} bytes\n", *host.memory_bytes);
  add("governor", host.governor);
  add("clocksource", host.clocksource);
  add("CONFIG_HZ", host.hz);
  add("hypervisor", host.hypervisor_flag);
  text += fmt::format("command: {}\nexit status: {}\nduration: {:.3f} s\n",
                      command_text(proof.command), proof.exit_status, seconds(proof.duration));
  return text + kContents;
}

// The socket with which a process receives events, as /proc/net/netlink shows it.
struct EventSocket {
  bool subscribed = false;
  bool has_unread = false;
  unsigned lost = 0;
};

EventSocket event_socket(int netns_fd, pid_t pid) {
  std::istringstream file(
      inside_netns(netns_fd, [] { return whole_file("/proc/thread-self/net/netlink"); }));
  EventSocket found;
  for (std::string line; std::getline(file, line);) {
    unsigned protocol = 0, owner = 0, groups = 0, unread = 0, lost = 0;
    if (std::sscanf(line.c_str(), "%*s %u %u %x %u %*u %*u %*u %u", &protocol, &owner, &groups,
                    &unread, &lost) != 5)
      continue;
    if (protocol == NETLINK_GENERIC && static_cast<pid_t>(owner) == pid)
      found = {.subscribed = groups != 0, .has_unread = unread > 0, .lost = lost};
  }
  return found;
}

// Waits a few milliseconds at a time.
template <class Condition>
bool wait_until(Condition condition) {
  for (const Nanos deadline = now() + kMonitorTimeout; !condition();) {
    if (now() > deadline) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

// The files in one folder of this name, as the content of a .tar.gz.
std::string packed(const std::string& name, const std::map<std::string, std::string>& files) {
  const Fd scratch = Sandbox::scratch_directory();
  const fs::path root = fmt::format("/proc/self/fd/{}", scratch.get());
  for (const auto& [path, text] : files) {
    const fs::path its = root / name / path;
    fs::create_directories(its.parent_path());
    std::ofstream file(its);
    file << text << std::flush;
    if (!file) throw RunFailed("--evidence: the files do not fit into memory (tmpfs)");
  }
  Spawn tar;
  tar.argv = {"tar", "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "-cz", name};
  tar.cwd_fd = scratch.get();
  Captured ran = run_captured(std::move(tar), kToolTimeout);
  if (!ran.status.ok())
    throw RunFailed(fmt::format("--evidence: tar {}: {}", ran.status.text(), ran.err));
  return std::move(ran.out);
}

}  // namespace

std::string evidence_path(const std::string& folder) {
  for (const auto& [program, package] : {std::pair{"ip", "iproute2"},
                                         {"ss", "iproute2"},
                                         {"nstat", "iproute2"},
                                         {"tar", "tar"},
                                         {"gzip", "gzip"}}) {
    if (find_program(program).empty()) {
      throw CannotRun(fmt::format("--evidence: {} is not installed; run: apt-get install {}",
                                  program, package));
    }
  }
  const std::string path =
      (fs::path(folder) / fmt::format("mptcp-evidence-{}.tar.gz", time_for_name())).string();
  check_writable(path, kOption);
  return path;
}

EvidenceArchive::EvidenceArchive(const World& world, const WorldOptions& options,
                                 std::vector<std::string> commands)
    : world_(world) {
  std::vector<std::string> lines;
  for (const Step& step : topology(options)) lines.push_back(to_text(step));
  lines.insert(lines.end(), commands.begin(), commands.end());
  files_["commands.txt"] = listed(lines);
  for (const Place& place : world.places()) {
    if (place.role != Role::kRouter) ends_.push_back(place);
  }
  for (const Place& end : ends_) follow(end);
  read_state("before");
  begin_ = now();
  pause_ = kFirstPause;
  due_ = begin_ + pause_;
}

void EvidenceArchive::follow(const Place& end) {
  Monitor& monitor = monitors_[to_text(end)];
  monitor.output = memory_file("monitor");
  Spawn what;
  what.argv = kFollowEvents;
  what.argv.front() = find_program(what.argv.front());
  what.netns_fd = world_.netns(end);
  what.stdout_fd = what.stderr_fd = monitor.output.get();
  monitor.process = spawn(what);
  const pid_t pid = monitor.process.pid();
  // The kernel shows only the first 32 groups. Beyond these, the time has to suffice.
  wait_until([&] { return event_socket(world_.netns(end), pid).subscribed; });
  if (!monitor.process.wait(0ns)) return;
  throw RunFailed(fmt::format("--evidence: {} ended: {}", command_text(kFollowEvents),
                              tail_of(monitor.output.get(), 400)));
}

void EvidenceArchive::stop_following(const Place& end) {
  Monitor& monitor = monitors_.at(to_text(end));
  EventSocket socket;
  wait_until([&] {
    socket = event_socket(world_.netns(end), monitor.process.pid());
    return !socket.has_unread;
  });
  std::this_thread::sleep_for(20ms);  // it prints the last event
  const bool ended_early = monitor.process.wait(0ns).has_value();
  monitor.process.signal(SIGTERM);
  monitor.process.wait(kMonitorTimeout);
  std::string& text = files_[to_text(end) + "/mptcp-monitor.txt"];
  text = tail_of(monitor.output.get(), std::string::npos);
  if (socket.lost > 0)
    text += fmt::format("# {} events are missing: they came too quickly\n", socket.lost);
  if (ended_early) text += "# it ended early, so later events are missing\n";
}

void EvidenceArchive::read_state(const std::string& when) {
  for (const char* name : kHostFiles) {
    files_[fmt::format("host/{}-{}.txt", fs::path(name).filename().string(), when)] =
        whole_file(std::string("/proc/") + name);
  }
  for (const auto& [role, record] : world_.namespaces())
    files_[fmt::format("{}/settings-{}.txt", role, when)] = settings_text(record);
  for (const Place& end : ends_) {
    const Captured ran = run_tool(world_.netns(end), kReadCounters);
    files_[fmt::format("{}/nstat-{}.txt", to_text(end), when)] = ran.out + ran.err;
  }
}

void EvidenceArchive::on_time() {
  if (now() < due_) return;
  const bool full = listings_[to_text(Role::kClient)].size() == 2 * kKeptAtEachEnd;
  if (full) ++left_out_;
  for (const Place& end : ends_) {
    const Nanos at = now() - begin_;
    const Captured ran = run_tool(world_.netns(end), kListSockets);
    std::vector<Listing>& all = listings_[to_text(end)];
    if (full) all.erase(all.begin() + kKeptAtEachEnd);
    all.push_back({at, ran.out + ran.err});
  }
  pause_ = std::min(2 * pause_, kLongestPause);
  due_ = now() + pause_;
}

void EvidenceArchive::add_listings(const Place& end) {
  std::string& text = files_[to_text(end) + "/ss.txt"];
  const std::vector<Listing>& all = listings_[to_text(end)];
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i == kKeptAtEachEnd && left_out_ > 0)
      text += fmt::format("# {} listings are left out here\n\n", left_out_);
    text += fmt::format("# at {:.3f} s\n{}\n", seconds(all[i].at), all[i].text);
  }
  if (all.empty()) text = "# the command ended before the first listing\n";
}

void EvidenceArchive::write(const LabProof& proof, const std::string& path) {
  for (const Place& end : ends_) {
    stop_following(end);
    add_listings(end);
  }
  read_state("after");
  files_["about.txt"] = about_text(proof);
  files_["proof.txt"] = to_text(proof);
  files_["proof.json"] = to_json(proof);
  std::string name = fs::path(path).filename().string();
  name.resize(name.find(".tar.gz"));
  replace_file(path, packed(name, files_), kOption);
}

}  // namespace mpb
