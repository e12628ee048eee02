#!/bin/bash
# If a Valkey with native MPTCP and a redis-server are installed, --store auto chooses Valkey, and
# records why.
. "$(dirname "$0")/lib.sh"
need_links
need_userland
# Only the choice of the store matters. A busy machine may make the run invalid.
"$bench" --quiet --scenario two-clean-links --proto mptcp --op set --size 1k "${quick[@]}" \
  -o "$result" >"$work/out" 2>"$work/err"
[ $? -le 1 ] || fail 'mptcp-bench --store auto failed'
expect_field '.store.kind' valkey
expect_true '.store.why | test("^valkey-server [0-9.]+ is installed$")'
