// JSON text of a file or of another process, as a value: the only place that parses any.
//
// Whatever the bytes are, a value comes out or BadInput is thrown: no exception of the library, no
// recursion as deep as the text says, no time that grows with the square of its length.
// tests/layers.py refuses any other call of the library's parser. The types of the fields are
// checked by whoever reads them.
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace mpb {

// Arrays and objects inside each other; ours have at most 12.
inline constexpr std::size_t kDeepestJson = 64;
// Of one object, which is searched from its beginning; the largest of ours holds a host's sysctls.
inline constexpr std::size_t kMostJsonMembers = 8192;

// Takes the elements of one array, a member of the document, one after the other while the text is
// parsed. They are not kept: a large document then needs the memory of its largest element.
struct JsonElements {
  std::string array;
  std::function<void(std::size_t index, const nlohmann::ordered_json& element)> take;
};

// Throws BadInput: "FILE: is not JSON: parse error at line 2, column 3: ...", or with a JSON
// pointer where the fault is in a value: "FILE: /links/0/rate: 1e999 is out of range". Without
// `file` the message begins behind it. `remedy`, when there is one, stands at the end, as ";
// REMEDY".
nlohmann::ordered_json parse_json(std::string_view text, const std::string& file,
                                  const std::string& remedy = "",
                                  const JsonElements& elements = {});

// A whole number that T can hold; throws BadInput ("is not a whole number", "is negative", "is out
// of range"). T: int, std::uint32_t, std::int64_t or std::uint64_t.
template <class T>
T whole_number(const nlohmann::ordered_json& json);

// The text of a quantity, "5ms"; throws BadInput ("5 is not text; write it in quotes, with its
// unit").
std::string quantity_text(const nlohmann::ordered_json& json);

}  // namespace mpb
