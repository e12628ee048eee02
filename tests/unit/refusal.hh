// The error that bad input leads to.
#pragma once

#include <string>

#include "sys/error.hh"

namespace mpb {

// The message of the BadInput that `action` throws, or "taken".
template <class Action>
std::string refusal(Action action) {
  try {
    action();
  } catch (const BadInput& error) {
    return error.what();
  }
  return "taken";
}

}  // namespace mpb
