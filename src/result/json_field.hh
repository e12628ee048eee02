// A value of a JSON document that knows its position, so that whoever reads it can refuse it with
// the file and the JSON pointer: "old.json: /runs/3/requests: is missing".
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

namespace mpb {

// Numbers in JSON are exact up to here: 104 days of nanoseconds.
inline constexpr std::int64_t kMostExact = std::int64_t{1} << 53;

// The origin of a document, and the remedy if it cannot be read.
struct JsonSource {
  std::string name;
  std::string remedy;
};

// Refers to the document and its source, which must outlive it. Throws BadInput.
class JsonField {
 public:
  JsonField(const nlohmann::ordered_json& json, const JsonSource& source, std::string pointer)
      : json_(&json), source_(&source), pointer_(std::move(pointer)) {}

  [[noreturn]] void refuse(const std::string& why) const;

  // The position of a value below this one that is missing, or that was not kept. It can only
  // refuse().
  JsonField at(const std::string& pointer) const;

  bool has(const char* name) const;

  JsonField operator[](const std::string& name) const;

  std::vector<JsonField> items() const;

  std::vector<std::pair<std::string, JsonField>> members() const;

  // A text, a bool or a number. json_field.cc lists the types.
  template <class T>
  T as() const;

  // An array of whole numbers. Most of a result consists of long ones, so this constructs a
  // JsonField only for a number that it refuses.
  template <class T>
  std::vector<T> numbers() const;

  bool is_null() const;

 private:
  const nlohmann::ordered_json* json_;
  const JsonSource* source_;
  std::string pointer_;
};

}  // namespace mpb
