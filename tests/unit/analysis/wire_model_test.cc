#include "analysis/wire_model.hh"

#include <gtest/gtest.h>

#include "analysis/analysis.hh"
#include "made_up.hh"

namespace mpb {
namespace {

// A GET of 4096 bytes is $4096 CR LF, the bytes and CR LF: 4105 bytes in three segments of at most
// 1448 and 66 bytes of headers each.
TEST(WireModel, CountsEveryByteOfTheLine) {
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("get", 4096, {"", kLine, kLine}, false),
                   kLine / 8 / (4105 + 3 * 66));
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("get", 4096, {"", kLine, kLine}, true),
                   kLine / 8 / (4105 + 3 * (66 + 28)));
  // *3, $3 SET, $16 and the key, then the value.
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("set", 1024, {"", kLine, kLine}, false),
                   kLine / 8 / (4 + 9 + 23 + 1033 + 66));
}

// 16394 bytes need 12 segments of 1448 bytes, or 3 of 7948.
TEST(WireModel, SavesHeadersWithALargerMtu) {
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("get", 16384, {"", kLine, kLine}, false),
                   kLine / 8 / (16394 + 12 * 66));
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("get", 16384, {"", kLine, kLine, 8000}, false),
                   kLine / 8 / (16394 + 3 * 66));
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("get", 16384, {"", kLine, kLine, 8000}, true),
                   kLine / 8 / (16394 + 3 * (66 + 28)));
}

// Headers of IPv6 are 20 bytes longer, and leave that much less for each segment.
TEST(WireModel, HasTheHeadersOfIpv6) {
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("get", 4096, {"", kLine, kLine, 1500, true}, false),
                   kLine / 8 / (4105 + 3 * 86));
  // 1430 bytes fit into a segment of IPv4, not into one of IPv6.
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("get", 1421, {"", kLine, kLine}, false),
                   kLine / 8 / (1430 + 66));
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("get", 1421, {"", kLine, kLine, 1500, true}, false),
                   kLine / 8 / (1430 + 2 * 86));
}

// "$64 CR LF, the bytes, CR LF" is 71 bytes. One at a time each has headers of its own, in a
// pipeline twenty share a segment: a redis-server over a link of 100 Mbit/s gave 152,320 GETs a
// second with -P 32, and the link cannot have been 167 % full.
TEST(WireModel, LetsPipelinedRequestsShareSegments) {
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("get", 64, {"", kLine, kLine}, false), kLine / 8 / (71 + 66));
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("get", 64, {"", kLine, kLine}, false, true),
                   kLine / 8 / (71 + 71 * 66 / 1448.));
  mpb::Run run;
  run.proto = "tcp", run.op = "get", run.values = "64b", run.value_bytes = 64, run.pipeline = 32,
  run.throughput_rps = 152320;
  Result result;
  result.capacities = {{"link1", kLine, kLine}};
  result.runs = {run};
  EXPECT_NEAR(*analyse(result).explanations.at(0).of_links.at(0), 0.904, 0.001);
}

TEST(WireModel, KnowsTheCapOfEachFlow) {
  LinkCapacity link{"", kLine, kLine};
  link.down_flow_bps = 30e6;
  EXPECT_EQ(capacity_for(link, 1).down_bps, 30e6);
  EXPECT_EQ(capacity_for(link, 3).down_bps, 90e6);
  EXPECT_EQ(capacity_for(link, 4).down_bps, kLine);
  EXPECT_EQ(capacity_for(link, 1).up_bps, kLine);
  link.down_bps = 0;  // no rate
  EXPECT_EQ(capacity_for(link, 4).down_bps, 120e6);
  EXPECT_EQ(capacity_for({"", 0, kLine}, 4).up_bps, 0);
}

TEST(WireModel, FollowsTheDirectionThatFillsFirst) {
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("get", 4096, {"", 1e6, kLine}, false),
                   wire_ceiling_rps("get", 4096, {"", kLine, kLine}, false));
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("set", 4096, {"", 1e6, kLine}, false) * 100,
                   wire_ceiling_rps("set", 4096, {"", kLine, kLine}, false));
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("get50set50", 4096, {"", kLine, kLine}, false),
                   2 * wire_ceiling_rps("set", 4096, {"", kLine, kLine}, false));
  EXPECT_EQ(wire_ceiling_rps("get", 4096, {}, false), 0);
}

}  // namespace
}  // namespace mpb
