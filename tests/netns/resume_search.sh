#!/bin/bash
# Where rates follow from what was measured, an interrupted experiment goes on as if nothing had been: probes are not made again, and a search
# takes its next step from the runs that there are.
. "$(dirname "$0")/lib.sh"
need_links
echo '{"links": [{"name": "a", "rate": "4mbit", "delay": "50ms"}, {"name": "b", "rate": "4mbit", "delay": "50ms"}]}' >"$work/far.json"
brief=(--store builtin --scenario "$work/far.json" --op get --size 4k -c 20 --warmup 100ms --duration 600ms --timeline 100ms)

# interrupt SIGNAL RUNS OPTIONS...: ends an experiment when that many runs and probes are finished, and keeps what there is in $work/before.
interrupt() {
  local signal=$1 runs=$2 run
  shift 2
  rm -f "$result"
  env --default-signal=INT setsid "$bench" --quiet -o "$result" "${brief[@]}" "$@" >"$work/out" 2>"$work/err" &
  run=$!
  wait_until eval "[ \$(jq '(.runs | length) + (.capacity_probes // [] | length)' '$result' 2>/dev/null || echo 0) -ge $runs ]"
  kill -"$signal" $run
  wait $run 2>/dev/null
  nothing_left || fail "after SIG$signal"
  cp "$result" "$work/before"
}
go_on() {
  local status=0
  timeout -k 5 100 "$bench" --quiet --resume "$result" >"$work/out" 2>"$work/err" </dev/null || status=$?
  [ $status -le 1 ] || fail "exit status $status of --resume"
}
# All that was there is there, byte for byte.
expect_kept() {
  local what
  for what in .runs '.capacity_probes // []'; do
    jq "[$what | .[]]" "$work/before" >"$work/was"
    jq "[$what | .[:$(jq length "$work/was")][]]" "$result" | diff "$work/was" - >"$work/diff" || fail "$what has changed: $(head -n 5 "$work/diff")"
  done
  [ "$(jq -c '[.command, .started, .seed, .store, .scenario, .workload, (.environment | del(.steal_pct, .resumed))]' "$result")" = \
    "$(jq -c '[.command, .started, .seed, .store, .scenario, .workload, (.environment | del(.steal_pct, .resumed))]' "$work/before")" ] || fail 'what surrounds the runs has changed'
}

interrupt INT 1 --rate auto
go_on
expect_kept
expect_true '(.capacity_probes | length == 2) and (.runs | length >= 16)'
interrupt KILL 5 --slo 'p50 < 300ms'
go_on
expect_kept
expect_true '(.slo.answers | length == 2) and (.runs | length >= 4) and ([.runs[].order] == [range(.runs | length)])'
expect_exit 2 "$bench" --resume "$result" --repeat 3
expect_error '--repeat: a search with --slo decides itself how many runs there are'
