#!/bin/bash
# A link follows its trace from the opening of the window: it carries what the trace offers, nothing
# in its pause, and the result shows which trace it was.
. "$(dirname "$0")/lib.sh"
need_links
printf '%s\n' time,rate 0,20mbit 0.8,0bit 1.2,5mbit 2,repeat >"$work/down.csv"
seq 1 1000 >"$work/up.trace"
cat >"$work/traced.json" <<'JSON'
{"links": [{"name": "a", "delay": "2ms", "queue": "200p",
            "up": {"trace": "up.trace"}, "down": {"trace": "down.csv"}}]}
JSON
expect_run 0 --scenario "$work/traced.json" --store builtin --proto tcp --op get --size 16k -c 20 \
  --warmup 500ms --duration 2s
expect_field '.scenario.backend' tun
expect_field '.scenario.links[0].down_trace.sha256' "$(sha256sum <"$work/down.csv" | cut -c1-64)"
expect_field '.scenario.links[0].up.trace' up.trace
# 20 Mbit/s for 0.8 s and 5 for 0.8 s; one opportunity in each millisecond.
expect_field '.runs[0].links[0].down_capacity_bytes' 2500000
expect_field '.runs[0].links[0].up_capacity_bytes' $((2000 * 1514))
expect_field '.scenario.links[0].down_trace | "\(.mean_bps) \(.least_bps) \(.most_bps)"' \
  '10000000 0 20000000'
# Rows of 0.1 s: those of the pause, but for packets that were under way at its start.
expect_true '.runs[0].timeline.series["a.down.bytes"] as $bytes
  | ($bytes[:8] | add) > 1500000 and ($bytes[9:12] | add) < 5000
    and ($bytes[12:] | add) > 350000 and ($bytes | add) < 2600000'
expect_field '.runs[0].timeline.series["a.down.capacity_bytes"] | map(. / 1000) | tostring' \
  '[250,250,250,250,250,250,250,250,0,0,0,0,62.5,62.5,62.5,62.5,62.5,62.5,62.5,62.5]'
expect_true '.runs[0].commands | any(test("mptcp-bench link .* --trace [0-9]+ [0-9]+ --tun"))'
expect_true '.trends == []'

jq '.scenario.links[0].down_trace.sha256 = "0" * 64' "$result" >"$work/other.json"
expect_exit 2 "$bench" compare "$result" "$work/other.json"
expect_stderr 'did not measure the same: scenario/links/0/down_trace/sha256: '
