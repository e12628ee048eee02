#include "load/secret.hh"

#include <fmt/format.h>

#include <cstdlib>

#include "sys/error.hh"
#include "sys/file.hh"

namespace mpb {

std::string read_secret(const std::string& env, const std::string& file) {
  if (!env.empty()) {
    const char* const value = std::getenv(env.c_str());
    if (value == nullptr || *value == '\0')
      throw BadInput(fmt::format("--auth-env: the environment has no variable {}", env));
    return value;
  }
  if (file.empty()) return "";
  const std::string line = first_line(file);
  if (line.empty())
    throw BadInput(fmt::format("--auth-file: cannot read a password from {}", file));
  return line;
}

}  // namespace mpb
