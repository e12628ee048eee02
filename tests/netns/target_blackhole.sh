#!/bin/bash
# After lost SYNs with MPTCP, the kernel opens MPTCP connections as TCP for an hour. mptcp-bench
# reports that instead of blaming the store, and how to end it.
. "$(dirname "$0")/lib.sh"
grep -q Blackhole /proc/net/netstat || skip_always 'this kernel does not look for blackholes'
# 30 is the number of MPTCP among the options of TCP.
drop=(OUTPUT -p tcp --tcp-flags SYN SYN --tcp-option 30 -j DROP)
iptables -A "${drop[@]}" 2>/dev/null || skip_always 'iptables cannot drop SYNs with MPTCP here'
with_store --proto mptcp
target=(--quiet --target "$STORE" --op get --size 1k --rate 200 "${quick[@]}")
expect_exit 1 "$bench" "${target[@]}" -o "$result"
expect_stderr 'the store or a middlebox does not support MPTCP'
iptables -D "${drop[@]}"
expect_exit 1 "$bench" "${target[@]}" -o "$result"
expect_stderr 'this host opens MPTCP connections as TCP at present (MPTcpExtMPCapableSYNTXDisabled)'
[ ! -e "$result" ] || fail 'a run was made'
sysctl -qw net.mptcp.blackhole_timeout=3600 # as the message says
expect_run 1 "${target[@]}"
expect_true '.runs[] | .target.blackholes == 1'
expect_true '.runs[] | select(.proto == "mptcp") | .mptcp.fallbacks == 0'
expect_stdout 'This host has found an MPTCP blackhole once since it was started'
