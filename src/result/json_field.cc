#include "result/json_field.hh"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>

#include "sys/error.hh"
#include "sys/json.hh"

namespace mpb {

void JsonField::refuse(const std::string& why) const {
  throw BadInput(fmt::format("{}: {}: {}{}{}", source_->name, pointer_.empty() ? "/" : pointer_,
                             why, source_->remedy.empty() ? "" : "; ", source_->remedy));
}

JsonField JsonField::at(const std::string& pointer) const {
  return {*json_, *source_, pointer_ + "/" + pointer};
}

bool JsonField::has(const char* name) const { return json_->is_object() && json_->contains(name); }

JsonField JsonField::operator[](const std::string& name) const {
  if (!json_->is_object()) refuse("is not an object");
  const auto found = json_->find(name);
  if (found == json_->end()) at(name).refuse("is missing");
  return {*found, *source_, pointer_ + "/" + name};
}

std::vector<JsonField> JsonField::items() const {
  if (!json_->is_array()) refuse("is not an array");
  std::vector<JsonField> all;
  for (std::size_t i = 0; i < json_->size(); ++i)
    all.emplace_back((*json_)[i], *source_, pointer_ + "/" + std::to_string(i));
  return all;
}

std::vector<std::pair<std::string, JsonField>> JsonField::members() const {
  if (!json_->is_object()) refuse("is not an object");
  std::vector<std::pair<std::string, JsonField>> all;
  for (const auto& [name, value] : json_->items())
    all.emplace_back(name, JsonField(value, *source_, pointer_ + "/" + name));
  return all;
}

template <class T>
T JsonField::as() const {
  if constexpr (std::is_same_v<T, std::string>) {
    if (!json_->is_string()) refuse("is not text");
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!json_->is_boolean()) refuse("is neither true nor false");
  } else if constexpr (std::is_integral_v<T>) {
    try {
      const T value = whole_number<T>(*json_);
      // The sum of a thousand such numbers fits too.
      if constexpr (std::is_same_v<T, std::int64_t>) {
        if (value < -kMostExact || value > kMostExact) refuse("is out of range");
      }
      return value;
    } catch (const BadInput& error) {
      refuse(error.what());
    }
  } else {
    if (!json_->is_number()) refuse("is not a number");
  }
  return json_->get<T>();
}

template <class T>
std::vector<T> JsonField::numbers() const {
  if (!json_->is_array()) refuse("is not an array");
  std::vector<T> all;
  all.reserve(json_->size());
  for (const nlohmann::ordered_json& item : *json_) {
    if (item.is_number_unsigned() && std::in_range<T>(item.get<std::uint64_t>())) {
      all.push_back(static_cast<T>(item.get<std::uint64_t>()));
    } else {
      all.push_back(JsonField(item, *source_, pointer_ + "/" + std::to_string(all.size())).as<T>());
    }
  }
  return all;
}

bool JsonField::is_null() const { return json_->is_null(); }

template std::string JsonField::as() const;
template bool JsonField::as() const;
template int JsonField::as() const;
template std::uint32_t JsonField::as() const;
template std::int64_t JsonField::as() const;
template std::uint64_t JsonField::as() const;
template double JsonField::as() const;

template std::vector<int> JsonField::numbers() const;
template std::vector<std::uint32_t> JsonField::numbers() const;
template std::vector<std::int64_t> JsonField::numbers() const;
template std::vector<std::uint64_t> JsonField::numbers() const;

}  // namespace mpb
