#include "analysis/exact.hh"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace mpb {
namespace {

mpb::Run sample_run() {
  mpb::Run run;
  run.proto = "mptcp", run.op = "get", run.values = "4k";
  run.warmup = 2s;
  run.throughput_rps = 10;
  run.links = {{"link1", 1, 2, 3, 4}};
  run.outcome.duration = 1s;
  run.outcome.requests = 10;
  run.outcome.slices = {5, 5};
  run.outcome.time_to_ready = 1ms;
  run.outcome.last_byte.record(1ms, 10);
  run.outcome.segments.resize(2);
  run.outcome.timeline.interval = 250ms;
  run.outcome.timeline.t = {250ms, 500ms, 750ms, 1s};
  run.outcome.timeline.series = {
      {"latency_max_ns", {1, 2, 3, 4}}, {"requests", {5, 0, 5, 0}}, {"z", {7, {}, 7, 7}}};
  run.outcome.subflows = {{.connection = 1, .series = {{"cwnd", {10, 10, 10, 10}}}}};
  return run;
}

ExactDifference difference_of(const mpb::Run& a, const mpb::Run& b) {
  Result one, other;
  one.runs = {a};
  other.runs = {b};
  return first_difference(one, other).value_or(ExactDifference{.field = "none"});
}

TEST(Exact, ShowsWhatDiffersEarliest) {
  struct Change {
    std::string field;
    std::function<void(mpb::Run&)> make;
  };
  // Applied in reverse order and never undone, so that each differs together with all that follow
  // it.
  const std::vector<Change> changes = {
      {"warmup_s", [](mpb::Run& run) { run.warmup = 3s; }},
      {"time_to_ready_ns", [](mpb::Run& run) { run.outcome.time_to_ready += 1ns; }},
      {"timeline/subflows/0/series/cwnd",
       [](mpb::Run& run) { run.outcome.subflows[0].series["cwnd"][0] = 11; }},
      {"timeline/series/requests",
       [](mpb::Run& run) { run.outcome.timeline.series["requests"][2] = 6; }},
      {"slices", [](mpb::Run& run) { run.outcome.slices[1] = 6; }},
      {"segments/1/requests", [](mpb::Run& run) { run.outcome.segments[1].requests = 6; }},
      {"requests", [](mpb::Run& run) { run.outcome.requests = 11; }},
      {"latency_ns/last_byte/count", [](mpb::Run& run) { run.outcome.last_byte.record(1ms, 1); }},
      {"links/0/lost_packets", [](mpb::Run& run) { run.links[0].lost_packets = 4; }},
      {"throughput_rps", [](mpb::Run& run) { run.throughput_rps = 11; }},
      {"notes", [](mpb::Run& run) { run.notes = {"a note"}; }},
  };
  mpb::Run changed = sample_run();
  EXPECT_EQ(difference_of(sample_run(), changed).field, "none");
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    change->make(changed);
    EXPECT_EQ(difference_of(sample_run(), changed).field, change->field);
    EXPECT_EQ(difference_of(changed, sample_run()).field, change->field);
  }
}

TEST(Exact, ShowsTheFirstRowOfATimeline) {
  mpb::Run changed = sample_run();
  auto& series = changed.outcome.timeline.series;
  series["latency_max_ns"][3] = 5;
  series["z"][1] = 7;
  ExactDifference found = difference_of(sample_run(), changed);
  EXPECT_EQ(found.field, "timeline/series/z");
  EXPECT_EQ(found.row, 1u);
  EXPECT_EQ(found.row_end, 500ms);
  EXPECT_EQ(found.a, "null");
  EXPECT_EQ(found.b, "7");
  series["latency_max_ns"][1] = 3;
  series["requests"][1] = 1;
  found = difference_of(sample_run(), changed);
  EXPECT_EQ(found.field, "timeline/series/requests") << "of columns that differ in one row";
  EXPECT_EQ(found.row, 1u);
}

TEST(Exact, ComparesTheRowsOfOneSubflowOnly) {
  mpb::Run changed = sample_run();
  changed.outcome.subflows[0].connection = 2;
  changed.outcome.subflows[0].series["cwnd"][0] = 11;
  EXPECT_EQ(difference_of(sample_run(), changed).field, "timeline/subflows/0/connection");
  changed.outcome.timeline.series["requests"][3] = 1;
  EXPECT_EQ(difference_of(sample_run(), changed).field, "timeline/series/requests");
  changed = sample_run();
  changed.outcome.subflows.clear();
  const ExactDifference found = difference_of(sample_run(), changed);
  EXPECT_EQ(found.field, "timeline/subflows");
  EXPECT_EQ(found.a, "present");
  EXPECT_EQ(found.row_end, std::nullopt);
}

TEST(Exact, ShowsSamplesBeforeTheirMean) {
  mpb::Run changed = sample_run(), other = sample_run();
  changed.outcome.last_byte.record(1ms, 10);
  other.outcome.last_byte.record(2ms, 10);
  EXPECT_EQ(difference_of(other, changed).field, "latency_ns/last_byte/max");
  changed.outcome.last_byte.record(2ms, 9);
  other.outcome.last_byte.record(1ms, 9);
  EXPECT_EQ(difference_of(other, changed).field, "latency_ns/last_byte/histogram/sum");
}

}  // namespace
}  // namespace mpb
