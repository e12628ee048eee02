// The common parts of the fuzz targets. A target asserts: a property that does not hold aborts, as
// does anything but BadInput that comes out of a parser, and libFuzzer keeps the input.
#pragma once

#include <fuzzer/FuzzedDataProvider.h>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sys/error.hh"

namespace mpb {

// The value that a parser made of its input, or nothing if it refused it. A parser of a file names
// it.
template <class Parse>
auto accepted(Parse parse, std::string_view file = "") -> std::optional<decltype(parse())> {
  try {
    return parse();
  } catch (const BadInput& error) {
    const std::string_view message = error.what();
    assert(message.size() > file.size());
    assert(message.starts_with(file));
    return std::nullopt;
  }
}

// Mutates JSON as JSON: values become extreme, members go, come twice or change places. Falls back
// to bytes for a text that is none.
std::size_t mutate_json(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed);

}  // namespace mpb
