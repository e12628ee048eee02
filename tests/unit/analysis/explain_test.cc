#include "analysis/explain.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "analysis/wire_model.hh"
#include "analysis/write.hh"
#include "made_up.hh"
#include "output/tables.hh"
#include "output/terminal.hh"
#include "sys/error.hh"
#include "sys/escape.hh"

namespace mpb {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Explain, IsComputedFromTheMeasurements) {
  const double one = wire_ceiling_rps("get", 4096, {"", kLine, kLine}, false);
  const Result result =
      result_of({run_of("tcp", one), run_of("mptcp", 1.5 * one), run_of("mptcp-one", 0.9 * one)});
  const std::vector<Explanation> all = analyse(result).explanations;
  ASSERT_EQ(all.size(), 3u);
  EXPECT_DOUBLE_EQ(*all[0].of_links.at(0), 1);
  EXPECT_DOUBLE_EQ(*all[0].of_all_links, 0.5);
  EXPECT_DOUBLE_EQ(*all[1].of_links.at(0),
                   1.5 * one / wire_ceiling_rps("get", 4096, {"", kLine, kLine}, true));
  EXPECT_THAT(all[1].shares, ElementsAre(0.75, 0.25));
  EXPECT_DOUBLE_EQ(*all[0].retransmitted,
                   0.02);  // 40 of 1960 + 40 of the server's, which sends the values
  EXPECT_DOUBLE_EQ(*all[1].retransmitted, 0.03) << "and 20 over the other subflow";
  EXPECT_NEAR(all[0].after_first_byte_ns, 2e6, 1);
  EXPECT_NEAR(all[0].client_cpu->ns, 0.3e9 / one, 10);  // requests are whole
  EXPECT_NEAR(all[0].store_cpu->ns, 0.4e9 / one, 10);
  EXPECT_FALSE(all[0].emulator_cpu) << "netem has none";
  EXPECT_FALSE(all[0].stack_ratio);
  EXPECT_DOUBLE_EQ(all[2].stack_ratio->value, 0.9);
  EXPECT_FALSE(all[2].stack_cpu_ratio) << "the host's CPU time is not known";
}

// The links of all clients together are the limit.
TEST(Explain, CountsTheSameLinkOfAllClientsTogether) {
  const double one = wire_ceiling_rps("get", 4096, {"", kLine, kLine}, false);
  const Result result =
      with_two_clients(result_of({run_of("tcp", 2 * one), run_of("mptcp", 2 * one)}));
  const Analysis analysis = analyse(result);
  const Explanation& tcp = analysis.explanations.at(0);
  ASSERT_EQ(tcp.of_links.size(), 2u);
  EXPECT_DOUBLE_EQ(*tcp.of_links[0], 1);
  EXPECT_DOUBLE_EQ(*tcp.of_all_links, 0.5);
  EXPECT_THAT(analysis.explanations.at(1).shares, ElementsAre(0.75, 0.25));
  const std::string text = terminal_text(analysis, "title", std::nullopt);
  EXPECT_THAT(text, HasSubstr("use link1, and the same link of every other client."));
  EXPECT_THAT(text, HasSubstr("in both directions, of all clients together."));
  EXPECT_THAT(text, HasSubstr("goodput Mbit/s  link1  link2\n"));  // no column for "link1_c2"
}

// 1000 requests a second: a per cent of a CPU is 10 us a request.
TEST(Explain, GivesCpuTimeItsIntervalFromSixRunsOn) {
  std::vector<mpb::Run> runs;
  for (int block = 0; block < 6; ++block) {
    runs.push_back(run_of("tcp", 1000, block));
    runs.back().emulator_pct = 50 + block;
  }
  const Result result = result_of(runs);
  const Explanation why = analyse(result).explanations.at(0);
  EXPECT_DOUBLE_EQ(why.emulator_cpu->ns, 525'000);
  ASSERT_TRUE(why.emulator_cpu->interval);
  EXPECT_DOUBLE_EQ(why.emulator_cpu->interval->low, 500'000);
  EXPECT_DOUBLE_EQ(why.emulator_cpu->interval->high, 550'000);
  const std::string text = terminal_text(analyse(result), "title", std::nullopt);
  EXPECT_THAT(text, HasSubstr("emulator us"));
  EXPECT_THAT(text, HasSubstr("525.0 (500.0-550.0)"));
  EXPECT_THAT(text, HasSubstr("receive path of both ends (IP, TCP, MPTCP), which runs inside"));
  EXPECT_THAT(to_html(cpu_table(analyse(result))), HasSubstr(">525.0 (500.0-550.0)</td>"));
  const auto json = nlohmann::json::parse(to_json(analyse(result)))["explanations"][0];
  EXPECT_EQ(json["emulator_cpu_ns"], 525'000);
  EXPECT_EQ(json["cpu_intervals_ns"]["emulator"]["low"], 500'000);
  runs.pop_back();
  const Result few = result_of(runs);
  EXPECT_FALSE(analyse(few).explanations.at(0).emulator_cpu->interval);
  EXPECT_THAT(terminal_text(analyse(few), "title", std::nullopt), HasSubstr("520.0\x20\x20"));
}

TEST(Explain, CountsTheWholeHost) {
  mpb::Run run = run_of("tcp", 1000);
  EXPECT_FALSE(analyse(result_of({run})).explanations.at(0).system_cpu);
  run.system_pct = 150;
  const Result result = result_of({run});
  EXPECT_DOUBLE_EQ(analyse(result).explanations.at(0).system_cpu->ns, 1'500'000);
  EXPECT_THAT(terminal_text(analyse(result), "title", std::nullopt), HasSubstr("system us"));
}

// In each block MPTCP gets 0.8 of TCP's throughput for the same CPU time, which is 1.25 times as
// much per request. The load of the host before the run does not count.
TEST(Explain, ComputesTheCostOfTheStack) {
  std::vector<mpb::Run> runs;
  for (int block = 0; block < 6; ++block) {
    for (const char* proto : {"tcp", "mptcp-one"}) {
      mpb::Run& run = runs.emplace_back(run_of(proto, runs.size() % 2 == 0 ? 1000 : 800, block));
      run.system_pct = 160 + 5 * block;
      run.system_before_pct = 5 * block;
    }
  }
  const Result result = result_of(runs);
  const Explanation why = analyse(result).explanations.at(1);
  EXPECT_DOUBLE_EQ(why.system_cpu->ns, 2'000'000);
  EXPECT_DOUBLE_EQ(why.stack_cpu_ratio->value, 1.25);
  EXPECT_TRUE(why.stack_cpu_ratio->interval);
  const std::string sentence =
      "GET 4k: over one link MPTCP gets 0.80x (0.80-0.80) of TCP's throughput, and this host uses "
      "1.25x (1.25-1.25) of the CPU time per request";
  EXPECT_THAT(terminal_text(analyse(result), "title", std::nullopt), HasSubstr(sentence));
  EXPECT_THAT(to_html(explanation_table(analyse(result))), HasSubstr(for_markup(sentence)));
}

TEST(Explain, ComparesARunWithLinksOfItsVersionOfIp) {
  const double v4 = wire_ceiling_rps("get", 4096, {"", kLine, kLine}, false);
  const double v6 = wire_ceiling_rps("get", 4096, {"", kLine, kLine, 1500, true}, false);
  mpb::Run run = run_of("tcp", v6);
  run.variant = {{"ip", "v6"}};
  EXPECT_DOUBLE_EQ(*analyse(result_of({run})).explanations.at(0).of_links.at(1), 1);
  run.variant = {{"ip", "dual"}};
  const Explanation dual = analyse(result_of({run})).explanations.at(0);
  EXPECT_DOUBLE_EQ(*dual.of_links.at(0), 1);
  EXPECT_DOUBLE_EQ(*dual.of_links.at(1), v6 / v4);
}

// Twice the throughput of one link over two links fills them, and not 200 % of anything.
TEST(Explain, ComparesAProtocolWithTheLinksThatItUses) {
  const double one = wire_ceiling_rps("get", 4096, {"", kLine, kLine}, true);
  const Result result = result_of({run_of("tcp", 0.9 * one), run_of("tcp-split", 1.8 * one),
                                   run_of("mptcp", 1.8 * one), run_of("mptcp-one", 0.9 * one),
                                   run_of("mptcp-again", 1.8 * one)});
  const Table table = explanation_table(analyse(result));
  EXPECT_EQ(table.columns.at(2).name, "of its links");
  for (const Row& row : table.rows)
    EXPECT_THAT(row.at(2), AnyOf("90 %", "88 %")) << row.at(1);  // TCP's headers are shorter
  EXPECT_EQ(table.rows.at(0).at(3), "44 %");
  EXPECT_THAT(table.notes.at(0), HasSubstr("Protocols on one link use link1."));
}

TEST(Explain, HasNoEmulatorColumnWithNetem) {
  const Result result = result_of({run_of("tcp", 1000)});
  const std::string text = terminal_text(analyse(result), "title", std::nullopt);
  EXPECT_THAT(text, Not(HasSubstr("emulator")));
  EXPECT_THAT(text, HasSubstr("charged to the process that it interrupts"));
  EXPECT_THAT(to_html(cpu_table(analyse(result))), Not(HasSubstr("emulator")));
}

TEST(Explain, LeavesOutUnknownValues) {
  Result result = result_of({run_of("tcp", 1000)});
  result.capacities[1].down_bps = 0;  // no limit
  EXPECT_FALSE(analyse(result).explanations[0].of_all_links);
  result.runs[0].invalid_reasons = {"late"};
  EXPECT_TRUE(analyse(result).explanations.empty());
  result = result_of({run_of("tcp", 1000)});
  result.capacities.clear();  // a target
  EXPECT_TRUE(analyse(result).explanations.empty());
}

}  // namespace
}  // namespace mpb
