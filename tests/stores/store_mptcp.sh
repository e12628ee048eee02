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
# mptcpify needs a kernel that takes BPF tracing programs; tests/vm/mptcpify_test.sh has one. As
# elsewhere it is refused before the start.
"$bench" doctor >"$work/doctor"
if grep -q '^limit  *BPF tracing' "$work/doctor"; then
  expect_exit 77 "$bench" --quiet --store valkey --vary store-mptcp=mptcpify \
    -o "$work/refused.json"
  expect_stderr 'mptcp-bench: store-mptcp=mptcpify: '
  expect_stderr '; use mptcpize, or a virtual machine'
  [ ! -e "$work/refused.json" ] || fail 'a refused experiment has a result'
  expect_exit 77 "$bench" mptcpify -- true
fi
expect_exit 2 "$bench" mptcpify
expect_error 'mptcpify: no command; write mptcp-bench mptcpify -- COMMAND'

expect_exit 2 "$bench" --dry-run --vary store-mptcp=mptcpise
expect_stderr 'did you mean "mptcpize"?'
