// Text of others on its way out: a store's words, a file's, a branch's name. Each medium has one
// function here, through which such text reaches it; JSON has nlohmann's and output/export/export's
// own. Pure; callable from any thread.
//
// In all of them a character that acts instead of being seen is shown as an escape: control
// characters ("\x1b", "\n"), C1 controls and those that reorder or break lines ("\u009b",
// "\u202e"), and bytes that are not UTF-8 ("\xff"). A backslash stays as it is, so that escaping
// twice changes nothing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mpb {

// One line for a terminal: nothing in it moves the cursor or begins another line.
std::string for_terminal(std::string_view text);

// The columns that such a line takes on a terminal: East Asian wide characters take two, combining
// accents none.
std::size_t columns_of(std::string_view text);

// A cell of text in CSV, in quotes where it must be. Spreadsheets run a cell that begins like a
// formula: it gets an apostrophe, which they take for "this is text". Not for numbers.
std::string for_csv(std::string_view text);

// Text of one line in Markdown, and the same in a cell of a table: as it is where nothing in it can
// act, otherwise a code span, in which neither HTML nor a link nor a mention of somebody works. "-"
// for blanks.
std::string for_markdown(std::string_view text);
std::string for_markdown_cell(std::string_view text);

// HTML and XML: in an element or a quoted attribute. Newlines and tabs stay what they are, as
// character references.
std::string for_markup(std::string_view text);

// A word of a POSIX shell's command line: plain, in quotes, or as bash's $'...' where it has
// something to escape.
std::string for_shell(std::string_view word);

}  // namespace mpb
