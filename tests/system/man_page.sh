#!/bin/bash
# The man page lists the options of each --help, and no others.
. "$(dirname "$0")/../netns/lib.sh"
page=$root/docs/mptcp-bench.1

# options: prints the names of options in a text, one per line.
options() { grep -oP '(?<![\w-])--?[A-Za-z][\w-]*' | sort -u; }

# in_help SUBCOMMAND: the options of its --help. --help itself is listed once, for the program.
in_help() {
  # shellcheck disable=SC2086 # the main command has no word
  expect_exit 0 "$bench" $1 --help
  sed -n '/^Options:/,/^$/s/^  \(-[^ ]*\).*/\1/p' "$work/out" | options | grep -vx -- "${1:+--help}"
}

# in_page SUBCOMMAND: the options in the first lines of its entries.
in_page() {
  awk -v name="$1" '
    /^\.SH/ { inside = name == "" && $2 == "OPTIONS"; chapter = $2 }
    /^\.SS/ && chapter == "SUBCOMMANDS" { inside = $2 == name }
    entry && inside { print }
    { entry = /^\.TP/ }' "$page" | tr -d '\\' | options
}

expect_exit 0 "$bench" --help
subcommands=$(sed -n '/^Subcommands:/,/^Examples:/s/^  \([a-z]*\) .*/\1/p' "$work/out")
[[ $subcommands == *load* ]] || fail 'mptcp-bench --help does not list its subcommands'
for subcommand in '' $subcommands; do
  grep -qx "${subcommand:+.SS }${subcommand:-.SH OPTIONS}" "$page" ||
    fail "docs/mptcp-bench.1 has no section for mptcp-bench $subcommand"
  in_help "$subcommand" >"$work/in_help"
  in_page "$subcommand" >"$work/in_page"
  case $subcommand in
    doctor | list) ;;
    *) [ -s "$work/in_help" ] || fail "$subcommand --help has no options" ;;
  esac
  missing=$(comm -23 "$work/in_help" "$work/in_page" | xargs)
  [ -z "$missing" ] || fail "docs/mptcp-bench.1, mptcp-bench $subcommand: lacks $missing"
  strange=$(comm -13 "$work/in_help" "$work/in_page" | xargs)
  [ -z "$strange" ] ||
    fail "docs/mptcp-bench.1, mptcp-bench $subcommand: describes $strange, unknown to --help"
  cat "$work/in_help" >>"$work/all"
done

# The page names no other options. The command of lab has its own.
strange=$(tr -d '\\' <"$page" | grep -v '^mptcp-bench lab -- ' | options | grep -e -- |
  grep -vxFf "$work/all" | xargs)
[ -z "$strange" ] || fail "docs/mptcp-bench.1 names $strange, unknown to every --help"
