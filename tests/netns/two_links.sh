#!/bin/bash
# What it is all for: over two clean links a GET of 16k carries more with MPTCP than over one with TCP, and the bytes show where.
. "$(dirname "$0")/lib.sh"
need_links
jq '.links[].queue = "100p"' "$root/netns/two-clean-links.json" >"$work/links.json"
for attempt in 1 2 3 4 5; do
  expect_run 0 --scenario "$work/links.json" --store builtin --congestion reno --op get --size 16k -c 100 --warmup 2s --duration 2s
  grep -q 'too busy for these links' "$work/out" || break
  [ $attempt -lt 5 ] || skip_always 'this machine is too busy with other things'
done
rate='[.runs[] | {(.proto): .throughput_rps}] | add | .mptcp / .tcp'
expect_true "($rate) > 1.3 and ($rate) < 2.2"
expect_true '[.runs[] | select(.proto == "mptcp") | .links[].client_rx_bytes] | min > 1000000'
expect_true '.runs[] | select(.proto == "tcp") | .links[0].client_rx_bytes > 1000000 and .links[1].client_rx_bytes == 0'
expect_true '.runs[] | select(.proto == "mptcp") | .mptcp == {connections: 100, fallbacks: 0, subflows_min: 2, subflows_max: 2, complete: 100}'
# No more than the wire carries: 2 s of 100 Mbit/s are 25 MB a link.
expect_true '[.runs[].links[].client_rx_bytes] | max < 25000000 * 1.05'
