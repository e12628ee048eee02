#include "output/page/page.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "made_up.hh"
#include "output/page/data.hh"
#include "output/table.hh"
#include "output/tables.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

ChartData charts_of(const std::vector<NamedResult>& results, const PageParts& parts) {
  std::vector<NamedAnalysis> analyses;
  for (const NamedResult& named : results) analyses.push_back({named.name, analyse(named.result)});
  return chart_data(analyses, parts);
}

// All bars of latency are of one kind: that of the published figures only if every bar has one.
TEST(Charts, DrawLatencyOfOneKind) {
  const NamedResult ours{"ours", result_of({run_of("tcp", 1000), run_of("mptcp", 2000)})};
  PageParts parts;
  parts.published["_"].figures = {{"get", 4096, "tcp", 900, 11}, {"get", 4096, "mptcp", 1800, 9}};
  const std::string published = R"("series":"mptcp, published","runs":[],"latency_ms":9.0)";
  const ChartData both = charts_of({ours}, parts);
  EXPECT_TRUE(both.latency_as_published);
  EXPECT_THAT(both.json, HasSubstr(published));
  EXPECT_THAT(both.json, HasSubstr(R"("series":"mptcp","latency_ms":10.0)"));
  NamedResult open = ours;
  open.name = "open";
  for (mpb::Run& run : open.result.runs) run.rate_rps = 500, run.outcome.response.record(30ms);
  NamedResult late = ours;
  late.name = "late";
  late.result.runs.push_back(run_of("tcp-split", 1000));
  for (const NamedResult& other : {open, late}) {
    const ChartData mixed = charts_of({ours, other}, parts);
    EXPECT_FALSE(mixed.latency_as_published);
    EXPECT_THAT(mixed.json, Not(HasSubstr(published)));
    EXPECT_THAT(mixed.json, HasSubstr(R"("throughput_rps":1800.0)"));
    EXPECT_THAT(mixed.json, HasSubstr(R"("series":"mptcp, ours","latency_ms":12.0)"));
  }
}

// The first run may be invalid, so the bars do not depend on it.
TEST(Charts, DrawTheValuesOfValidRuns) {
  Result result =
      result_of({run_of("tcp", 1000), run_of("tcp", 1000, 1), run_of("mptcp", 1000, 1)});
  result.runs[0].invalid_reasons = {"late"};
  result.runs[0].outcome.last_byte = {};
  EXPECT_THAT(charts_of({{"ours", result}}, {}).json,
              HasSubstr(R"("series":"tcp","latency_ms":12.0)"));
}

// One bar is a number, which the table of the page has. Two bars in one panel are a chart.
TEST(Charts, LeaveOutSingleBars) {
  const auto bars = [](std::vector<mpb::Run> runs) {
    const std::set<std::string> names = charts_of({{"a", result_of(std::move(runs))}}, {}).datasets;
    return names.contains("throughput") && names.contains("latency");
  };
  mpb::Run other_size = run_of("tcp", 1000);
  other_size.values = "16k", other_size.value_bytes = 16384;
  mpb::Run other_op = run_of("tcp", 1000);
  other_op.op = "set";
  EXPECT_FALSE(bars({run_of("tcp", 1000)}));
  EXPECT_FALSE(bars({run_of("tcp", 1000), other_size}));
  EXPECT_TRUE(bars({run_of("tcp", 1000), other_op}));
  EXPECT_TRUE(bars({run_of("tcp", 1000), run_of("mptcp", 1000)}));
}

TEST(Page, ShowsTheLagOfAReplica) {
  Result result = result_of({run_of("tcp", 1000)});
  result.runs[0].op = "sync",
  result.runs[0].outcome.first_byte = result.runs[0].outcome.last_byte = {};
  result.runs[0].replication =
      Replication{2.5, 2.25, 100, 5e6, 3, std::nullopt, Spread{4'000'000, 9'000'000, 10'000'000}};
  const std::string html = to_html(throughput_table(analyse(result)));
  EXPECT_THAT(html,
              HasSubstr("<th scope=\"col\">lag p50 ms</th><th scope=\"col\">lag p99 ms</th>"));
  EXPECT_THAT(html, HasSubstr(">2.50</td>"));
  EXPECT_THAT(html, ContainsRegex(">4.00</td><td[^>]*>9.00</td>"));
  EXPECT_THAT(html, Not(HasSubstr("first byte")));
  EXPECT_THAT(charts_of({{"sync", result}}, {}).datasets, ::testing::IsEmpty());
}

TEST(Page, KeepsRemarksApartFromInvalidRuns) {
  Result result = result_of({run_of("tcp", 1000), run_of("mptcp", 1000)});
  result.runs[0].notes = {"a note"};
  EXPECT_THAT(page({{"a", result}}, {}, "nonce"),
              AllOf(HasSubstr("<h2>Remarks on valid runs</h2>"), Not(HasSubstr("Invalid runs"))));
  result.runs[1].invalid_reasons = {"late"};
  EXPECT_THAT(page({{"a", result}}, {}, "nonce"),
              AllOf(HasSubstr("<h2>Invalid runs</h2>\n<ul>\n<li class=\"invalid\">run 2 of 2"),
                    HasSubstr("<h2>Remarks on valid runs</h2>\n<ul>\n<li>run 1 of 2")));
}

}  // namespace
}  // namespace mpb
