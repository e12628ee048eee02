#!/bin/bash
# The same small matrix with a store that listens on MPTCP in its own way: all runs are valid, and
# every MPTCP connection has a subflow on both links. Lateness on a busy machine does not matter
# here.
. "$(dirname "$0")/lib.sh"
need_links
store=$1
case $store in
  valkey) need_userland ;;
  redis) need redis-server mptcpize ;;
esac
jq '.links[] += {rate: "20mbit", delay: "50ms"}' "$root/netns/two-clean-links.json" \
  >"$work/links.json"
expect_run 0 --scenario "$work/links.json" --store "$store" --op get,set --size 4k --warmup 500ms \
  --duration 1s
sed 's/^result: .*//' "$work/out"
expect_field '.store.kind' "$store"
expect_true '.runs | length == 4 and all(.requests > 0 and .errors == {} and .misses == 0)'
expect_true '.runs | map(select(.op == "get")) | all(.verified > 0)'
expect_true '[.runs[] | select(.proto == "mptcp") | .mptcp] == [range(2)
  | {connections: 50, fallbacks: 0, subflows_min: 2, subflows_max: 2, complete: 50}]'
expect_true '.runs | map(select(.proto == "tcp"))
  | all(.links[1].client_tx_bytes + .links[1].client_rx_bytes < 1000)'
case $store in
  valkey)
    expect_true '.store.version | split(".")[0] | tonumber >= 9'
    expect_true '.store.command | join(" ") | contains("--mptcp yes")
      and (contains("mptcpize") | not)'
    expect_true '.store.configuration | .mptcp == "yes" or .mptcp == "no"'
    ;;
  redis)
    expect_true '.store.version | test("^[0-9]+[.][0-9]+")'
    expect_true '.store.command | join(" ") | startswith("mptcpize run ")'
    ;;
  builtin) expect_true \
    '.store.command | join(" ") | contains("serve") and contains("--proto mptcp")' ;;
esac
true
