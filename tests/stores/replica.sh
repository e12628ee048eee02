#!/bin/bash
# A replica across the links: the full synchronisation and the lag, over TCP on one link and over
# MPTCP on both, no faster than the links.
. "$(dirname "$0")/lib.sh"
need_links
store=$1
case $store in
  valkey) need_userland ;;
  redis) need redis-server mptcpize ;;
esac
cat >"$work/sync.json" <<'JSON'
{"kind": "replica-sync", "data": "8m", "ops": ["set"], "sizes": ["4k"], "rate": "500/s",
 "warmup": "300ms", "duration": "2500ms"}
JSON
jq '.links[] += {rate: "50mbit", delay: "20ms"}' "$root/netns/two-clean-links.json" \
  >"$work/links.json"
expect_run 0 --scenario "$work/links.json" --store "$store" --workload "$work/sync.json"
sed 's/^result: .*//' "$work/out"
expect_field '.store.kind' "$store"
expect_true '.runs | all(.replica | .sync_s > .transfer_s)'
expect_true '.runs | length == 2 and all(.op == "sync" and .requests == 2048
  and .replica.data_bytes == 8388608)'
# 8 MiB at 50 Mbit/s take 1.34 s, and half of that over two links; the last 4 KiB may be missing. A
# busy machine may be slower, so the order of the two is not tested. The byte counters below show
# that both links carried MPTCP's data.
expect_true '[.runs[] | {(.proto): .replica.transfer_s}] | add | .tcp > 1.33 and .mptcp > 0.66'
# A write every 2 ms takes 20 ms to arrive, and the offsets are read every 2 ms.
expect_true '.runs | all(.replica | .lag_samples > 300 and .lag_ns.p50 > 15000000
  and .lag_bytes.p50 > 16384 and .lag_ns.max >= .lag_ns.p50)'
expect_true '.runs[] | select(.proto == "mptcp")
  | .mptcp == {connections: 1, fallbacks: 0, subflows_min: 2, subflows_max: 2, complete: 1}'
expect_true '.runs[] | select(.proto == "mptcp") | [.links[].client_rx_bytes] | min > 1000000
  and add > 8388608'
expect_true '.runs[] | select(.proto == "tcp") | .links[0].client_rx_bytes > 8388608
  and .links[1].client_rx_bytes < 1000'
expect_exit 2 "$bench" --workload replica-sync --store builtin
expect_error 'workload replica-sync: the built-in store does not replicate; '\
'run: apt-get install redis-server mptcpize, or install Valkey 9 or later'
