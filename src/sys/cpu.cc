#include "sys/cpu.hh"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "sys/file.hh"

namespace mpb {

namespace {

// The number of the process in the mounted /proc, which may belong to another PID namespace; -1 if
// the process has ended.
pid_t number_in_proc(int pidfd) {
  std::ifstream info("/proc/self/fdinfo/" + std::to_string(pidfd));
  pid_t pid = -1;
  for (std::string line; pid < 0 && std::getline(info, line);)
    std::sscanf(line.c_str(), "Pid: %d", &pid);
  return pid;
}

}  // namespace

CpuUse operator-(const CpuUse& after, const CpuUse& before) {
  return {after.ran - before.ran, after.waited - before.waited, after.turns - before.turns};
}

std::optional<CpuUse> parse_schedstat(std::string_view text) {
  long long ran = 0;
  long long waited = 0;
  unsigned long long turns = 0;
  const std::string line(text);
  if (std::sscanf(line.c_str(), "%lld %lld %llu", &ran, &waited, &turns) != 3) return std::nullopt;
  // A kernel that does not count shows zeros. A thread that reads its own line had a turn.
  if (turns == 0) return std::nullopt;
  return CpuUse{Nanos{ran}, Nanos{waited}, turns};
}

std::map<pid_t, CpuUse> cpu_use(int pidfd) {
  std::map<pid_t, CpuUse> threads;
  const pid_t pid = number_in_proc(pidfd);
  if (pid <= 0) return threads;
  std::error_code gone;
  const std::filesystem::path folder = "/proc/" + std::to_string(pid) + "/task";
  for (std::filesystem::directory_iterator i(folder, gone), end; !gone && i != end;
       i.increment(gone)) {
    const std::string thread = i->path().filename().string();
    if (const auto use = parse_schedstat(first_line(i->path().string() + "/schedstat")))
      threads.emplace(std::atoi(thread.c_str()), *use);
  }
  return threads;
}

std::optional<CpuUse> cpu_use_of_this_thread() {
  return parse_schedstat(first_line("/proc/thread-self/schedstat"));
}

Nanos cpu_time(pid_t pid) {
  clockid_t clock{};
  timespec used{};
  if (pid <= 0 || clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
    return Nanos{0};
  return std::chrono::seconds(used.tv_sec) + Nanos{used.tv_nsec};
}

std::optional<Nanos> cpu_pressure() { return parse_pressure(first_line("/proc/pressure/cpu")); }

std::optional<Nanos> parse_pressure(const std::string& text) {
  const std::size_t at = text.find(" total=");
  long long us = 0;
  if (text.rfind("some ", 0) != 0 || at == std::string::npos ||
      std::sscanf(text.c_str() + at, " total=%lld", &us) != 1 || us < 0)
    return std::nullopt;
  return std::chrono::microseconds(us);
}

HostCpu operator-(const HostCpu& after, const HostCpu& before) {
  HostCpu used{after.busy - before.busy, after.nice - before.nice, {}};
  const std::size_t cpus = std::min(after.softirq.size(), before.softirq.size());
  for (std::size_t i = 0; i < cpus; ++i)
    used.softirq.push_back(after.softirq[i] - before.softirq[i]);
  return used;
}

std::optional<HostCpu> host_cpu() {
  std::ifstream stat("/proc/stat");
  const Nanos at = now();
  const std::string text{std::istreambuf_iterator<char>(stat), {}};
  const auto its = parse_host_ticks(text);
  if (!its) return std::nullopt;
  const Nanos tick = Nanos{1s} / sysconf(_SC_CLK_TCK);
  const Nanos nice = getpriority(PRIO_PROCESS, 0) <= 0 ? tick * its->nice : 0ns;
  HostCpu spent{at * its->cpus - tick * its->idle - nice, nice, {}};
  for (const std::int64_t ticks : its->softirq) spent.softirq.push_back(tick * ticks);
  return spent;
}

std::optional<HostTicks> parse_host_ticks(const std::string& text) {
  std::istringstream lines(text);
  HostTicks its;
  for (std::string line; std::getline(lines, line) && line.rfind("cpu", 0) == 0;) {
    std::istringstream fields(line);
    std::string name;
    std::int64_t user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0,
                 steal = 0;
    fields >> name >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
    if (!fields) return std::nullopt;
    if (name == "cpu") {
      its.idle = idle + iowait + steal;
      its.nice = nice;
    } else {
      ++its.cpus;
      its.softirq.push_back(softirq);
    }
  }
  return its.cpus > 0 ? std::optional(its) : std::nullopt;
}

double cpu_percent(Nanos cpu, Nanos wall) {
  return wall > 0ns ? std::round(1e4 * seconds(cpu) / seconds(wall)) / 100 : 0;
}

}  // namespace mpb
