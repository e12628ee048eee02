// The visitor that reads fields (result/fields.hh) from a JSON document. Throws BadInput with the
// position of a field that is missing, or whose value is of another kind.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "result/fields.hh"
#include "result/json_field.hh"
#include "result/result.hh"

namespace mpb {

class FieldReader {
 public:
  explicit FieldReader(JsonField object) : object_(std::move(object)) {}

  template <class T>
  void operator()(const char* name, T& value) {
    read(object_[name], name, value);
  }
  template <class T>
  void operator()(const char* name, std::optional<T>& value) {
    if (object_.has(name)) read(object_[name], name, value.emplace());
  }
  template <class T>
  void when(bool, const char* name, T& value) {
    if (object_.has(name)) read(object_[name], name, value);
  }
  template <class T>
  void derived(const char*, const T&) {}
  template <class T>
  void added(const char* name, T& value) {
    when(true, name, value);
  }
  template <class Fields>
  void group(const char* name, Fields fields) {
    const JsonField outer = object_;
    object_ = outer[name];
    fields();
    object_ = outer;
  }
  template <class Fields>
  void group_when(bool, const char* name, Fields fields) {
    if (object_.has(name)) group(name, fields);
  }

 private:
  static void read(const JsonField& field, const std::string&, Histogram& value);
  static void read(const JsonField& field, const std::string& name, Nanos& value);
  static void read(const JsonField& field, const std::string&, Losses& value);
  static void read(const JsonField& field, const std::string&, SloRule& value);
  static void read(const JsonField& field, const std::string&, Settings& value);
  static void read(const JsonField& field, const std::string&, Column& value);
  template <class T>
  static void read(const JsonField& field, const std::string& name, std::vector<T>& value) {
    if constexpr (std::is_integral_v<T>) {
      value = field.numbers<T>();
    } else {
      for (const JsonField& item : field.items()) read(item, name, value.emplace_back());
    }
  }
  template <class T>
  static void read(const JsonField& field, const std::string& name, std::set<T>& value) {
    for (const JsonField& item : field.items()) {
      T element;
      read(item, name, element);
      value.insert(std::move(element));
    }
  }
  template <class T>
  static void read(const JsonField& field, const std::string& name,
                   std::map<std::string, T>& value) {
    for (const auto& [key, item] : field.members()) read(item, name, value[key]);
  }
  template <class T>
  static void read(const JsonField& field, const std::string&, T& value) {
    if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
      value = field.as<T>();
    } else {
      FieldReader reader(field);
      fields(reader, value);
    }
  }

  JsonField object_;
};

}  // namespace mpb
