#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "made_up.hh"
#include "output/answer.hh"
#include "output/export/export.hh"
#include "output/page/page.hh"
#include "output/table.hh"
#include "output/tables.hh"
#include "output/terminal.hh"
#include "sys/escape.hh"

namespace mpb {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Render, AlignsAndBlanksNamesThatRepeat) {
  Table table{.title = "t",
              .keys = 2,
              .columns = {word("rule"), word("of"), number_of("is"), detail("more"), word("so")},
              .rows = {{"±5 µs", "a", "1", "9", "x"},
                       {"±5 µs", "b", "", "9", ""},
                       {"±5 µs", "b", "22", "9", "x"},
                       {"漢", "b", "-", "9", "x"}},
              .notes = {"A note."}};
  EXPECT_EQ(to_text(table),
            "  t\n\n"
            "  rule   of  is  so\n"
            "  -----------------\n"
            "  ±5 µs  a    1  x\n"
            "         b\n"
            "             22  x\n"
            "  漢     b    -  x\n\n"
            "  A note.\n");
  EXPECT_EQ(to_markdown(table),
            "### t\n\n"
            "| rule | of | is | so |\n|---|---|--:|---|\n"
            "| `±5 µs` | a | 1 | x |\n| `±5 µs` | b |  |  |\n| `±5 µs` | b | 22 | x |\n"
            "| `漢` | b | - | x |\n\n- A note.\n");
  EXPECT_THAT(to_html(table),
              AllOf(HasSubstr("<caption>t</caption>"), HasSubstr("<th scope=\"col\">more</th>"),
                    HasSubstr("<tr><th scope=\"row\">±5 µs</th>"
                              "<td data-column=\"of\" class=\"word\">b</td>"
                              "<td data-column=\"is\"></td><td data-column=\"more\">9</td>"
                              "<td data-column=\"so\" class=\"word\"></td></tr>"),
                    HasSubstr("<p class=\"note\">A note.</p>")));
  table.rows.clear();
  EXPECT_EQ(to_text(table) + to_html(table) + to_markdown(table), "");
}

TEST(Render, DropsColumnsWithoutAValue) {
  Table table{.keys = 1,
              .columns = {word("a"), number_of("b"), number_of("c"), number_of("d")},
              .rows = {{"", "-", "1", ""}, {"", "", "-", ""}}};
  drop_empty_columns(table);
  EXPECT_EQ(to_markdown(table), "| a | c |\n|---|--:|\n|  | 1 |\n|  | - |\n");
  table.rows.assign(1, Row{"x", "-"});
  drop_empty_columns(table);
  EXPECT_TRUE(table.rows.empty());
}

// A cell stays in its place and is shown as text, whatever its content.
TEST(Render, EscapesForItsMedium) {
  const std::vector<std::string> texts{
      "\x1b]0;t\x07", "a|b",     "<script>x</script>", "`@all`", "\n| SECOND",
      "&amp;",        "\\|",     "[a](http://b)",      "\xff",   "# h",
      "\xe2\x80\xae", "  two  ", "</td></tr>",         "![i](x)"};
  Table table{.title = texts[2] + texts[0], .keys = 1, .columns = {word(texts[1])}};
  for (std::size_t i = 0; i < texts.size(); ++i) table.columns.push_back(number_of(texts[i]));
  for (const std::string& text : texts) {
    table.rows.emplace_back(texts.size() + 1, text);
    table.notes.push_back(text);
  }
  const std::string text = to_text(table), html = to_html(table), markdown = to_markdown(table);
  for (const std::string& shown : {text, html, markdown}) {
    EXPECT_TRUE(std::all_of(shown.begin(), shown.end(),
                            [](unsigned char c) { return c == '\n' || (c >= ' ' && c < 0x7f); }));
  }
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2 + 2 + 2 * std::ssize(texts) + 1);
  EXPECT_THAT(html, Not(ContainsRegex("<(script|img)|</td></tr></td>")));
  EXPECT_THAT(html, Not(ContainsRegex("<td[^>]*></td></tr>")));
  std::string outside = std::regex_replace(markdown, std::regex("`[^`\n]*`"), "");
  EXPECT_THAT(outside, Not(ContainsRegex("[]<>@`[]")));
  for (std::size_t at = 0; (at = outside.find("|\n", at)) != std::string::npos; ++at) {
    const std::size_t start = outside.rfind('\n', at) + 1;
    EXPECT_EQ(std::count(outside.begin() + static_cast<std::ptrdiff_t>(start),
                         outside.begin() + static_cast<std::ptrdiff_t>(at + 1), '|'),
              std::ssize(texts) + 2);
  }
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

Result link_events() {
  std::vector<mpb::Run> runs;
  for (int block = 0; block < 8; ++block) {
    for (const char* proto : {"tcp", "mptcp"}) {
      const bool mptcp = std::string(proto) == "mptcp";
      mpb::Run run = with_events(run_of(proto, 1000, block), mptcp ? 214ms : 3200ms,
                                 mptcp || block > 1 ? std::optional(20ms) : std::nullopt);
      run.outcome.longest_stall = (mptcp ? 214ms : 3200ms) + std::chrono::milliseconds(block);
      runs.push_back(std::move(run));
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

// The answer comes first, in the same words everywhere, and begins with the ratio and its interval.
TEST(Answer, IsTheFirstThingOfEveryOutput) {
  const Result result = link_events();
  const Analysis analysis = analyse(result);
  const std::vector<std::string> sentences = answer_sentences(analysis);
  ASSERT_GE(sentences.size(), 2U);
  EXPECT_THAT(sentences, Each(::testing::EndsWith(".")));
  EXPECT_THAT(sentences[0], ContainsRegex("^MPTCP had 0.07 times the longest stall of TCP "
                                          "\\(95 % 0.07-0.07\\): better\\.$"));
  EXPECT_EQ(sentences[1], "link1 down 3.0 s, GET 4k: tcp stalled 3.2 s, mptcp 0.21 s.");
  EXPECT_THAT(terminal_text(analysis, "title"),
              HasSubstr("title\n\n  " + sentences[0] + "\n  " + sentences[1] + "\n"));
  ExportNotes notes;
  EXPECT_THAT(export_files(analysis, "markdown", {}, notes).at(0).text,
              HasSubstr("\n\n" + sentences[0] + "\n\n" + sentences[1] + "\n\nStore "));
  EXPECT_THAT(page({{"a", result}}, {}, "nonce"),
              HasSubstr("</h1>\n<p class=\"answer\">" + for_markup(answer(analysis)) + "</p>"));
}

// 97 % of the bytes on one link, and hardly a difference: the answer names the option that changes
// it.
TEST(Answer, PointsToMoreConnectionsIfTheSchedulerKeepsToOneLink) {
  const auto sentences = [](double ratio, std::int64_t over_link2, std::optional<double> rate) {
    std::vector<mpb::Run> runs;
    for (const char* proto : {"tcp", "mptcp"}) {
      const bool mptcp = std::string(proto) == "mptcp";
      mpb::Run& run = runs.emplace_back(run_of(proto, mptcp ? 1000 * ratio : 1000));
      run.rate_rps = rate;
      run.outcome.response.record(10ms, 2000);
      if (mptcp) run.links[0].client_rx_bytes = 900, run.links[1].client_rx_bytes = over_link2;
    }
    const Result result = result_of(std::move(runs));
    return answer(analyse(result));
  };
  EXPECT_EQ(
      sentences(1.01, 31, {}),
      "MPTCP got 1.01 times the throughput of TCP: no verdict, because it takes at least 6 "
      "blocks, and there is 1. MPTCP gained nothing with GET 4k: its scheduler kept 97 % of "
      "the bytes on link1. More connections (-c) put more data in flight than one link takes, "
      "and MPTCP then uses the other links too; \"Why\" below has the details.");
  EXPECT_THAT(sentences(1.01, 31, 1000), HasSubstr("A higher --rate puts more data in flight"));
  EXPECT_THAT(sentences(1.04, 31, {}), HasSubstr("MPTCP gained little with GET 4k: its scheduler"));
  EXPECT_THAT(sentences(0.9, 31, {}), Not(HasSubstr("gained")))
      << "the links do not explain a loss";
  EXPECT_THAT(sentences(1.5, 31, {}), Not(HasSubstr("gained nothing")));
  EXPECT_THAT(sentences(1.01, 400, {}), Not(HasSubstr("gained nothing")));
}

// The question is about MPTCP, whatever else was measured, and its explanation follows at once.
TEST(Answer, BeginsWithMptcp) {
  Result result = result_of({run_of("tcp", 1000), run_of("tcp-split", 1900), run_of("mptcp", 1000),
                             run_of("mptcp-one", 900)});
  result.runs[2].links[1].client_rx_bytes = 0;
  const std::vector<std::string> sentences = answer_sentences(analyse(result));
  ASSERT_EQ(sentences.size(), 5U);
  EXPECT_THAT(sentences[0], ::testing::StartsWith("MPTCP got 1.00 times "));
  EXPECT_THAT(sentences[1], ::testing::StartsWith("MPTCP gained nothing with GET 4k: "));
  EXPECT_THAT(sentences[2], ::testing::StartsWith("TCP-SPLIT got 1.90 times "));
  EXPECT_THAT(sentences[3], ::testing::StartsWith("MPTCP-ONE got 0.90 times "));
  EXPECT_THAT(sentences[4],
              ::testing::StartsWith("MPTCP got 0.53 times the throughput of tcp-split"));
}

// The sentence refers to a part of each output that exists.
TEST(Answer, PointsToAnExplanation) {
  const Result result = result_of({run_of("tcp", 1000), run_of("mptcp", 1000)});
  ExportNotes notes;
  EXPECT_THAT(terminal_text(analyse(result), "t"), HasSubstr("\n  Why: "));
  EXPECT_THAT(export_files(analyse(result), "markdown", {}, notes).at(0).text,
              HasSubstr("\n### Why: "));
  EXPECT_THAT(page({{"a", result}}, {}, "nonce"), HasSubstr("<h2>Why</h2>"));
}

TEST(Answer, OfEachResultOnAPageIsItsOwn) {
  const NamedResult one{"one", result_of({run_of("tcp", 1000)})};
  const NamedResult two{"two", result_of({run_of("tcp", 2000)})};
  const std::string html = page({one, two}, {}, "nonce");
  EXPECT_THAT(html, HasSubstr("TCP: the throughput is 1,000/s with GET 4k. Only one protocol"));
  EXPECT_THAT(html, HasSubstr("TCP: the throughput is 2,000/s with GET 4k.</p>"));
  const std::string nothing = for_markup(kNothingToCompare);
  EXPECT_EQ(html.find(nothing), html.rfind(nothing));
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
