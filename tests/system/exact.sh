#!/bin/bash
# compare --exact: two results with equal measurements are identical, whatever the rest of the files
# contains. If two results differ, it names the first difference, with both values.
. "$(dirname "$0")/../netns/lib.sh"
golden=$root/tests/golden/result.json
edited() { jq "$1" "$golden" >"$work/b.json"; }
exact() { expect_exit "$1" "$bench" compare --exact "${2:-$golden}" "$work/b.json"; }
# expect_difference RUN-AND-FIELD A B
expect_difference() {
  printf 'differs: %s\n  A: %s\n  B: %s\n' "$@" >"$work/expected"
  head -n 3 "$work/out" | diff -u "$work/expected" - || fail 'the output names another difference'
}

# These fields were not measured.
edited '.started = "2030-01-01T00:00:00Z" | .command += ["-o", "b"] | .store.version = "9"
  | .environment.kernel = "Linux 9" | .environment.memory_bytes = 7
  | .runs |= map(.cpu = {"load_threads_pct": [1], "system_pct": 3} | .commands = ["x"]
    | .attendance = {"store": {"longest_gap_ns": 5}})
  | .figures = [] | .comparisons = []'
exact 0
grep -qE '^identical: 24 runs, 1 of them invalid, measured_sha256 [0-9a-f]{64}$' "$work/out" ||
  fail 'the output does not report identical results'
digest=$(grep -oE '[0-9a-f]{64}' "$work/out")
exact 0 "$work/b.json"
[ "$digest" = "$(grep -oE '[0-9a-f]{64}' "$work/out")" ] ||
  fail 'the digest covers more than the measured part'

edited '.runs[5].requests += 1 | .runs[3].latency_ns.last_byte.histogram.sum += 1
  | .runs[3].censored += 1'
exact 3
run=$(jq -r '.runs[3] | "run 3 (block \(.block), \(.proto) \(.op) \(.values))"' "$golden")
expect_difference "$run, censored" 50 51
expect_stdout 'runs that differ: 2 of 24'
edited '.runs[3].latency_ns.last_byte.histogram |= (.count[4] += 1 | .count[5] -= 1)'
exact 3
grep -qE '^differs: run 3 .*, latency_ns/last_byte/histogram/count, row 4$' "$work/out" ||
  fail 'the output does not name the row'
# A difference in the timeline comes before the differences that follow from it.
timeline='.runs[3] |= (.slices = [5, 5] | .timeline = {interval_ns: 100000000,
  t_ns: [100000000, 200000000, 300000000],
  series: {latency_max_ns: [1, 2, 3], requests: [4, 4, 4]}, subflows: []})'
jq "$timeline" "$golden" >"$work/a.json"
edited "$timeline | .runs[3] |= (.throughput_rps += 1 | .requests += 1 | .slices[1] += 1
  | .timeline.series.requests[2] += 1 | .timeline.series.latency_max_ns[1] += 1)"
exact 3 "$work/a.json"
expect_difference "$run, timeline/series/latency_max_ns, row 1, which ends at 200ms" 2 3
edited "$timeline | .runs[3] |= (.throughput_rps += 1 | .requests += 1 | .slices[1] += 1)"
exact 3 "$work/a.json"
expect_difference "$run, slices, row 1" 5 6
edited '.runs[3] |= (.throughput_rps += 1 | .requests += 1)'
exact 3
expect_difference "$run, requests" "$(jq '.runs[3].requests' "$golden")" \
  "$(jq '.runs[3].requests + 1' "$golden")"
edited '.runs[3].notes = ["a"]'
exact 3
expect_difference "$run, notes, row 0" absent '"a"'
edited '.runs[3].links[1].lost_packets = 10'
exact 3
expect_difference "$run, links/1/lost_packets" 9 10
edited '.runs[3].warmup_s = 2.5'
exact 3
expect_difference "$run, warmup_s" absent 2.5
edited '.runs |= .[:23]'
exact 3
expect_difference 'number of runs' 24 23
# Fewer runs after an interruption are not a difference, but the rest is not proven identical
# either.
edited '.runs |= .[:23] | .complete = false'
exact 1
expect_stdout 'identical: 23 runs'
expect_stdout 'B: interrupted: 23 of 24 runs'
edited '.runs[3].censored = 51 | .runs |= .[:23] | .complete = false'
exact 3

# Results of different experiments, and a result without runs.
for edit in '.seed = 2' '.workload.connections = 51' '.parameters.repeat = 7' \
  '.environment.virtual_time = true' '.scenario.links[0].up.rate = "9mbit"'; do
  edited "$edit"
  exact 2
  expect_stderr 'did not measure the same: '
done
edited '.runs = []'
exact 2
expect_error "$work/b.json: /runs: is empty: there is nothing to compare"
# A result whose runs were edited is refused.
edited ".measured_sha256 = \"$digest\""
exact 0
edited ".measured_sha256 = \"$digest\" | .runs[3].censored = 51"
exact 2
expect_stderr "$work/b.json: /measured_sha256: is not the digest of the runs"
expect_exit 2 "$bench" compare --exact "$golden" "$work/missing.json"
