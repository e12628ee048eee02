#include "analysis/links.hh"

#include <gtest/gtest.h>

namespace mpb {
namespace {

TEST(RoundTrips, AreThoseOfBothDirections) {
  const auto link = [](const std::string& name, const std::string& delay) {
    return LinkRecord{name, {{"delay", delay}}, {{"delay", delay}}};
  };
  EXPECT_EQ(round_trips({link("a", "5ms"), link("b", "5ms")}), "10ms");
  EXPECT_EQ(round_trips({link("wifi", "4ms"), link("lte", "30ms")}), "wifi 8ms, lte 60ms");
  EXPECT_EQ(round_trips({link("a", "0s"), link("b", "0s")}), "");
  EXPECT_EQ(round_trips({link("a", "5ms"), link("b", "long")}), "") << "a file of others";
}

}  // namespace
}  // namespace mpb
