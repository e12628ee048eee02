#include "sys/units.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sys/error.hh"

namespace mpb {
namespace {

template <class Parse>
std::string refusal(Parse parse, std::string_view text) {
  try {
    parse(text);
  } catch (const BadInput& error) {
    return error.what();
  }
  return "taken";
}

TEST(Units, ParseWhatPeopleWrite) {
  EXPECT_EQ(parse_duration("5ms"), 5ms);
  EXPECT_EQ(parse_duration("0.5us"), 500ns);
  EXPECT_EQ(parse_duration("2m"), 120s);
  EXPECT_EQ(parse_rate("100mbit"), 100_mbit);
  EXPECT_EQ(parse_rate("2.5gbit"), 2500_mbit);
  EXPECT_EQ(parse_size("4k"), 4_kib);
  EXPECT_EQ(parse_size("100b"), 100_bytes);
  EXPECT_DOUBLE_EQ(parse_percent("0.5%"), 0.005);
}

TEST(Units, RefuseBareNumbersWithTheRemedy) {
  EXPECT_EQ(refusal(parse_duration, "5"), R"("5" has no unit; write "5s" or "5ms")");
  EXPECT_EQ(refusal(parse_rate, "100"), R"("100" has no unit; write "100mbit")");
  EXPECT_EQ(refusal(parse_size, "4"), R"("4" has no unit; write "4b" or "4k")");
  EXPECT_EQ(refusal(parse_percent, "1"), R"("1" has no unit; write "1%")");
}

TEST(Units, RefuseNonsense) {
  EXPECT_EQ(refusal(parse_duration, "5 parsecs"),
            R"("5 parsecs" has an unknown unit " parsecs"; write "5s" or "5ms")");
  EXPECT_EQ(refusal(parse_duration, "5sec"), R"("5sec" has an unknown unit "sec"; write "5s")");
  EXPECT_EQ(refusal(parse_duration, "2 Minutes"),
            R"("2 Minutes" has an unknown unit " Minutes"; write "5s" or "5ms")");
  EXPECT_EQ(refusal(parse_duration, "2Minutes"),
            R"("2Minutes" has an unknown unit "Minutes"; write "2m")");
  EXPECT_EQ(refusal(parse_size, "512mb"), R"("512mb" has an unknown unit "mb"; write "512m")");
  EXPECT_EQ(refusal(parse_size, "1.5KiB"), R"("1.5KiB" has an unknown unit "KiB"; write "1.5k")");
  EXPECT_EQ(refusal(parse_rate, "100Mbit"),
            R"("100Mbit" has an unknown unit "Mbit"; write "100mbit")");
  EXPECT_EQ(refusal(parse_rate, "9mbps"), R"("9mbps" has an unknown unit "mbps"; write "100mbit")");
  EXPECT_EQ(refusal(parse_size, "4xb"), R"("4xb" has an unknown unit "xb"; write "4k" or "512b")");
  EXPECT_EQ(refusal(parse_duration, ""), R"("" is not a quantity; write "5s" or "5ms")");
  EXPECT_EQ(refusal(parse_duration, "-5ms"), R"("-5ms" is negative)");
  EXPECT_EQ(refusal(parse_size, "1e30g"), R"("1e30g" is too large)");
  EXPECT_EQ(refusal(parse_size, "nank"), R"("nank" is not a quantity; write "4k" or "512b")");
  EXPECT_EQ(refusal(parse_percent, "101%"), R"("101%" is more than 100%)");
}

TEST(Units, TextParsesBack) {
  for (const Nanos t : {Nanos{0}, Nanos{1}, Nanos{1500us}, Nanos{5ms}, Nanos{60s}})
    EXPECT_EQ(parse_duration(to_text(t)), t) << to_text(t);
  for (const Bytes s : {0_bytes, 100_bytes, 1_kib, 4_kib, Bytes{1 << 20}})
    EXPECT_EQ(parse_size(to_text(s)), s) << to_text(s);
  for (const BitsPerSecond r : {1_mbit, 100_mbit, 1_gbit, BitsPerSecond{1500}})
    EXPECT_EQ(parse_rate(to_text(r)), r) << to_text(r);
  EXPECT_EQ(percent_text(0.01), "1%");
  EXPECT_EQ(percent_text(0.005), "0.5%");
}

TEST(Nearest, SuggestsWhatIsNearAndNothingElse) {
  const std::string names[] = {"two-lossy-links", "two-clean-links", "wifi-and-lte"};
  EXPECT_EQ(nearest("two-losy-links", names, names + 3), "two-lossy-links");
  EXPECT_EQ(nearest("wifi", names, names + 3), "wifi-and-lte");
  EXPECT_EQ(nearest("two", names, names + 3), "");
  EXPECT_EQ(nearest("zzzzzz", names, names + 3), "");
  const std::string options[] = {"--op", "--size", "--repeat"};
  EXPECT_EQ(nearest("--foo", options, options + 3), "");
  EXPECT_EQ(nearest("--sizes-of-values", options, options + 3), "--size");
  EXPECT_EQ(nearest("--sizes", options, options + 3), "--size");
  EXPECT_EQ(nearest("--repat", options, options + 3), "--repeat");
  EXPECT_EQ(nearest("--siez", options, options + 3), "--size");
}

}  // namespace
}  // namespace mpb
