#include "sys/json.hh"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "refusal.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using Json = nlohmann::ordered_json;

std::string refused(const std::string& text) {
  return refusal([&] { parse_json(text, "f.json", "give another"); });
}

std::string repeated(std::size_t times, const std::string& text) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Json, KeepsWhatTheTextSays) {
  const std::string text =
      R"({"z":[1,-2,2.5,[],{}],"a":{"null":null,"yes":true,"text":"\u00e9 \u0000"},"u":18446744073709551615})";
  EXPECT_EQ(parse_json(text, "f.json"), Json::parse(text));
  EXPECT_EQ(parse_json(text, "f.json").dump(), Json::parse(text).dump());
  EXPECT_EQ(parse_json(" 7 ", "f.json"), 7);
}

TEST(Json, RefusesWithTheFileThePlaceAndTheRemedy) {
  EXPECT_EQ(refused("[1, }").substr(0, 70),
            "f.json: is not JSON: parse error at line 1, column 5: syntax error whi");
  EXPECT_EQ(refused(R"({"links": [{"rate": "1"}, {"rate": 1e999}]})"),
            "f.json: /links/1/rate: 1e999 is out of range; give another");
  EXPECT_EQ(refused("-1e999"), "f.json: /: -1e999 is out of range; give another");
  EXPECT_EQ(refused("[\"\xff\"]").substr(0, 33), "f.json: is not JSON: parse error ");
  EXPECT_EQ(refused("").substr(0, 33), "f.json: is not JSON: parse error ");
  EXPECT_EQ(refusal([] { parse_json("{", ""); }).substr(0, 25), "is not JSON: parse error ");
  EXPECT_LT(refused("[" + std::string(100'000, 'x')).size(), 300u);
}

TEST(Json, IsOfBoundedDepthHoweverDeepTheText) {
  EXPECT_EQ(refused(repeated(kDeepestJson, "[") + repeated(kDeepestJson, "]")), "taken");
  EXPECT_EQ(refused(R"({"a": [0, )" + repeated(kDeepestJson, R"({"b":)")).substr(0, 20),
            "f.json: /a/1/b/b/b/b");
  for (const char* const opening : {"[", R"({"a":)"}) {
    EXPECT_NE(refused(repeated(1'000'000, opening)).find("is nested more than 64 levels deep"),
              std::string::npos);
  }
}

// Hours, in a builder that searches the parent at the end of each child, or an object from its
// beginning without end.
TEST(Json, TakesTimeThatGrowsWithTheText) {
  EXPECT_EQ(parse_json("[" + repeated(1'000'000, "{},") + "0]", "f.json").size(), 1'000'001u);
  std::string members = "{";
  for (std::size_t i = 0; i < 1'000'000; ++i) members += "\"" + std::to_string(i) + "\":0,";
  EXPECT_EQ(refused(members),
            "f.json: /8192: is in an object of more than 8192 members; give another");
}

TEST(Json, HandsOutTheElementsOfOneArrayAndDoesNotKeepThem) {
  std::vector<std::string> taken;
  const JsonElements runs{"runs", [&](std::size_t index, const Json& element) {
                            taken.push_back(std::to_string(index) + " " + element.dump());
                          }};
  const Json rest = parse_json(
      R"({"a": {"runs": [7]}, "runs": [1, {"runs": [2, 3]}, [[4]]], "b": 5})", "f.json", "", runs);
  EXPECT_EQ(taken, (std::vector<std::string>{"0 1", R"(1 {"runs":[2,3]})", "2 [[4]]"}));
  EXPECT_EQ(rest.dump(), R"({"a":{"runs":[7]},"runs":[],"b":5})");
  EXPECT_EQ(refusal([&] { parse_json(R"({"runs": [1, 2, [1e999]]})", "f.json", "", runs); }),
            "f.json: /runs/2/0: 1e999 is out of range");
  EXPECT_EQ(refusal([&] { parse_json(R"({"runs": [1], "runs": [2]})", "f.json", "", runs); }),
            "f.json: /runs: appears twice");
  parse_json(R"([[1]])", "f.json", "", runs);
  parse_json(R"({"runs": {"x": 1}})", "f.json", "", runs);
}

TEST(Json, WholeNumbersAreWholeAndFit) {
  EXPECT_EQ(whole_number<std::int64_t>(Json(INT64_MIN)), INT64_MIN);
  EXPECT_EQ(whole_number<std::uint64_t>(Json(UINT64_MAX)), UINT64_MAX);
  EXPECT_EQ(whole_number<int>(Json(-5)), -5);
  EXPECT_EQ(refusal([] { whole_number<std::int64_t>(Json(UINT64_MAX)); }), "is out of range");
  EXPECT_EQ(refusal([] { whole_number<int>(Json(UINT64_MAX)); }), "is out of range");
  EXPECT_EQ(refusal([] { whole_number<std::uint32_t>(Json((std::uint64_t{1} << 32) + 1)); }),
            "is out of range");
  EXPECT_EQ(refusal([] { whole_number<std::uint64_t>(Json(-1)); }), "is negative");
  EXPECT_EQ(refusal([] { whole_number<std::uint64_t>(Json(1e300)); }), "is not a whole number");
  EXPECT_EQ(refusal([] { whole_number<int>(Json("5")); }), "is not a whole number");
}

}  // namespace
}  // namespace mpb
