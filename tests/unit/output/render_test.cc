#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "made_up.hh"
#include "output/export/export.hh"
#include "output/table.hh"
#include "outputs.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

// A bar in a cell of a table ends the cell, in a code span too.
TEST(Markdown, KeepsTextInItsCell) {
  Result result = result_of({search_step("tcp", 1000, 15ms)});
  result.slo = SloAsked{parse_slo("p99 < 20ms"), 200};
  result.runs[0].values = "4k|8k";
  result.probes = {{"get", "4k|8k", "tcp", 2000, 3, {}}};
  EXPECT_THAT(exported(result, "markdown"), HasSubstr("| `GET 4k\\|8k` | tcp |"));
  EXPECT_THAT(exported(result, "markdown"), HasSubstr("\n`GET 4k|8k: p99"));
}

TEST(Render, AlignsAndBlanksNamesThatRepeat) {
  Table table{.title = "t",
              .keys = 2,
              .columns = {word("rule"), word("of"), number_of("is"), detail("more"), word("so")},
              .rows = {{"±5 µs", "a", "1", "9", "x"},
                       {"±5 µs", "b", "", "9", ""},
                       {"±5 µs", "b", "22", "9", "x"},
                       {"漢", "b", "-", "9", "x"}},
              .notes = {"A note."},
              .detail_notes = {"About more."}};
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
                    HasSubstr("<p class=\"note\">A note.</p>\n<p class=\"note\">About more.</p>")));
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

}  // namespace
}  // namespace mpb
