// A store's password, from where no other user can read it: never from a command line, which ps(1)
// shows to all.
#pragma once

#include <string>

namespace mpb {

// The value of the environment variable `env`, or the first line of `file`; "" when both names are
// empty. Throws BadInput when there is none.
std::string read_secret(const std::string& env, const std::string& file);

}  // namespace mpb
