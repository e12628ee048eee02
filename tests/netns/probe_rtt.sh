#!/bin/bash
# Phases of bbr's PROBE_RTT are counted. One begins ten seconds after the last lower RTT: never in a
# short run, and once in twelve seconds if a connection is always busy. (Connections that share a
# link lower each other's RTT, and one that pauses between requests skips the phase.) Other
# congestion controls have none.
. "$(dirname "$0")/lib.sh"
need_links
grep -qw bbr /proc/sys/net/ipv4/tcp_available_congestion_control ||
  skip_always 'this kernel has no bbr'
grep -qw bbr /proc/sys/net/ipv4/tcp_allowed_congestion_control ||
  skip 'bbr is not allowed in namespaces; add it to the sysctl '\
'net.ipv4.tcp_allowed_congestion_control'
jq '.links[] += {rate: "20mbit", delay: "10ms", queue: "100p"}' "$root/netns/two-clean-links.json" \
  >"$work/links.json"
slow=(--scenario "$work/links.json" --store builtin --op get --size 64k --warmup 0s)
expect_run 0 "${slow[@]}" -c 4 --congestion bbr --duration 500ms
expect_true '.runs[] | select(.proto == "tcp")
  | .probe_rtt.server == {sockets: 4, probing: 0, phases: 0}'
expect_true '.runs[] | select(.proto == "mptcp")
  | .probe_rtt.server == {sockets: 8, probing: 0, phases: 0}'
expect_run 0 "${slow[@]}" --congestion bbr --proto tcp -c 1 -P 8 --duration 12s
expect_true '.runs[0].probe_rtt.server == {sockets: 1, probing: 1, phases: 1}'
expect_run 0 "${slow[@]}" -c 4 --congestion reno --proto tcp --duration 500ms
expect_true '.runs[0] | has("probe_rtt") | not'
