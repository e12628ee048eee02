#!/bin/bash
# With a Valkey that speaks MPTCP by itself and a redis-server installed, --store auto takes Valkey, and says so.
. "$(dirname "$0")/lib.sh"
need_links
need_userland
expect_run 0 --scenario two-clean-links --proto mptcp --op set --size 1k "${quick[@]}"
expect_field '.store.kind' valkey
expect_true '.store.why | test("^valkey-server [0-9.]+ is installed$")'
