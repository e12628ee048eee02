#include "sys/kernel.hh"

#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace mpb {

bool kernel_at_least(int major, int minor) {
  utsname uts{};
  uname(&uts);
  std::pair<int, int> version{0, 0};
  if (std::sscanf(uts.release, "%d.%d", &version.first, &version.second) != 2) return false;
  return version >= std::pair(major, minor);
}

std::string sysctl_path(const std::string& name) {
  std::string path = name;
  std::replace(path.begin(), path.end(), '.', '/');
  return "/proc/sys/" + path;
}

}  // namespace mpb
