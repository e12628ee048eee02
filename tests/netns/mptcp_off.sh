#!/bin/bash
# With MPTCP switched off in the caller's network namespace, every command that uses this namespace
# reports the remedy. Experiments with links make their own namespaces, in which MPTCP is on.
. "$(dirname "$0")/lib.sh"
[ -e /proc/sys/net/mptcp/enabled ] || skip 'this kernel has no MPTCP'
sysctl -qw net.mptcp.enabled=0
off='MPTCP is switched off in this network namespace; run: sysctl -w net.mptcp.enabled=1'
expect_exit 77 "$bench" serve --port 0 --proto mptcp
expect_error "$off"
with_store --proto tcp
expect_exit 77 "$bench" load --port "${STORE#*:}" --proto mptcp
expect_error "$off"
expect_exit 77 "$bench" --quiet --target "$STORE" --proto mptcp -o "$result"
expect_error "$off"
[ ! -e "$result" ] || fail 'a result was written without a run'
# With a rate, because over loopback its own thread may limit a closed loop, whose figures are then
# refused.
expect_run 0 --target "$STORE" --proto tcp --size 1k --rate 500 "${quick[@]}"
need_links
expect_run 0 --store builtin --proto mptcp --op get --size 1k "${quick[@]}"
expect_true '.runs[0].mptcp.fallbacks == 0'
expect_exit 0 "$bench" doctor
expect_stdout 'limit MPTCP (--target)'
