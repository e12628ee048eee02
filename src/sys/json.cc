#include "sys/json.hh"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "sys/error.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

// Builds the value from the parser's events. The library's own builders either do not limit the
// depth, or search the whole parent for discarded values at the end of each object, which takes
// hours for a million empty objects.
class Builder : public nlohmann::json_sax<Json> {
 public:
  Builder(const std::string& file, const std::string& remedy, const JsonElements& elements)
      : file_(file.empty() ? "" : file + ": "),
        remedy_(remedy.empty() ? "" : "; " + remedy),
        elements_(elements) {}

  Json document;

  bool null() override { return scalar(Json()); }
  bool boolean(bool value) override { return scalar(value); }
  bool number_integer(number_integer_t value) override { return scalar(value); }
  bool number_unsigned(number_unsigned_t value) override { return scalar(value); }
  bool number_float(number_float_t value, const string_t&) override { return scalar(value); }
  bool string(string_t& value) override { return scalar(std::move(value)); }
  bool binary(binary_t& value) override { return scalar(std::move(value)); }  // never in JSON text
  bool start_object(std::size_t) override { return start(Json::object()); }
  bool start_array(std::size_t) override { return start(Json::array()); }
  bool end_object() override { return end(); }
  bool end_array() override { return end(); }

  bool key(string_t& name) override {
    Level& level = open_.back();
    level.key = name;
    member_ = &(*level.json)[name];
    if (level.json->size() > kMostJsonMembers)
      refuse(fmt::format("is in an object of more than {} members", kMostJsonMembers));
    return true;
  }

  bool parse_error(std::size_t, const std::string& token,
                   const nlohmann::detail::exception& error) override {
    constexpr int kOutOfRange = 400;
    if (error.id >= kOutOfRange) refuse(token.substr(0, kMostShown) + " is out of range");
    // The message is "[json.exception.parse_error.101] parse error at line 2, column 3: ...". The
    // name of the exception is of no use to a reader.
    const std::string what = error.what();
    throw BadInput(fmt::format("{}is not JSON: {}{}", file_,
                               what.substr(what.find("] ") + 2, kMostShown), remedy_));
  }

 private:
  static constexpr std::size_t kMostShown = 200;

  struct Level {
    Json* json;
    std::string key;  // the name of an object's present member
  };

  [[noreturn]] void refuse(const std::string& why) const {
    std::string pointer;
    for (const Level& level : open_) {
      // An open value is already an element of its parent.
      const std::size_t index =
          level.json == taken_ ? index_ : level.json->size() - (&level == &open_.back() ? 0 : 1);
      pointer += "/" + (level.json->is_array() ? std::to_string(index) : level.key);
    }
    throw BadInput(fmt::format(
        "{}{}: {}{}", file_, pointer.empty() ? "/" : pointer.substr(0, kMostShown), why, remedy_));
  }

  // Pointers stay valid, because a value does not grow while a value inside it is open.
  Json* put(Json value) {
    if (open_.empty()) return &(document = std::move(value));
    Json& parent = *open_.back().json;
    if (!parent.is_array()) return &(*member_ = std::move(value));
    parent.push_back(std::move(value));
    return &parent.back();
  }

  bool scalar(Json value) {
    put(std::move(value));
    return take();
  }

  bool start(Json empty) {
    if (open_.size() == kDeepestJson)
      refuse(fmt::format("is nested more than {} levels deep", kDeepestJson));
    const bool here = open_.size() == 1 && elements_.take && empty.is_array() &&
                      open_.back().key == elements_.array;
    if (here && index_ > 0) refuse("appears twice");
    Json* const json = put(std::move(empty));
    if (here) taken_ = json;
    open_.push_back({json, ""});
    return true;
  }

  bool end() {
    if (open_.back().json == taken_) taken_ = nullptr;
    open_.pop_back();
    return take();
  }

  bool take() {
    if (open_.size() == 2 && open_.back().json == taken_) {
      elements_.take(index_++, taken_->back());
      taken_->clear();
    }
    return true;
  }

  const std::string file_;
  const std::string remedy_;
  const JsonElements& elements_;
  std::vector<Level> open_;
  Json* member_ = nullptr;
  Json* taken_ = nullptr;  // the array whose elements are taken, while it is open
  std::size_t index_ = 0;
};

}  // namespace

nlohmann::ordered_json parse_json(std::string_view text, const std::string& file,
                                  const std::string& remedy, const JsonElements& elements) {
  Builder builder(file, remedy, elements);
  Json::sax_parse(text.begin(), text.end(), &builder);
  return std::move(builder.document);
}

template <class T>
T whole_number(const Json& json) {
  if (!json.is_number_integer()) throw BadInput("is not a whole number");
  if (json.is_number_unsigned()) {
    const auto value = json.get<std::uint64_t>();
    if (std::in_range<T>(value)) return static_cast<T>(value);
  } else {
    const auto value = json.get<std::int64_t>();
    if (value < 0 && std::is_unsigned_v<T>) throw BadInput("is negative");
    if (std::in_range<T>(value)) return static_cast<T>(value);
  }
  throw BadInput("is out of range");
}

template int whole_number(const Json& json);
template std::uint32_t whole_number(const Json& json);
template std::int64_t whole_number(const Json& json);
template std::uint64_t whole_number(const Json& json);

std::string quantity_text(const Json& json) {
  if (!json.is_string())
    throw BadInput(fmt::format("{} is not text; write it in quotes, with its unit", json.dump()));
  return json.get<std::string>();
}

}  // namespace mpb
