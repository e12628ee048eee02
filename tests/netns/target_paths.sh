#!/bin/bash
# MPTCP to a target over a single path is not what is to be compared with TCP: the run says so and
# how to get a second one, and with that it is valid.
. "$(dirname "$0")/lib.sh"
[ -e /proc/sys/net/mptcp/enabled ] || skip 'this kernel has no MPTCP'
with_store --proto mptcp
# At a rate: over loopback a closed loop may be bound by its own thread, and its figures would
# rightly be refused.
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
