#!/bin/bash
# Completion in bash offers exactly the subcommands and options of --help, the values of an option,
# and the names that `mptcp-bench list` prints, where the program has that subcommand.
. "$(dirname "$0")/../netns/lib.sh"
. "$root/docs/completion/mptcp-bench.bash"

# offered PROGRAM WORD...: the completions of the last word, sorted, in $work/offered.
offered() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
  _mptcp_bench 2>"$work/err" || fail "completing \"$*\" ended with $?"
  [ ! -s "$work/err" ] || fail "completing \"$*\" prints to stderr"
  printf '%s\n' "${COMPREPLY[@]}" | sed '/^$/d' | sort >"$work/offered"
}
expect_offered() {
  local want=$1
  offered "${@:2}"
  [ "$(xargs <"$work/offered")" = "$want" ] ||
    fail "for \"${*:3}\" it offers: $(xargs <"$work/offered")"
}

expect_exit 0 "$bench" --help
subcommands=$(sed -n '/^Subcommands:/,/^Examples:/s/^  \([a-z]*\) .*/\1/p' "$work/out")
offered "$bench" ''
diff <(sort <<<"$subcommands") "$work/offered" ||
  fail 'it offers other subcommands than --help lists'
for subcommand in '' $subcommands; do
  # shellcheck disable=SC2086 # the main command has no name
  expect_exit 0 "$bench" $subcommand --help
  sed -n 's/^  \(-[^ ]*\).*/\1/p' "$work/out" | tr , '\n' | sort >"$work/options"
  # shellcheck disable=SC2086
  offered "$bench" $subcommand -
  diff "$work/options" "$work/offered" ||
    fail "it offers other options than $subcommand --help lists"
done

expect_offered 'export' "$bench" exp
expect_offered '--keys --keyspace' "$bench" --size 4k --key
expect_offered 'auto netem tun' "$bench" --links ''
expect_offered 'tun' "$bench" --links = t
expect_offered 'auto netem tun' "$bench" --links =
expect_offered 'client' "$bench" lab --in cl
expect_offered 'openmetrics' "$bench" export result.json --format open
expect_offered '--repeat' "$bench" gate --dry-run -- --rep
# Files, which readline completes, and the words of a command.
expect_offered '' "$bench" export ''
expect_offered '' "$bench" -o ''
expect_offered '' "$bench" lab two-clean-links -- --s
# A program without --help, and one that is not there.
expect_offered '' false ''
expect_offered '' "$work/no-such-program" ''

# Names of scenarios and workloads: those of a program with `list`, and none without.
cat >"$work/lists" <<END
#!/bin/sh
[ "\$1" = list ] || exec "$bench" "\$@"
echo 'Scenarios (--scenario NAME):'
echo '  two-lossy-links  2 x 100 Mbit'
echo '  wifi-and-lte     unequal links'
echo
echo 'Workloads (--workload NAME):'
echo '  replica-sync  Scenarios are no workloads'
END
sed 's/^echo.*/exit 2/' "$work/lists" >"$work/lists_nothing"
chmod +x "$work/lists" "$work/lists_nothing"
expect_offered 'two-lossy-links wifi-and-lte' "$work/lists" --scenario ''
expect_offered 'wifi-and-lte' "$work/lists" lab w
expect_offered 'wifi-and-lte' "$work/lists" lab --links tun w
expect_offered 'replica-sync' "$work/lists" --workload re
expect_offered '' "$work/lists_nothing" --scenario two
expect_offered '' "$work/lists_nothing" --workload ''
