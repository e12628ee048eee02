# shellcheck shell=bash disable=SC2154
# The tests of --resume source this instead of lib.sh: it interrupts an experiment, and checks that
# the finished part is unchanged.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_links
echo '{"links": [{"name": "a", "rate": "4mbit", "delay": "50ms"},
  {"name": "b", "rate": "4mbit", "delay": "50ms"}]}' >"$work/far.json"
brief=(--seed 1 --store builtin --scenario "$work/far.json" --op get --size 4k -c 20 --warmup 100ms
  --duration 600ms --timeline 100ms)

# has_finished RUNS: at least that many runs and probes are finished.
has_finished() {
  [ "$(jq '(.runs | length) + (.capacity_probes // [] | length)' "$result" || echo 0)" -ge "$1" ]
}

# interrupt SIGNAL RUNS OPTIONS...: ends an experiment when that many runs and probes are finished,
# and copies its result to $work/before.
interrupt() {
  local signal=$1 runs=$2 run
  shift 2
  rm -f "$result"
  env --default-signal=INT setsid "$bench" --quiet -o "$result" "${brief[@]}" "$@" \
    >"$work/out" 2>"$work/err" &
  run=$!
  wait_until has_finished "$runs"
  kill -"$signal" $run
  wait $run 2>/dev/null
  nothing_left || fail "after SIG$signal"
  cp "$result" "$work/before"
}
resume() {
  local status=0
  timeout -k 5 100 "$bench" --quiet --resume "$result" "$@" >"$work/out" 2>"$work/err" </dev/null ||
    status=$?
  [ $status -le 1 ] || fail "exit status $status of --resume"
}
# The finished part is unchanged, byte for byte.
expect_kept() {
  local list
  for list in .runs '.capacity_probes // []'; do
    jq "[$list | .[]]" "$work/before" >"$work/was"
    jq "[$list | .[:$(jq length "$work/was")][]]" "$result" | diff "$work/was" - >"$work/diff" ||
      fail "$list has changed: $(head -n 5 "$work/diff")"
  done
  [ "$(jq -c '[.command, .started, .seed, .store, .scenario, .workload,
    (.environment | del(.steal_pct, .resumed))]' "$result")" = \
    "$(jq -c '[.command, .started, .seed, .store, .scenario, .workload,
    (.environment | del(.steal_pct, .resumed))]' "$work/before")" ] ||
    fail 'the rest of the result has changed'
}
