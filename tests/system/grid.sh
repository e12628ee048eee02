#!/bin/bash
# The options of a grid refuse wrong values and hours of runs, and --dry-run prints each condition.
. "$(dirname "$0")/../netns/lib.sh"

# refused MESSAGE OPTION...
refused() {
  expect_exit 2 "$bench" --dry-run --store builtin "${@:2}"
  expect_error "$1"
}
refused '--grid: "link2.delay" is not a setting; write NAME=V1,V2 such as link2.delay=5ms,20ms' \
  --grid link2.delay
refused '--grid: "link2.dealy" cannot vary; did you mean "link2.delay"?' --grid link2.dealy=5ms
refused '--grid: "link3.delay" cannot vary; did you mean "link1.delay"?' --grid link3.delay=5ms
refused '--grid: "weather" cannot vary; choose from connections or pipeline, or LINK.PROPERTY, '\
'where LINK is link1, link2 or link* for all, and PROPERTY is rate, delay, jitter, loss, burst, '\
'queue, mtu, flow_rate, flow_queue' --grid weather=rain
refused '--grid: link2.delay is given twice; list all values once' \
  --grid 'link*.delay=5ms' --grid link2.delay=9ms
refused '--grid: connections 2: 4 threads for 2 connections: some threads would have none; use at '\
'most 2 threads (-t)' -t 4 --grid connections=50,2
refused '--grid: does not go with --slo, which finds the rates under one condition; start one '\
'experiment for each' --slo 'p99 < 20ms' --grid link2.delay=5ms
refused '--grid: wifi.delay: the scenario handover changes it during a run (at 2s: wifi rate '\
'40mbit, delay 6ms, loss 0.5%, burst 4p); vary another property, or leave this event out of the '\
'scenario' --scenario handover --grid wifi.delay=5ms
expect_exit 2 "$bench" --dry-run --target 127.0.0.1:1 --grid link2.delay=5ms
expect_error '--grid: link2.delay: with --target the links are not ours to change; vary '\
'connections or pipeline'

# Whoever lists values does not see the hours. They are told before anything is built or written.
long=(--store builtin --op get --size 4k --warmup 1s --duration 5s --repeat 400)
grid=(--grid 'link2.delay=5ms,20ms')
expect_exit 2 "$bench" "${long[@]}" "${grid[@]}" -o "$result"
expect_error '--grid: 1600 runs, about 3.1 hours, which is longer than an hour; add --yes to run '\
'it, or leave out some values'
[ ! -e "$result" ] || fail 'a result was written'
expect_exit 0 "$bench" --dry-run --links tun "${long[@]}" "${grid[@]}"
expect_stdout '# 1600 runs, about 3.1 hours'

expect_exit 0 "$bench" --dry-run --proto tcp,mptcp --op get --size 4k --store builtin \
  --links netem --seed 1 --grid link2.rate=10mbit,50mbit --grid connections=1,50
expect_stdout '# run 1 of 8: mptcp get 4k, link2.rate 10mbit, connections 1'
expect_stdout '# the world of the next run has link2, each way: rate 50mbit, '
grep -q '^# the world of the next run has \[router\] tc qdisc .* rate 50mbit' "$work/out" ||
  fail 'stdout has no tc command of the second rate'
[ "$(grep -c -- ' -c 50 ' "$work/out")" = 4 ] || fail 'half of the loads do not have 50 connections'
