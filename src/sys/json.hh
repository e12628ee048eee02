// The only parser of JSON text, from a file or from another process.
//
// For any input, the result is a value or BadInput: never an exception of the library, recursion as
// deep as the input demands, or time that grows with the square of the length. tests/layers.py
// refuses any other call of the library's parser. The reader of a field checks its type.
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace mpb {

// The limit of nested arrays and objects; our own documents have at most 12 levels.
inline constexpr std::size_t kDeepestJson = 64;
// The limit of members of one object, because the search for a member is linear. Our largest
// objects contain the sysctls of a host.
inline constexpr std::size_t kMostJsonMembers = 8192;

// Receives the elements of one array while the text is parsed. `array` is a member of the document.
// The elements are not kept, so a large document needs only the memory of its largest element.
struct JsonElements {
  std::string array;
  std::function<void(std::size_t index, const nlohmann::ordered_json& element)> take;
};

// Throws BadInput: "FILE: is not JSON: parse error at line 2, column 3: ...", or, if a value is
// wrong, with its JSON pointer: "FILE: /links/0/rate: 1e999 is out of range". If `file` is empty,
// the message has no "FILE: ". If `remedy` is not empty, the message ends with "; REMEDY".
nlohmann::ordered_json parse_json(std::string_view text, const std::string& file,
                                  const std::string& remedy = "",
                                  const JsonElements& elements = {});

// The number, if T can represent it; otherwise throws BadInput ("is not a whole number", "is
// negative", "is out of range"). T: int, std::uint32_t, std::int64_t or std::uint64_t.
template <class T>
T whole_number(const nlohmann::ordered_json& json);

// The text of a quantity such as "5ms"; throws BadInput ("5 is not text; write it in quotes, with
// its unit").
std::string quantity_text(const nlohmann::ordered_json& json);

}  // namespace mpb
