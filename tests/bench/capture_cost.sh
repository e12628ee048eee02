#!/bin/bash
# The cost of a packet capture: the CPU time of the emulator without and with one, in turn, over
# 2 x 100 Mbit/s with SETs of 16k. Prints the medians of N pairs (default 5) of 3 s each.
#
#   tests/bench/capture_cost.sh [N]
set -euo pipefail
cd "$(dirname "$0")/../.."
bench=${MPTCP_BENCH:-build/mptcp-bench}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

run() { # NAME OPTIONS...
  "$bench" --quiet --links tun --scenario two-clean-links --store builtin --proto tcp-split \
    --op set --size 16k --warmup 500ms --duration 3s -o "$folder/$1.json" "${@:2}" \
    >/dev/null ||
    echo "invalid $1 a capture: $(jq -c '.runs[0].invalid_reasons' "$folder/$1.json")" >&2
  jq -r '.runs[0] | "\(.cpu.emulator_pct) \([.links[] | .client_tx_bytes + .client_rx_bytes]
    | add * 8 / 1e9 / 3) \(.emulator.lateness_ns.p50 / 1e3) \(.emulator.lateness_ns.p99 / 1e3)"' \
    "$folder/$1.json" >>"$folder/$1"
}
for ((i = 0; i < ${1:-5}; i++)); do
  run without
  run with --capture "$folder/capture.pcapng"
  jq -r '.runs[0].capture | "\(.packets) packets, \(.missed) missed"' "$folder/with.json"
done
median() { sort -g | awk '{ v[NR] = $1 } END { printf "%.4g", v[int((NR + 1) / 2)] }'; }
for name in without with; do
  printf '%-8s emulator %s %% of a CPU, %s Gbit/s, lateness p50 %s us, p99 %s us\n' "$name" \
    "$(cut -d' ' -f1 "$folder/$name" | median)" "$(cut -d' ' -f2 "$folder/$name" | median)" \
    "$(cut -d' ' -f3 "$folder/$name" | median)" "$(cut -d' ' -f4 "$folder/$name" | median)"
done
