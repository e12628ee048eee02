#!/bin/bash
# If mptcp-bench starts with stdin, stdout or stderr closed, as some supervisors and CI runners
# start it, no file and no output of a child takes their place.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" && cat "$work"/out* "$work/err" && exit 1; }
store() { grep ' store ' "$1"; }

# The version of a store is read from the output of a child. Without a store in PATH this tests
# nothing.
"$MPTCP_BENCH" doctor </dev/null >"$work/out" 2>"$work/err"
"$MPTCP_BENCH" doctor <&- >"$work/out-closed" 2>"$work/err"
[ "$(store "$work/out")" = "$(store "$work/out-closed")" ] ||
  fail 'with stdin closed the store differs'

"$MPTCP_BENCH" --dry-run --links tun >&- 2>"$work/err" &&
  fail 'writing to a closed stdout is not an error'
grep -q 'standard output' "$work/err" || fail 'a closed stdout is not named'
"$MPTCP_BENCH" --dry-run --links tun >"$work/out" 2>&- || fail "exit status $? with stderr closed"
[ "$(head -c 10 "$work/out")" = '# scenario' ] || fail 'with stderr closed the output differs'
