#!/bin/bash
# The purpose of MPTCP: over two clean links, GET carries more with MPTCP than with TCP over one of
# them, and the byte counters show it. The links limit both protocols even on a busy machine.
#
# Four replies of 256k are more than the first link holds (100 kB under way and 300 kB queued). With
# 16k they fitted, and MPTCP's scheduler, which uses the second link only for what does not fit the
# first, used it by chance.
. "$(dirname "$0")/lib.sh"
need_links
jq '.links[] += {rate: "20mbit", delay: "20ms", queue: "200p"}' "$root/netns/two-clean-links.json" \
  >"$work/links.json"
expect_run 0 --scenario "$work/links.json" --store builtin --congestion reno --op get --size 256k \
  -c 4 --warmup 2s --duration 3s
rate='[.runs[] | {(.proto): .throughput_rps}] | add | .mptcp / .tcp'
expect_true "($rate) > 1.3 and ($rate) < 2.2"
expect_true '[.runs[] | select(.proto == "mptcp") | .links[].client_rx_bytes] | min > 1000000'
expect_true '.runs[] | select(.proto == "tcp") | .links[0].client_rx_bytes > 1000000
  and .links[1].client_rx_bytes == 0'
expect_true '.runs[] | select(.proto == "mptcp")
  | .mptcp == {connections: 4, fallbacks: 0, subflows_min: 2, subflows_max: 2, complete: 4}'
# A SYN and a PING, each there and back over 40 ms. A second subflow starts when the SYN of the
# first was answered.
expect_true 'all(.runs[]; .connecting_ns.ready | .count == 4 and .histogram.min >= 80e6)'
expect_true '.runs[] | select(.proto == "mptcp") | .connecting_ns.all_subflows | .count == 4
  and .histogram.min >= 80e6'
expect_true '.runs[] | select(.proto == "tcp") | .connecting_ns | has("all_subflows") | not'
# At most the capacity of the links: 3 s of 20 Mbit/s are 7.5 MB per link.
expect_true '[.runs[].links[].client_rx_bytes] | max < 7500000 * 1.05'
