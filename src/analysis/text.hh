// Numbers, units and names as text, the same in all outputs.
#pragma once

#include <string>

#include "sys/numbers.hh"

namespace mpb {

// The shortest text that parses back to the same number, whatever the locale; whole numbers without
// an exponent.
std::string number(double value);

// "12,763": digits in groups of three.
std::string format_count(double value);

// "25 %" of 0.25.
std::string percent(double fraction, int decimals = 0);

// Milliseconds with three significant digits: enough to compare, and no more precision than the
// figures have.
std::string milliseconds(double ns);

std::string upper(std::string text);

// "TCP" and "MPTCP" as in any text; other contestants as the tables call them: "tcp-split".
std::string title_name(const std::string& name);

}  // namespace mpb
