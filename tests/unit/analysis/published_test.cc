#include "analysis/published.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::StartsWith;

TEST(Published, RefusesAFigureWithItsPlace) {
  const auto refusal = [](const std::string& size, const std::string& rps) -> std::string {
    try {
      published_from_json(R"({"source": "somebody", "rows": [{"op": "get", "value_bytes": )" +
                              size + R"(, "tcp": {"rps": )" + rps +
                              R"(, "latency_ms": 2}, "mptcp": )" +
                              R"({"rps": 1, "latency_ms": 2}}]})",
                          "p.json");
    } catch (const BadInput& error) {
      return error.what();
    }
    return "taken";
  };
  EXPECT_EQ(refusal("4096", "900.5"), "taken");
  EXPECT_EQ(refusal("1e300", "1"), "p.json: /rows/0/value_bytes: is not a whole number");
  EXPECT_EQ(refusal("4096", "0"), "p.json: /rows/0/tcp/rps: is not above 0");
  EXPECT_THAT(refusal("4096", "\"1\""), StartsWith("p.json: "));
}

}  // namespace
}  // namespace mpb
