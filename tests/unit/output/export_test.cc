#include "output/export/export.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "made_up.hh"
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

// In virtual time computing takes no time, and 0 would be read as a measurement.
TEST(Gbench, NeedsCpuTimes) {
  Result result = result_of_ratio(1.5, 2);
  for (const char* format : {"gbench", "gbench-ci"}) {
    ExportNotes notes;
    EXPECT_EQ(export_files(analyse(result), format, {}, notes).size(), 1U);
    result.environment.virtual_clock = "uml";
    EXPECT_TRUE(export_files(analyse(result), format, {}, notes).empty());
    ASSERT_EQ(notes.left_out.size(), 1U);
    EXPECT_THAT(notes.left_out[0], HasSubstr("virtual time cannot measure"));
    result.environment.virtual_clock.reset();
  }
}

}  // namespace
}  // namespace mpb
