#!/bin/bash
# Both ways to make a store MPTCP compete in one block, and a store that has no such way is refused.
. "$(dirname "$0")/lib.sh"
need_links
need_userland
need mptcpize
expect_run 0 --scenario two-clean-links --store valkey --op get --size 1k --proto mptcp \
  --vary store-mptcp=native,mptcpize "${quick[@]}"
expect_field '[.runs[] | "\(.settings["store-mptcp"]) \(.mptcp.fallbacks) \(.mptcp.subflows_min)"]
  | sort | join(",")' 'mptcpize 0 2,native 0 2'
expect_true '[.runs[] | select(.settings["store-mptcp"] == "native") | .commands[]
  | select(test("valkey-server"))] | all(test("--mptcp yes") and (test("mptcpize") | not))'
expect_true '[.runs[] | select(.settings["store-mptcp"] == "mptcpize") | .commands[]
  | select(test("valkey-server"))] | all(test("mptcpize run") and (test("--mptcp yes") | not))'
expect_stdout 'mptcp+mptcpize'

expect_exit 2 "$bench" --dry-run --store builtin --vary store-mptcp=mptcpize
expect_stderr '--vary: mptcp+mptcpize: store-mptcp=mptcpize: the built-in store is MPTCP by itself'
expect_exit 2 "$bench" --dry-run --vary store-mptcp=mptcpise
expect_stderr 'did you mean "mptcpize"?'
