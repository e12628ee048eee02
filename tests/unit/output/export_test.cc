#include "output/export/export.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "output/export/hgrm.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::HasSubstr;

TEST(Hgrm, EndsForAnyCounts) {
  for (const std::uint64_t count : {std::uint64_t{1} << 62, (std::uint64_t{1} << 63) + 1}) {
    Histogram latency;
    latency.record(5ms, count);
    latency.record(6ms);
    const std::string text = hgrm_text(latency);
    EXPECT_THAT(text, HasSubstr("6.000     1.000000"));
    EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 400);
  }
}

}  // namespace
}  // namespace mpb
