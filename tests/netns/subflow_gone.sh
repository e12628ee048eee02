#!/bin/bash
# A link fails for good: the run continues over the other one, is valid, and reports that the
# subflow never came back.
. "$(dirname "$0")/lib.sh"
need_links
cat >"$work/dead.json" <<'JSON'
{ "links": [ { "name": "link1", "rate": "50mbit", "delay": "1ms", "queue": "100p" },
             { "name": "link2", "rate": "50mbit", "delay": "1ms", "queue": "100p" } ],
  "sysctls": { "client": { "net.ipv4.tcp_retries2": "2" },
               "server": { "net.ipv4.tcp_retries2": "2" } },
  "events": [ { "at": "300ms", "link": "link1", "state": "down" } ] }
JSON
expect_run 0 --scenario "$work/dead.json" --store builtin --proto mptcp --op get --size 1k -c 8 \
  --warmup 300ms --duration 5s
expect_field '.runs[0].notes[0]' '8 of 8 connections ended with fewer than 2 subflows: those '\
'that the changes of the links closed did not come back'
expect_true '.runs[0].mptcp | .complete == 0 and .fallbacks == 0 and .connections == 8'
# A run that is late on a busy machine is reported as late, and nothing else.
grep -q 'this machine is too busy' "$work/out" ||
  expect_stdout '(mptcp get 1k): 8 of 8 connections ended with fewer than 2 subflows'
# Closed subflows keep their counters.
expect_true '[.runs[0].timeline.subflows[] | select(.link == "link1") | .series
  | .established[-1] == 0 and .bytes_received[-1] > 1000] | length == 8 and all'
expect_true '.runs[0].segments[1].requests > 100'
