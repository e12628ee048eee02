// How figures become words and columns: what the tables of this folder share.
#pragma once

#include <string>
#include <vector>

#include "sys/numbers.hh"

namespace mpb {

// The shortest text that parses back to the same number, whatever the locale; whole numbers without
// an exponent.
std::string number(double value);

// "12,763": digits in groups of three.
std::string grouped(double value);

// "25%" of 0.25.
std::string percent(double fraction, int decimals = 0);

// Milliseconds with three significant digits: enough to compare, not so many as to pretend.
std::string milliseconds(double ns);

std::string upper(std::string text);

// The sentence as a line of its own below a table, escaped for a terminal.
std::string line_of(const std::string& sentence);

using Row = std::vector<std::string>;

// Left-aligns the first columns (words), right-aligns the rest (numbers). Each cell is escaped for
// a terminal before it is measured.
std::string render(const std::vector<Row>& rows, std::size_t words = 3);

}  // namespace mpb
