#!/bin/bash
# Every option, argument and subcommand has a text in --help.
. "$(dirname "$0")/../netns/lib.sh"

# entries_without_text FILE: a text starts in column 31, or in the next line if the name is longer.
# Examples of commands are not entries.
entries_without_text() {
  awk '
    substr($0, 1, 30) ~ /^ +$/ && length($0) > 30 { entry = ""; next }
    entry != "" { print entry; entry = "" }
    /^  [^ ]/ && !/^  mptcp-bench / && (length($0) <= 30 || substr($0, 30, 1) != " ") { entry = $0 }
    END { if (entry != "") print entry }' "$1"
}

expect_exit 0 "$bench" --help
subcommands=$(sed -n '/^Subcommands:/,/^Examples:/s/^  \([a-z]*\) .*/\1/p' "$work/out")
[[ $subcommands == *load* ]] || fail 'mptcp-bench --help does not list its subcommands'
for subcommand in '' $subcommands; do
  # shellcheck disable=SC2086 # the main command has no word
  expect_exit 0 "$bench" $subcommand --help
  grep -q '^  --help  *Print' "$work/out" || fail "$subcommand --help does not list its options"
  bare=$(entries_without_text "$work/out")
  [ -z "$bare" ] || fail "$subcommand --help has no text for:"$'\n'"$bare"
done
