#include "result/load_report.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "refusal.hh"
#include "result/read.hh"
#include "stats/random.hh"

namespace mpb {
namespace {

// The report of worker `index` of a load of two seconds, with a timeline and a mark.
LoadReport of_worker(std::uint64_t index) {
  Random random(7, index);
  LoadReport report;
  Outcome& o = report.outcome;
  RequestBins bins(500ms, 2s);
  report.slice_responses.resize(kSlices);
  o.slices.assign(kSlices, 0);
  o.backlog = {random.below(5), random.below(5), random.below(5), random.below(5)};
  o.segments.resize(2);
  o.segments[0].to = o.segments[1].from = 1s;
  o.segments[1].to = o.duration = 2s;
  for (int i = 0; i < 1000; ++i) {
    const Nanos latency{static_cast<std::int64_t>(1000 + random.below(50'000'000))};
    const std::size_t slice = static_cast<std::size_t>(i) / 100;
    ++o.requests, ++o.slices[slice], ++o.segments[slice / 5].requests;
    o.first_byte.record(latency / 2), o.last_byte.record(latency), o.response.record(latency);
    report.slice_responses[slice].record(latency);
    bins.completed(latency);
    if (i % 250 == 249) bins.roll();
    o.segments[slice / 5].longest_stall = std::max(o.segments[slice / 5].longest_stall, latency);
  }
  bins.failed(index);
  report.rows = bins.rows();
  o.unsent = random.below(3), o.censored = 4 + o.unsent, o.after_idle = random.below(9);
  o.error(Loss::kReset) = index;
  o.time_to_ready = Nanos{static_cast<std::int64_t>(random.below(1'000'000))};
  o.ready_after.record(o.time_to_ready);
  o.mptcp_start.add(false, 2, 2), o.mptcp_end.add(index == 3, 1 + static_cast<int>(index % 2), 2);
  o.cpu_pct = {static_cast<double>(index)};
  o.threads = {{.longest_gap = Nanos{static_cast<std::int64_t>(index)}}};
  o.congestion_control = {index % 2 == 0 ? "bbr" : "cubic"};
  SubflowTrace trace;
  trace.connection = static_cast<int>(index);
  o.subflows = {trace};
  return report;
}

LoadReport merged(std::vector<LoadReport> reports) {
  for (std::size_t i = 1; i < reports.size(); ++i) reports[0].merge(reports[i]);
  reports[0].complete(500ms);
  return reports[0];
}

// The order of the threads alone may differ.
Outcome in_order(Outcome o) {
  std::sort(o.cpu_pct.begin(), o.cpu_pct.end());
  std::sort(o.threads.begin(), o.threads.end(),
            [](const auto& a, const auto& b) { return a.longest_gap < b.longest_gap; });
  std::sort(o.subflows.begin(), o.subflows.end(),
            [](const auto& a, const auto& b) { return a.connection < b.connection; });
  return o;
}

LoadReport sent(const LoadReport& report) {
  return load_report_from(nlohmann::ordered_json::parse(to_json(report)));
}

// Four hosts with two threads each, and one with all eight: each median and quantile is that of all
// requests, not one of medians.
TEST(LoadReport, OfHostsIsThatOfOneGeneratorWithAllTheirThreads) {
  std::vector<LoadReport> workers, hosts;
  for (std::uint64_t i = 0; i < 8; ++i) workers.push_back(of_worker(i));
  for (std::uint64_t k = 0; k < 4; ++k)
    hosts.push_back(sent(merged({of_worker(k), of_worker(k + 4)})));
  const LoadReport one = merged(workers);
  EXPECT_EQ(one.outcome.requests, 8000u);
  EXPECT_EQ(one.outcome.slice_p50.size(), kSlices);
  EXPECT_EQ(one.outcome.timeline.series.at("latency_p99_ns").size(), 4u);
  const LoadReport all = merged(hosts);
  EXPECT_EQ(in_order(all.outcome), in_order(one.outcome));
  EXPECT_EQ(all.rows, one.rows);
  EXPECT_EQ(all.slice_responses, one.slice_responses);
}

TEST(LoadReport, WithRowsThatDoNotAddUpIsRefused) {
  LoadReport report = of_worker(1);
  report.rows.rows.pop_back();
  EXPECT_EQ(refusal([&] { sent(report); }),
            "the report of a load: /timeline_rows: does not add up");
  report = of_worker(1);
  report.rows.rows[0].buckets.back() = 4'000'000'000;
  EXPECT_EQ(refusal([&] { sent(report); }),
            "the report of a load: /timeline_rows: does not add up");
  report = of_worker(1);
  report.rows.rows[0].counts.pop_back();
  EXPECT_EQ(refusal([&] { sent(report); }),
            "the report of a load: /timeline_rows: does not add up");
}

}  // namespace
}  // namespace mpb
