#!/bin/bash
# A link fails during a run and comes back. TCP waits for it, MPTCP continues over the other link,
# and the result shows both. The delay is 50 ms each way, so no reply to a request sent after the
# scheduled time of the event arrives before the event, even if a busy machine is late.
. "$(dirname "$0")/lib.sh"
need_links
cat >"$work/blink.json" <<'JSON'
{ "links": [ { "name": "link1", "rate": "20mbit", "delay": "50ms", "queue": "100p" },
             { "name": "link2", "rate": "20mbit", "delay": "50ms", "queue": "100p" } ],
  "events": [ { "at": "500ms", "link": "link1", "state": "down" },
              { "at": "1500ms", "link": "link1", "state": "up" } ] }
JSON
expect_run 0 --scenario "$work/blink.json" --store builtin --op get --size 4k -c 40 --warmup 500ms \
  --duration 4s
segment() { echo "(.runs[] | select(.proto == \"$1\") | .segments[$2])"; }
expect_true '[.runs[].segments | length] == [3, 3]'
expect_true '[.runs[].segments[1] | .event == "link1 down" and .state == "down"
  and .from_ns == 500000000] | all'
# TCP repeats lost data after its retransmission timeout, which doubles each time. The link is back
# before the third repetition.
expect_true "$(segment tcp 1) | .longest_stall_ns > 1000000000 and .first_success_ns > 1000000000"
expect_true "[$(segment mptcp 1), $(segment tcp 1)] | .[0].longest_stall_ns < .[1].longest_stall_ns"
expect_true "$(segment mptcp 1) | .first_success_ns < 1000000000
  and .links[1].client_rx_bytes > 500000"
# Packets that were under way still arrive, and no others.
expect_true '[.runs[].segments[1].links[0].client_rx_bytes] | max < 1000000'
expect_true "$(segment tcp 2) | .throughput_rps > 10 and .links[0].client_rx_bytes > 1000000"
expect_true '[.runs[] | .links[0].client_rx_bytes == ([.segments[].links[0].client_rx_bytes] | add)]
  | all'
expect_true '[.runs[] | .requests == ([.segments[].requests] | add)] | all'
# The table does not contain runs that were late on a busy machine.
grep -q 'this machine is too busy' "$work/out" ||
  grep -qE '^  link1 down 1\.0 s, GET 4k: tcp stalled [0-9.]+ s, mptcp [0-9.]+ s\.$' "$work/out" \
    || fail 'no sentence about the fail-over'
# Seen in the timeline too: nothing over the first link while it was dead.
expect_true '[.runs[] | .timeline.series["link1.down.bytes"][7:14] | add] | max == 0'
expect_exit 2 "$bench" --scenario failover --duration 5s
expect_error '--duration: "link1 up" of failover is at 6s, outside the window of 5s; '\
'write --duration 11s'
