// How figures become words and columns: what the tables of this folder share.
#pragma once

#include <string>
#include <vector>

namespace mpb {

std::string fixed(double value, int decimals);

// Milliseconds with three significant digits: enough to compare, not so many as to pretend.
std::string milliseconds(double ns);

std::string upper(std::string text);

using Row = std::vector<std::string>;

// Left-aligns the first columns (words), right-aligns the rest (numbers). Widths are measured in bytes: the cells are ASCII.
std::string render(const std::vector<Row>& rows, std::size_t words = 3);

}  // namespace mpb
