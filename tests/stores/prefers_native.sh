#!/bin/bash
# With a Valkey that speaks MPTCP by itself and a redis-server installed, --store auto takes Valkey,
# and says so.
. "$(dirname "$0")/lib.sh"
need_links
need_userland
# Which store it is, not how fast: a busy machine may make the run invalid.
"$bench" --quiet --scenario two-clean-links --proto mptcp --op set --size 1k "${quick[@]}" \
  -o "$result" >"$work/out" 2>"$work/err"
[ $? -le 1 ] || fail 'mptcp-bench --store auto failed'
expect_field '.store.kind' valkey
expect_true '.store.why | test("^valkey-server [0-9.]+ is installed$")'
