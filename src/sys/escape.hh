// Escaping of foreign text for output: replies of a store, contents of a file, the name of a
// branch. There is one function for each medium; JSON is escaped by nlohmann/json and by
// output/export/export. Pure; callable from any thread.
//
// All functions replace invisible characters that have an effect by an escape: control characters
// ("\x1b", "\n"), C1 controls and characters that reorder or break lines ("\u009b", "\u202e"), and
// bytes that are not UTF-8 ("\xff"). A backslash is not escaped, so escaping twice has the effect
// of escaping once.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mpb {

// One line for a terminal: it cannot move the cursor or begin another line.
std::string for_terminal(std::string_view text);

// The width of such a line on a terminal, in columns: East Asian wide characters take two,
// combining accents none.
std::size_t columns_of(std::string_view text);

// A cell of text in CSV, quoted if necessary. Spreadsheets execute a cell that begins like a
// formula, so such a cell is prefixed with an apostrophe, which marks it as text. Not for numbers.
std::string for_csv(std::string_view text);

// One line of Markdown, and a cell of a Markdown table. The text is unchanged if no part of it has
// a meaning in Markdown. Otherwise it becomes a code span, which disables HTML, links and mentions
// of users. "-" for blanks.
std::string for_markdown(std::string_view text);
std::string for_markdown_cell(std::string_view text);

// The content of an element or of a quoted attribute in HTML and XML. Newlines and tabs become
// character references, so they survive.
std::string for_markup(std::string_view text);

// A word of a shell command line: plain, in quotes, or, if it contains characters to escape, as
// $'...' of bash.
std::string for_shell(std::string_view word);

}  // namespace mpb
