#!/bin/bash
# tests/prose.py refuses words that are not plain English, with the place and the remedy. It accepts
# plain sentences.
. "$(dirname "$0")/../netns/lib.sh"
need python3

# refused SUFFIX TEXT LINE:WORD: TEXT may contain escapes of printf.
refused() {
  printf "$2\n" >"$work/text$1"
  expect_exit 1 python3 "$root/tests/prose.py" "$work/text$1"
  expect_stdout "$work/text$1:${3%%:*}: \"${3#*:}\": "
}
accepted() {
  printf "$2\n" >"$work/text$1"
  expect_exit 0 python3 "$root/tests/prose.py" "$work/text$1"
}

refused .md 'Make the result anew.' 1:anew
expect_stdout 'write again'
refused .md 'Our figures stand\n\nbeside theirs.' 3:beside
refused .md 'The run is no result.' '1:is no'
refused .md 'Use as many\nblocks: so\nmany are enough.' '3:so many'
refused .md 'It goes on\nwith the run.' '2:goes on with'
refused .md 'It ends, for it has nothing to do.' 1:for
refused .md '# What it is' 1:What
refused .md '| a | b |\n|---|---|\n| x | What it is |' 3:What
refused .md 'It ends. What is left is counted.' 1:What
refused .md "$(printf 'a\n%.0s' {1..900})\nwhat and what" 901:what
refused .1 '.TP\n.B \\-\\-all\nWhat to do' 3:What
refused .txt "$(printf '  %-27s %s' --size 'Of the values')" 1:Of
refused .txt "$(printf '%30s%s' '' 'For each run')" 1:For
refused .txt 'What this host can do' 1:What
refused .cc 'int n;  // made anew' 1:anew
refused .cc 'const char* text = "anew";' 1:anew
refused .cc '\nprint("a\\nmended", n);  // again' 2:mended
refused .hh 'constexpr auto kText =\n    "it goes on "\n    "with the run";' '3:goes on with'
refused .cc 'throw BadInput("What it is");' 1:What
refused .json '{\n"description": "Made anew"}' 2:anew
refused .json '{ "title": "What links carry", "type": "object" }' 1:What
refused .json "{\"description\": \"$(printf 'a %.0s' {1..900}) what and what\"}" 1:what
refused .sh 'run # until mended' 1:mended
refused .py '"""Runs.\n\nAnew.\n"""' 3:Anew

accepted .md 'There is no result, and it is no longer needed. Besides, one can use what one has.'
accepted .md 'Wide tables have columns, so many lines are long.'
accepted .md 'There\nare no others. For one run, use one block. Of these, two are valid.'
accepted .md '`anew` is a word of\n```\nWhat it prints: anew\n```\n[a link](beside.md).'
accepted .md "$(printf 'a\n%.0s' {1..1100})\nwhat and what"
accepted .1 '.nf\nmptcp-bench beside\n.fi'
accepted .txt "$(printf '  %-27s %s' --size 'Value size')"
accepted .txt '  mptcp-bench --proto mptcp            What it measures'
accepted .cc '#include "beside/anew.hh"\n#include <anew>'
accepted .cc 'anew("again", mended);  // as before'
accepted .cc 'say("there are no others\\n", "a // b");'
accepted .json '{ "anew": { "enum": ["beside"], "description": "Made again" } }'
accepted .sh 'echo beside'

# --figures counts words and long lines. Lines of tables, links and code do not count as long.
printf '%0101d\n| %0101d |\n- [%0101d](x)\n```\n%0101d\n```\nwhat it is\n' 0 0 0 0 >"$work/text.md"
expect_exit 1 python3 "$root/tests/prose.py" --figures "$work/text.md"
expect_stdout "$work/text.md:1: 101 columns, at most 100"
[ "$(grep -c columns, "$work/out")" = 1 ] || fail 'a table, a link or code is refused'
grep -qE 'text.md +3 +333.3 +0 +1$' "$work/out" || fail 'the figures differ'

# Scripts of the folder tests, and some others, have no longer lines either.
mkdir tests
printf '# %099d\n' 0 >tests/text.sh
expect_exit 1 python3 "$root/tests/prose.py" tests/text.sh
expect_stdout 'tests/text.sh:1: 101 columns, at most 100'
printf '# %098d\n' 0 >tests/text.sh
expect_exit 0 python3 "$root/tests/prose.py" tests/text.sh
rm -r tests

# The texts of this repository pass, --help included.
expect_exit 0 env MPTCP_BENCH="$bench" python3 "$root/tests/prose.py"
