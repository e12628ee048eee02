// results/result.schema.json documents every field of a result, and nothing else: it is held here
// to the lists of result/fields.hh, which the writer and the reader go by.
#include "result/fields.hh"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "result/json.hh"
#include "result/protocol.hh"

namespace mpb {
namespace {

using Json = nlohmann::json;

template <class T>
Json shape_of(const std::string& name, const T& value);

// The visitor that describes, as far as JSON Schema says the same: types, properties, required.
class Describer {
 public:
  template <class T>
  void operator()(const char* name, const T& value) {
    describe(true, name, value);
  }
  template <class T>
  void operator()(const char* name, const std::optional<T>&) {
    describe(false, name, T{});
  }
  template <class T>
  void when(bool, const char* name, const T& value) {
    describe(false, name, value);
  }
  template <class T>
  void derived(const char* name, const T& value) {
    describe(true, name, value);
  }
  template <class T>
  void added(const char* name, const T& value) {
    describe(true, name, value);
  }
  template <class Fields>
  void group(const char* name, Fields fields) {
    group(true, name, fields);
  }
  template <class Fields>
  void group_when(bool, const char* name, Fields fields) {
    group(false, name, fields);
  }

  Json shape() const {
    return {{"type", "object"}, {"properties", properties_}, {"required", required_}};
  }

 private:
  template <class T>
  void describe(bool required, const std::string& name, const T& value) {
    properties_[name] = shape_of(name, value);
    if (required) required_.insert(name);
  }
  template <class Fields>
  void group(bool required, const std::string& name, Fields fields) {
    Describer outer = *this;
    *this = {};
    if (const Json before = outer.properties_.value(name, Json()); !before.is_null()) {
      properties_ = before["properties"];
      required_ = before["required"].get<std::set<std::string>>();
    }
    fields();
    outer.properties_[name] = shape();
    if (required) outer.required_.insert(name);
    *this = outer;
  }

  Json properties_ = Json::object();
  std::set<std::string> required_;
};

template <class T>
struct IsMap : std::false_type {};
template <class T>
struct IsMap<std::map<std::string, T>> : std::true_type {};

template <class T>
Json shape_of(const std::string& name, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return {{"type", "boolean"}};
  } else if constexpr (std::is_integral_v<T>) {
    return {{"type", "integer"}};
  } else if constexpr (std::is_floating_point_v<T>) {
    return {{"type", "number"}};
  } else if constexpr (std::is_same_v<T, Nanos>) {
    return {{"type", name.ends_with("_s") ? "number" : "integer"}};
  } else if constexpr (std::is_convertible_v<T, std::string> || std::is_same_v<T, SloRule>) {
    return {{"type", "string"}};
  } else if constexpr (std::is_same_v<T, Histogram> || std::is_same_v<T, Losses> ||
                       std::is_same_v<T, Settings>) {
    return {{"type", "object"}};
  } else if constexpr (std::is_same_v<T, Column>) {
    return {{"type", "array"}};
  } else if constexpr (IsMap<T>::value) {
    return {{"type", "object"}, {"values", shape_of(name, typename T::mapped_type{})}};
  } else if constexpr (requires { typename T::value_type; }) {
    return {{"type", "array"}, {"items", shape_of(name, typename T::value_type{})}};
  } else {
    Describer describer;
    fields(describer, value);
    return describer.shape();
  }
}

class Schema : public ::testing::Test {
 protected:
  Schema() { std::ifstream(SOURCE_ROOT "/results/result.schema.json") >> schema_; }

  const Json& resolved(const Json& place) const {
    if (!place.contains("$ref")) return place;
    return schema_.at(Json::json_pointer(place["$ref"].get<std::string>().substr(1)));
  }

  static std::string type_of(const Json& place) {
    if (place.contains("type")) return place["type"].get<std::string>();
    const Json& one = place.contains("const") ? place["const"] : place.at("enum").at(0);
    return one.is_boolean() ? "boolean" : one.is_string() ? "string" : "something else";
  }

  // `but` are members that the schema has and the struct has not: they are computed.
  void compare(const Json& shape, const Json& unresolved, const std::string& where,
               const std::set<std::string>& but = {}) const {
    const Json& place = resolved(unresolved);
    EXPECT_EQ(type_of(place), shape["type"]) << where;
    if (shape.contains("items")) compare(shape["items"], place.at("items"), where + "/0");
    if (shape.contains("values"))
      compare(shape["values"], place.at("additionalProperties"), where + "/*");
    if (!shape.contains("properties")) return;
    EXPECT_EQ(place.value("additionalProperties", true), false) << where << ": may hold anything";
    const auto required = place.at("required").get<std::set<std::string>>();
    for (const std::string& name : required)
      EXPECT_TRUE(place["properties"].contains(name)) << where << "/" << name << ": is required";
    for (const auto& [name, field] : shape["properties"].items()) {
      const std::string its = where + "/" + name;
      if (!place["properties"].contains(name)) {
        ADD_FAILURE() << its << ": is written, and not in the schema";
        continue;
      }
      EXPECT_EQ(required.contains(name),
                shape["required"].get<std::set<std::string>>().contains(name))
          << its << ": required or not";
      compare(field, place["properties"][name], its,
              its == "/slo" ? std::set<std::string>{"answers"} : std::set<std::string>{});
    }
    for (const auto& [name, field] : place["properties"].items()) {
      EXPECT_TRUE(shape["properties"].contains(name) || but.contains(name))
          << where << "/" << name << ": is in the schema, and not written";
    }
  }

  Json schema_;
};

TEST_F(Schema, HasTheFieldsOfAResult) {
  compare(shape_of("", Result{}), schema_, "",
          {"schema", "runs", "explanations", "measured_sha256", "evidence", "trends", "figures",
           "comparisons"});
  EXPECT_EQ(schema_["properties"]["schema"]["const"], kSchema);
}

TEST_F(Schema, HasTheNamesOfProtocolsAndErrors) {
  using Names = std::set<std::string>;
  Names protos, losses;
  for (const Protocol& protocol : kProtocols) {
    protos.emplace(protocol.name);
    protos.insert(std::string(protocol.name) + "-again");
  }
  for (std::size_t i = 0; i < kLosses; ++i) losses.emplace(to_text(static_cast<Loss>(i)));
  EXPECT_EQ(schema_["$defs"]["proto"]["enum"].get<Names>(), protos);
  const Json& errors = schema_["$defs"]["run"]["properties"]["errors"];
  EXPECT_EQ(errors["propertyNames"]["enum"].get<Names>(), losses);
}

// One that is written has every field of it.
TEST_F(Schema, HasTheFieldsOfALatency) {
  mpb::Run run;
  run.outcome.last_byte.record(Nanos{1000}, 100'000);
  const Json latency = json_of(run)["latency_ns"]["last_byte"];
  for (const auto& [written, name] :
       {std::pair{latency, "latency"}, {latency["histogram"], "histogram"}}) {
    const Json& properties = schema_["$defs"][name]["properties"];
    for (const auto& [field, value] : written.items())
      EXPECT_TRUE(properties.contains(field)) << name << "/" << field << ": is not in the schema";
    for (const auto& [field, value] : properties.items())
      EXPECT_TRUE(written.contains(field)) << name << "/" << field << ": is not written";
  }
}

TEST_F(Schema, HasTheFieldsOfARun) {
  compare(shape_of("", mpb::Run{}), schema_["properties"]["runs"]["items"], "/runs/0");
}

}  // namespace
}  // namespace mpb
