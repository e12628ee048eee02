#!/bin/bash
# The scenarios that contain a mode of endpoints use it, and --vary replaces it.
. "$(dirname "$0")/lib.sh"
need_links
expect_run 0 --scenario mptcp-dev --store builtin --op get --size 16k --proto tcp,mptcp \
  --warmup 500ms --duration 500ms -c 50
expect_field '.scenario.endpoints' maintainers
expect_true '.runs[] | select(.proto == "mptcp") | .mptcp.subflows_min == 2
  and .mptcp.subflows_max == 2 and (.links | all(.client_rx_bytes > 50000))'
expect_true '.environment.commands
  | index("[server] ip mptcp endpoint add 10.1.1.1 dev link1 signal")'
expect_run 0 --scenario four-nics --store builtin --op get --size 1k --proto mptcp "${quick[@]}"
expect_field '.runs[0].mptcp | "\(.subflows_min) \(.subflows_max)"' '4 4'
expect_run 0 --scenario four-nics --store builtin --op get --size 1k --proto mptcp \
  --vary endpoints=subflow,none "${quick[@]}"
expect_field '[.runs[] | "\(.settings.endpoints // "subflow") \(.mptcp.subflows_max)"]
  | sort | join(",")' 'none 1,subflow 4'
expect_true '[.environment.commands[] | select(contains("signal"))] == []'
expect_run 0 --scenario simult-flows --store builtin --op get --size 4k --proto tcp,mptcp \
  "${quick[@]}"

expect_exit 0 "$bench" lab four-nics --store none -- ip mptcp limits
expect_stdout 'add_addr_accepted 3 subflows 3'
