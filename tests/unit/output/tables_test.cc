#include "output/tables.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "analysis/published.hh"
#include "analysis/text.hh"
#include "made_up.hh"
#include "output/export/export.hh"
#include "output/page/page.hh"
#include "output/table.hh"
#include "output/terminal.hh"
#include "outputs.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Table, HasASentenceAboutEachFailOver) {
  const Result result = result_of({with_events(run_of("mptcp", 2000), 214ms, 20ms),
                                   with_events(run_of("tcp", 1000), 6400ms, std::nullopt)});
  const std::string text = terminal_text(analyse(result), "title");
  EXPECT_THAT(text, HasSubstr("\n  link1 down 3.0 s, GET 4k: tcp stalled 6.4 s, mptcp 0.21 s.\n"));
  EXPECT_THAT(text, ContainsRegex("link1 down +3.0 +100 +6400 +never +7 +100 % +0 %\n"));
  EXPECT_THAT(text, ContainsRegex("link1 down +3.0 +100 +214 +20.0 +7 +75 % +25 %\n"));
  EXPECT_THAT(terminal_text(analyse(result_of({run_of("tcp", 1)})), ""), Not(HasSubstr("events")));
  // A request sent into the dead link waits beyond the link's return. That wait is the stall, and
  // not one that ended before.
  mpb::Run outlasted = with_events(run_of("tcp", 1000), 0ms, std::nullopt);
  outlasted.outcome.segments[2].longest_stall = 3400ms;
  EXPECT_THAT(terminal_text(analyse(result_of({outlasted})), ""),
              HasSubstr("\n  link1 down 3.0 s, GET 4k: tcp stalled 3.4 s.\n"));
  mpb::Run gone = with_events(run_of("tcp", 1000), 5900ms, std::nullopt);
  gone.outcome.segments.pop_back();
  EXPECT_THAT(terminal_text(analyse(result_of({gone})), ""),
              HasSubstr("\n  link1 down, GET 4k: tcp stalled 5.9 s to the end.\n"));
}

TEST(Table, ReportsTheTroublesOfAValidRun) {
  mpb::Run run = run_of("tcp", 1000);  // testing::Test has one too
  run.notes = {"3 of 50 connections ended with fewer than 2 subflows"};
  run.outcome.error(Loss::kReset) = 4;
  run.outcome.reconnects = 2;
  EXPECT_THAT(
      terminal_text(analyse(result_of({run})), ""),
      HasSubstr("run 1 of 1 (tcp get 4k): 3 of 50 connections ended with fewer than 2 subflows; "
                "lost requests: 4 by reset, and reconnected 2 times.\n"));
}

// Text of a result or of published figures is escaped before the columns are laid out, so that they
// stay aligned.
TEST(Table, ShowsForeignTextAsEscapes) {
  const std::string text =
      "\x1b]0;t\x07\nSECOND \xc2\x9b"
      "31m";
  std::vector<mpb::Run> runs;
  for (const char* proto : {"tcp", "mptcp"}) {
    mpb::Run run = with_events(run_of(proto, 1000), 214ms, 20ms);
    run.values += text;
    run.notes = {text};
    run.links[0].name = run.outcome.segments[1].event = run.outcome.segments[1].link = text;
    runs.push_back(run);
  }
  runs.push_back(run_of("tcp", 1000, 1));
  runs.back().values += text;
  runs.back().invalid_reasons = {text};
  Result result = result_of(runs);
  result.capacities[0].name = text;
  Published published{text, {{"get", 4096, "tcp", 100, 1}, {"get", 4096, "mptcp", 100, 1}}};
  const std::string shown = terminal_text(analyse(result), text, published);
  for (const char c : shown) ASSERT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << shown;
  EXPECT_THAT(shown,
              HasSubstr("Next to the published figures: \\x1b]0;t\\x07\\nSECOND \\u009b31m\n"));
  EXPECT_THAT(shown, Not(HasSubstr("\nSECOND")));
}

TEST(Interruption, IsReportedIfItIsKnown) {
  Result result = result_of({run_of("tcp", 1000)});
  EXPECT_EQ(interruption(result), "");
  result.complete = false;
  EXPECT_EQ(interruption(result), "interrupted: 1 run, and more were planned");
  result.planned_runs = 24;
  EXPECT_THAT(terminal_text(analyse(result), "title"),
              HasSubstr("title\n  interrupted: 1 of 24 runs\n\n"));
  EXPECT_THAT(exported(result, "markdown"), HasSubstr("\n**interrupted: 1 of 24 runs**\n"));
  EXPECT_THAT(exported(result, "junit"),
              HasSubstr("<failure type=\"interrupted\" message=\"interrupted: 1 of 24 runs\">"));
  EXPECT_THAT(exported(result, "gbench"),
              HasSubstr("\"left_out\": [\"interrupted: 1 of 24 runs\"]"));
  EXPECT_THAT(page({{"a", result}}, {}, "nonce"),
              HasSubstr("<p class=\"note invalid\">interrupted: 1 of 24 runs</p>"));
  result.complete = true;
  EXPECT_EQ(interruption(result), "");
}

using Cells = std::vector<Row>;

// The functions cells_of_*() parse a table as a reader of that medium sees it: the headings, then
// the rows.

std::u32string code_points(const std::string& text) {
  std::u32string points;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0U) == 0x80) {
      points.back() = points.back() << 6U | (byte & 0x3fU);
    } else {
      points += static_cast<char32_t>(byte < 0x80 ? byte : byte & (byte < 0xe0 ? 0x1fU : 0x0fU));
    }
  }
  return points;
}

std::string utf8(const std::u32string& points) {
  std::string text;
  for (const char32_t c : points) {
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else if (c < 0x800) {
      text += static_cast<char>(0xc0U | c >> 6U);
      text += static_cast<char>(0x80U | (c & 0x3fU));
    } else {
      text += static_cast<char>(0xe0U | c >> 12U);
      text += static_cast<char>(0x80U | (c >> 6U & 0x3fU));
      text += static_cast<char>(0x80U | (c & 0x3fU));
    }
  }
  return text;
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? ""
                                    : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    lines.push_back(text.substr(at, text.find('\n', at) - at));
  return lines;
}

// A column of the table ends where all lines have two blanks.
Cells cells_of_text(const std::string& text, std::size_t keys) {
  std::vector<std::u32string> lines;
  bool inside = false;
  const std::vector<std::string> all = lines_of(text);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool rule = all[i].starts_with("  ---");
    if (rule) {
      inside = true;
      lines = {code_points(all[i - 1])};
    } else if (inside && all[i].empty()) {
      break;
    } else if (inside) {
      lines.push_back(code_points(all[i]));
    }
  }
  std::size_t width = 0;
  for (const std::u32string& line : lines) width = std::max(width, line.size());
  for (std::u32string& line : lines) line.resize(width + 2, U' ');
  const auto blank = [&lines](std::size_t at) {
    return std::all_of(lines.begin(), lines.end(),
                       [at](const std::u32string& line) { return line[at] == U' '; });
  };
  Cells cells(lines.size());
  for (std::size_t at = 2; at < width;) {
    std::size_t end = at;
    while (!(blank(end) && blank(end + 1))) ++end;
    for (std::size_t i = 0; i < lines.size(); ++i)
      cells[i].push_back(trimmed(utf8(lines[i].substr(at, end - at))));
    for (at = end; at < width && blank(at);) ++at;
  }
  for (std::size_t i = 2; i < cells.size(); ++i) {
    for (std::size_t key = 0; key < keys && cells[i][key].empty(); ++key)
      cells[i][key] = cells[i - 1][key];
  }
  return cells;
}

Cells cells_of_html(const std::string& html) {
  Cells cells;
  const std::regex cell("<t[hd]( [^>]*)?>([^<]*)</t[hd]>");
  for (const std::string& line : lines_of(html)) {
    if (line.find("<tr") == std::string::npos) continue;
    Row& row = cells.emplace_back();
    for (std::sregex_iterator found(line.begin(), line.end(), cell), none; found != none; ++found) {
      std::string text = (*found)[2];
      for (const auto& [reference, character] : {std::pair{"&lt;", "<"},
                                                 {"&gt;", ">"},
                                                 {"&#39;", "'"},
                                                 {"&quot;", "\""},
                                                 {"&amp;", "&"}})
        text = std::regex_replace(text, std::regex(reference), character);
      row.push_back(text);
    }
  }
  return cells;
}

Cells cells_of_markdown(const std::string& markdown) {
  Cells cells;
  for (const std::string& line : lines_of(markdown)) {
    if (!line.starts_with("|") || line.starts_with("|--")) continue;
    Row& row = cells.emplace_back();
    std::string cell;
    for (std::size_t i = 1; i < line.size(); ++i) {
      if (line[i] == '\\' && line[i + 1] == '|') continue;
      if (line[i] != '|' || line[i - 1] == '\\') {
        if (line[i] != '`') cell += line[i];
        continue;
      }
      row.push_back(trimmed(cell));
      cell.clear();
    }
  }
  return cells;
}

// The cells that a medium has to show.
Cells expected_cells(const Table& table, bool details) {
  Cells cells(table.rows.size() + 1);
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    if (table.columns[column].detail && !details) continue;
    cells[0].push_back(table.columns[column].name);
    for (std::size_t row = 0; row < table.rows.size(); ++row)
      cells[row + 1].push_back(table.rows[row][column]);
  }
  return cells;
}

void expect_same_cells(const Table& table) {
  SCOPED_TRACE(to_text(table));
  ASSERT_FALSE(table.rows.empty());
  EXPECT_EQ(cells_of_text(to_text(table), table.keys), expected_cells(table, false));
  EXPECT_EQ(cells_of_markdown(to_markdown(table)), expected_cells(table, false));
  EXPECT_EQ(cells_of_html(to_html(table)), expected_cells(table, true));
}

// Two cells, three protocols, seven blocks. One run of mptcp is invalid, and all runs of tcp-split.
Result several_cells() {
  std::vector<mpb::Run> runs;
  for (int block = 0; block < 7; ++block) {
    for (const char* op : {"get", "set"}) {
      for (const char* proto : {"tcp", "tcp-split", "mptcp"}) {
        const bool mptcp = std::string(proto) == "mptcp";
        mpb::Run& run = runs.emplace_back(run_of(proto, (mptcp ? 1500 : 1000) + block, block));
        run.op = op;
        run.connections = 50, run.threads = run.pipeline = 1, run.arrivals = "closed";
        run.emulator_pct = 50 + block, run.system_pct = 90;
        run.outcome.last_byte.record(13ms, 3000);
        if (std::string(proto) == "tcp-split") run.invalid_reasons = {"late"};
        if (mptcp && block == 2) run.invalid_reasons = {"fell back to TCP"};
      }
    }
  }
  Result result = result_of(std::move(runs));
  result.scenario.name = "s";
  return result;
}

// A sweep whose higher rate exceeds the capacity in one block.
Result two_rates() {
  std::vector<mpb::Run> runs;
  for (int block = 0; block < 6; ++block) {
    for (const double rate : {500.0, 3000.0}) {
      for (const char* proto : {"tcp", "mptcp"}) {
        mpb::Run& run = runs.emplace_back(run_of(proto, rate, block));
        run.connections = 50, run.threads = run.pipeline = 1, run.arrivals = "poisson";
        run.rate_rps = rate;
        run.outcome.response.record(std::chrono::milliseconds(20 + block), 5000);
        run.saturated = rate > 1000 && block == 3 && std::string(proto) == "tcp";
      }
    }
  }
  return result_of(std::move(runs));
}

Result search() {
  std::vector<mpb::Run> runs;
  for (const char* proto : {"tcp", "mptcp"}) {
    for (const int step : {10, 19, 20, 21, 22, 30}) {
      mpb::Run& run = runs.emplace_back(run_of(proto, 100 * step));
      run.rate_rps = 100 * step;
      run.search = true;
      run.outcome.response.record(step > 20 ? 30ms : 15ms, 5000);
    }
  }
  Result result = result_of(std::move(runs));
  result.slo = SloAsked{parse_slo("p99 < 20ms"), 200};
  result.probes = {{"get", "4k", "tcp", 3000, 3, {}}, {"get", "4k", "mptcp", 3000, 3, {}}};
  return result;
}

TEST(Tables, HaveTheSameCellsInAllThreeRenderings) {
  const Result cells = several_cells(), rates = two_rates(), events = link_events(),
               searched = search();
  const Analysis analysis = analyse(cells), swept = analyse(rates), failed = analyse(events);
  const Published published{"somebody's",
                            {{"get", 4096, "tcp", 900, 11}, {"get", 4096, "mptcp", 1800, 9}}};
  std::vector<GateRule> rules;
  for (const char* rule : {"mptcp/tcp throughput * < 1.2", "mptcp throughput get/4k < 1800/s"})
    rules.push_back(parse_gate_rule(rule, "--fail-if"));
  for (const Table& table :
       {throughput_table(analysis), ratio_table(analysis), explanation_table(analysis),
        cpu_table(analysis), published_table(analysis, published),
        gate_table(cells, evaluate(analysis, rules)),
        compare_table(analysis, analysis, compare(analysis, analysis)), throughput_table(swept),
        ratio_table(swept), throughput_table(failed), ratio_table(failed), stall_table(failed),
        event_table(failed), slo_table(analyse(searched))})
    expect_same_cells(table);
}

TEST(Tables, NameACellOnceAndShowHowManyRunsAreSaturated) {
  const Result cells = several_cells(), rates = two_rates();
  const std::string text = to_text(throughput_table(analyse(cells)));
  EXPECT_THAT(text, ContainsRegex("\n  GET 4k +tcp .*\n          tcp-split +INVALID "));
  EXPECT_THAT(text, ContainsRegex("\n          mptcp +1,50[0-9] +1,500-1,506 +1.50x +6 of 7 "));
  EXPECT_THAT(to_text(throughput_table(analyse(rates))),
              ContainsRegex("\n  GET 4k at 3,000 req/s +tcp +3,000 SATURATED 1 of 6 "));
}

// 200 Mbit/s over a link of 100 Mbit/s: a reader must see that it is the sum of two directions.
TEST(Tables, NameTheDirectionsThatGoodputCounts) {
  Result result = result_of({run_of("tcp", 1000), run_of("tcp", 1000)});
  result.runs[1].op = "set";
  const std::string one_way = to_text(throughput_table(analyse(result)));
  EXPECT_THAT(one_way, AllOf(HasSubstr("  goodput Mbit/s  "), Not(HasSubstr("up + down"))));
  result.runs[1].op = "get50set50";
  EXPECT_THAT(to_text(throughput_table(analyse(result))),
              AllOf(HasSubstr("  goodput Mbit/s, up + down  "),
                    HasSubstr("the goodput of a mix can exceed the rate of the link")));
}

// A run whose load came from two hosts with a link each.
Run of_two_hosts(double rps, double cpu) {
  Run run = run_of("mptcp", rps);
  run.links[0].client_tx_bytes = 1'000'000;
  run.links[0].client_rx_bytes = 11'500'000;  // 10 Mbit/s, in 10 s
  run.links[1].client_rx_bytes = 2'500'000;
  run.hosts.resize(2);
  run.hosts[0].name = "client1";
  run.hosts[1].name = "client2";
  for (std::size_t i = 0; i < 2; ++i) {
    HostRecord& host = run.hosts[i];
    host.throughput_rps = rps * (i == 0 ? 0.75 : 0.25);
    host.latency.record(i == 0 ? 10ms : 50ms, 2000);
    host.cpu_pct = {1, cpu};
    host.mptcp = MptcpProof{5, 0, 2 - static_cast<int>(i), 2, 5};
    host.links = {run.links[i].name};
  }
  return run;
}

TEST(Tables, ShowEachHostByItself) {
  const Result one = result_of({run_of("mptcp", 1000)});
  EXPECT_EQ(to_text(host_table(analyse(one))), "");
  const Result result =
      result_of({of_two_hosts(1000, 30), of_two_hosts(1200, 40), of_two_hosts(2000, 50)});
  const std::string text = to_text(host_table(analyse(result)));
  EXPECT_THAT(text, ContainsRegex("\n  GET 4k +mptcp +client1 +900 +10.0 +10.0 +2 +40.0 +10.0\n"));
  EXPECT_THAT(text, ContainsRegex("\n +client2 +300 +50.0 +50.0 +1-2 +40.0 +2.0\n"));
  EXPECT_THAT(text, HasSubstr("The traffic of a link"));
  auto of_target = of_two_hosts(1000, 30);
  for (HostRecord& host : of_target.hosts) host.links.clear();
  EXPECT_THAT(to_text(host_table(analyse(result_of({of_target})))),
              AllOf(HasSubstr("client2"), Not(HasSubstr("The traffic of a link"))));
  const std::string heading = "The hosts from which the load came";
  EXPECT_THAT(exported(result, "text"), HasSubstr(heading));
  EXPECT_THAT(exported(result, "markdown"), HasSubstr(heading));
  EXPECT_THAT(page({{"a", result}}, {}, "nonce"), HasSubstr(heading));
}

}  // namespace
}  // namespace mpb
