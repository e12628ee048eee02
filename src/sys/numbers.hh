// Numbers as text, independent of the locale.
#pragma once

#include <string>

namespace mpb {

std::string fixed(double value, int decimals);  // "12.30"

// The shortest text that parses back to the same number: "0.1", "1e+20".
std::string shortest(double value);

}  // namespace mpb
