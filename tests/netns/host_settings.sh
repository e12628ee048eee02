#!/bin/bash
# A note names the host's settings that the namespaces of the runs do not have, and no other.
. "$(dirname "$0")/lib.sh"
need_links
run() {
  timeout -k 5 60 "$bench" -o "$result" --scenario two-clean-links --store builtin --proto tcp \
    --op set --size 1k "${quick[@]}" >"$work/out" 2>"$work/err" </dev/null
  [ $? -le 1 ] || fail 'mptcp-bench failed'
}
run
! grep -qF "the kernel's defaults" "$work/err" || fail 'a note without a reason'
# The namespace of this test is the host of mptcp-bench.
sysctl -qw net.mptcp.stale_loss_cnt=8 net.ipv4.tcp_sack=0
run
expect_stderr "begin with the kernel's defaults, without this host's net.ipv4.tcp_sack=0, \
net.mptcp.stale_loss_cnt=8; --sysctl KEY=VALUE sets one for all runs"
