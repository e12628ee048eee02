#include "result/environment.hh"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sys/file.hh"
#include "sys/virtual_time.hh"

namespace mpb {

namespace {

namespace fs = std::filesystem;

// The value of the first line "KEY<blanks>: VALUE" of a file such as /proc/cpuinfo.
std::string field(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(key, 0) != 0) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t start = line.find_first_not_of(" \t", colon + 1);
    return start == std::string::npos ? "" : line.substr(start);
  }
  return "";
}

std::optional<std::string> if_known(const std::string& value) {
  return value.empty() ? std::nullopt : std::optional(value);
}

// CONFIG_HZ from the published configuration of the kernel, or "". sysconf(_SC_CLK_TCK) cannot
// replace it, because it is always 100.
std::string kernel_hz() {
  utsname uts{};
  uname(&uts);
  std::ifstream file(std::string("/boot/config-") + uts.release);
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("CONFIG_HZ=", 0) == 0) return line.substr(10);
  }
  return "";
}

void read_sysctls(const fs::path& folder, const std::string& prefix, const std::string& name_starts,
                  std::map<std::string, std::string>& into) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(name_starts, 0) != 0) continue;
    if (name.find("key") != std::string::npos) continue;  // tcp_fastopen_key is a secret
    std::string value = first_line(entry.path().string());
    for (char& c : value) c = c == '\t' ? ' ' : c;
    into[prefix + name] = value;
  }
}

}  // namespace

Environment host_environment() {
  utsname uts{};
  uname(&uts);
  Environment host;
  host.kernel = std::string(uts.sysname) + " " + uts.release + " " + uts.version;
  host.architecture = uts.machine;
  host.os = if_known([] {
    std::ifstream file("/etc/os-release");
    for (std::string line; std::getline(file, line);) {
      if (line.rfind("PRETTY_NAME=\"", 0) == 0) return line.substr(13, line.size() - 14);
    }
    return std::string();
  }());
  host.cpu = if_known(field("/proc/cpuinfo", "model name"));
  host.cpus = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  host.memory_bytes = std::int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  host.governor = if_known(first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
  host.clocksource =
      if_known(first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource"));
  host.hz = if_known(kernel_hz());
  host.congestion_control = if_known(first_line("/proc/sys/net/ipv4/tcp_congestion_control"));
  // A virtual machine cannot detect its host, or that its clock counts instructions. The program
  // that starts it provides this (tests/vm/run.sh does).
  if (const char* kernel = std::getenv("MPTCP_BENCH_HOST_KERNEL"))
    host.host_kernel = if_known(kernel);
  const char* clock = std::getenv("MPTCP_BENCH_VIRTUAL_TIME");
  host.virtual_time = clock != nullptr && *clock != '\0';
  if (in_virtual_time()) {
    host.virtual_time = true;
    host.virtual_clock = "uml";
  }
  const bool hypervisor = field("/proc/cpuinfo", "flags").find(" hypervisor") != std::string::npos;
  host.hypervisor_flag = hypervisor ? "yes" : "no";
  return host;
}

std::optional<Bytes> available_memory() {
  std::istringstream words(field("/proc/meminfo", "MemAvailable"));
  std::int64_t kib = 0;
  return words >> kib ? std::optional(Bytes{kib * 1024}) : std::nullopt;
}

long long stolen_time_ns() {
  std::istringstream fields(first_line("/proc/stat"));
  std::string cpu;
  long long value = 0;
  fields >> cpu;
  for (int i = 0; i < 8 && fields >> value; ++i) continue;  // the eighth field is steal, in ticks
  return value * (1'000'000'000LL / sysconf(_SC_CLK_TCK));
}

std::map<std::string, std::string> network_sysctls() {
  std::map<std::string, std::string> all;
  read_sysctls("/proc/sys/net/ipv4", "net.ipv4.", "tcp_", all);
  read_sysctls("/proc/sys/net/mptcp", "net.mptcp.", "", all);
  return all;
}

std::vector<std::string> settings_not_inherited(const std::map<std::string, std::string>& host,
                                                const std::map<std::string, std::string>& fresh) {
  std::vector<std::string> settings;
  for (const auto& [name, value] : host) {
    // A namespace shows the size of the host's table as a negative number.
    if (name == "net.ipv4.tcp_ehash_entries") continue;
    const auto own = fresh.find(name);
    if (own != fresh.end() && own->second != value)
      settings.push_back(fmt::format("{}={}", name, value));
  }
  return settings;
}

}  // namespace mpb
