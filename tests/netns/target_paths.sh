#!/bin/bash
# MPTCP to a target over a single path cannot be compared with TCP. The run is invalid, and names
# the command that adds a path; with a second path it is valid.
. "$(dirname "$0")/lib.sh"
[ -e /proc/sys/net/mptcp/enabled ] || skip 'this kernel has no MPTCP'
with_store --proto mptcp
# With a rate, because over loopback its own thread may limit a closed loop, whose figures are then
# refused.
target=(--target "$STORE" --op get --size 1k --rate 500 "${quick[@]}")
ip mptcp limits set subflows 1 add_addr_accepted 0
expect_run 1 "${target[@]}"
expect_true '.runs[] | select(.proto == "tcp") | reasons == []'
expect_true '.runs[] | select(.proto == "mptcp") | .mptcp.subflows_max == 1
  and (reasons | length == 1)'
expect_stdout '(mptcp get 1k at 500 req/s) is not a result: MPTCP had a single path'
expect_stdout 'ip mptcp endpoint add ADDRESS dev DEVICE subflow'
expect_stdout 'INVALID'
ip mptcp endpoint add 127.0.0.2 dev lo subflow
expect_run 0 "${target[@]}"
expect_true '.runs[] | select(.proto == "mptcp") | .mptcp.subflows_max == 2'
