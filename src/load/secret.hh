// The password of a store. It comes from a place that no other user can read: never from a command
// line, which ps(1) shows to everybody.
#pragma once

#include <string>

namespace mpb {

// The value of the environment variable `env`, or the first line of `file`; "" if both names are
// empty. Throws BadInput if the password is missing or empty.
std::string read_secret(const std::string& env, const std::string& file);

}  // namespace mpb
