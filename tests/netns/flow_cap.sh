#!/bin/bash
# A link with a cap per flow holds one TCP connection, or one subflow, to that rate, and several
# fill the line. Drops by the cap are counted apart.
. "$(dirname "$0")/lib.sh"
need_links
echo '{"links": [{"name": "link1", "rate": "40mbit", "delay": "2ms", "queue": "500p",
                  "flow_rate": "10mbit", "flow_queue": "20p"}]}' >"$work/capped.json"

# measure OPTIONS...: the rates of the runs in the direction of the values, in Mbit/s.
measure() {
  expect_run 0 --scenario "$work/capped.json" --store builtin --op get --size 16k \
    --congestion cubic --warmup 500ms --duration 1s "$@"
  rates=$(jq -r '[.runs[] | "\(.connections * ([1, .mptcp.subflows_max] | max)) "
    + "\(.links[0].client_rx_bytes * 8e-6 / .duration_s | floor)"] | sort | join(",")' "$result")
}
within() {  # FLOWS LEAST MOST
  local rate
  rate=$(tr , '\n' <<<"$rates" | sed -n "s/^$1 //p")
  [ -n "$rate" ] && [ "$rate" -ge "$2" ] && [ "$rate" -le "$3" ] ||
    fail "$1 flows had '$rate' Mbit/s, not $2 to $3"
}

measure --proto tcp -P 8 --grid connections=1,2,8
within 1 9 10
within 2 18 20
within 8 36 40
expect_field '.scenario.links[0].down | "\(.flow_rate) \(.flow_queue)"' '10mbit 20p'
expect_true '.runs[] | select(.connections == 1)
  | .links[0].flow_dropped_packets > 0 and .links[0].dropped_packets == 0
    and (.timeline.series["link1.down.flow_dropped"] | add) <= .links[0].flow_dropped_packets'
expect_exit 0 "$bench" export "$result" --format text
expect_stdout 'the cap per flow is the limit: link1 lets 1 flow pass at 10.0 Mbit/s each.'

measure --proto mptcp -P 32 -c 1 --vary subflows-per-link=1,4
within 1 9 10
within 4 25 40

# A link without a cap has no count of such drops.
expect_run 0 --scenario "$work/capped.json" --store builtin --op get --size 1k --proto tcp \
  --grid link1.flow_rate=0bit,20mbit "${quick[@]}"
expect_field '[.runs[] | "\(.conditions["link1.flow_rate"]) "
  + "\(.links[0].flow_dropped_packets != null)"] | sort | join(",")' '0bit false,20mbit true'

# The check measures both rates. On a busy machine it may see the line a little slower.
timeout 100 "$bench" lab "$work/capped.json" --check >"$work/out" 2>"$work/err"
flow='(9\.[7-9]|10\.[0-3])[0-9]* \(10\)'
[ "$(grep -cE "^  link1 +(up|down) +[0-9.]+ \(40\) +$flow" "$work/out")" = 2 ] ||
  fail 'the table does not have the rate of a flow in both directions'
