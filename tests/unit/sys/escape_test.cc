// Text of others in each medium: control characters become visible, and letters stay.
#include "sys/escape.hh"

#include <gtest/gtest.h>

namespace mpb {
namespace {

TEST(Terminal, ShowsWhatWouldAct) {
  EXPECT_EQ(for_terminal("a\x1b]0;x\x07"), "a\\x1b]0;x\\x07");
  EXPECT_EQ(for_terminal("one\ntwo\r\t"), "one\\ntwo\\r\\t");
  EXPECT_EQ(for_terminal(std::string_view("\0\x7f", 2)), "\\x00\\x7f");
  EXPECT_EQ(for_terminal("\xc2\x9b"
                         "31m"),
            "\\u009b31m");  // CSI as a C1 control
  EXPECT_EQ(for_terminal("\xe2\x80\xae"
                         "gpj.exe"),
            "\\u202egpj.exe");  // right-to-left override
  EXPECT_EQ(for_terminal("\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\xa8"), "\\u2066\\u2069\\u2028");
}

TEST(Terminal, ShowsBytesThatAreNotUtf8) {
  EXPECT_EQ(for_terminal("\x9b\xff"), "\\x9b\\xff");
  EXPECT_EQ(for_terminal("\xc0\x8a"), "\\xc0\\x8a");           // a newline, longer than need be
  EXPECT_EQ(for_terminal("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(for_terminal("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(for_terminal("\xe2\x80"), "\\xe2\\x80");  // cut off
}

TEST(Terminal, LeavesTextAndWhatIsEscapedAlone) {
  for (const std::string text :
       {"", "plain", "±5 % µs é 漢字 \xf0\x9f\x98\x80", "back\\slash", "\\x1b"})
    EXPECT_EQ(for_terminal(text), text);
}

TEST(Terminal, CountsColumns) {
  EXPECT_EQ(columns_of("abc"), 3U);
  EXPECT_EQ(columns_of("±5 µs"), 5U);
  EXPECT_EQ(columns_of("漢字"), 4U);
  EXPECT_EQ(columns_of("e\xcc\x81"), 1U);
}

TEST(Csv, QuotesAndDisarmsFormulas) {
  EXPECT_EQ(for_csv("main"), "main");
  EXPECT_EQ(for_csv("a \"b\", c"), "\"a \"\"b\"\", c\"");
  for (const std::string text : {"=cmd|x!A1", "+1", "-1", "@SUM(1)"})
    EXPECT_EQ(for_csv(text), "'" + text);
  EXPECT_EQ(for_csv("\t=1"), "'\\t=1");
  EXPECT_EQ(for_csv("=1,2"), "\"'=1,2\"");
  EXPECT_EQ(for_csv("a\nb"), "a\\nb");
}

TEST(Markdown, IsACodeSpanWhereItCouldAct) {
  EXPECT_EQ(for_markdown("<b>@you `x`|"), "`<b>@you 'x'|`");
  EXPECT_EQ(for_markdown_cell("a|b"), "`a\\|b`");
  EXPECT_EQ(for_markdown_cell("a\\|b"), "`a\\\\x7cb`");
  EXPECT_EQ(for_markdown("\x1b\n"), "`\\x1b\\n`");
  EXPECT_EQ(for_markdown("  "), "-");
  for (const char* acts :
       {"http://a.b", "www.4", "a.example.org", "@you", "#1",   "a_b_", "*a*",     "[a](b)",
        "a|b",        "a\\",   "# a",           "> a",  "- a",  "+ a",  "<0.0001", "p99 < 20ms",
        "~1",         "!1",    "&amp;",         "$1",   "50%1", ":x:",  "%\"a\"",  "\xe2\x98\x83",
        " a"}) {
    EXPECT_EQ(for_markdown(acts), "`" + std::string(acts) + "`");
  }
}

TEST(Markdown, IsPlainWhereNothingActs) {
  for (const char* plain :
       {"GET 4k at 3,000 req/s", "mptcp+bbr", "1.50x", "-38 %", "+2 %", "-", "1.482-1.518",
        "\u2265 1000", "1,500 SATURATED 1 of 6", "inconclusive (+14)", "redis 7.0.15", "-1.00",
        "GET 4k: tcp keeps up with 500 req/s (95 %: 1-2), \u00b11.8 %; \"so\", it's no more."}) {
    EXPECT_EQ(for_markdown(plain), plain);
    EXPECT_EQ(for_markdown_cell(plain), plain);
  }
}

TEST(Markup, IsTextInElementsAndAttributes) {
  EXPECT_EQ(for_markup("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  EXPECT_EQ(for_markup("a\nb\tc\x1b"), "a&#10;b&#9;c\\x1b");
  EXPECT_EQ(for_markup("\xef\xbf\xbf\xff"), "\\uffff\\xff");
}

TEST(Shell, QuotesWordsThatAShellReadsBack) {
  EXPECT_EQ(for_shell("net.ipv4.tcp_ecn=1"), "net.ipv4.tcp_ecn=1");
  EXPECT_EQ(for_shell(""), "''");
  EXPECT_EQ(for_shell("it's 1"), "'it'\\''s 1'");
  EXPECT_EQ(for_shell("a\n'b\\\x1b"), "$'a\\n\\'b\\\\\\x1b'");
}

}  // namespace
}  // namespace mpb
