#!/bin/bash
# Every file that export writes equals tests/golden/export-*, byte for byte, and every wrong use is
# reported. After an intended change run MPB_UPDATE_GOLDEN=1 tests/system/export.sh, and read the
# difference before committing it.
. "$(dirname "$0")/../netns/lib.sh"
golden=$root/tests/golden
unset GITHUB_SHA GITHUB_HEAD_REF GITHUB_REF_NAME GIT_COMMIT GIT_BRANCH CI_COMMIT_REF_NAME
export CI_COMMIT_SHA=0123abc

# In a locale with a decimal comma, if the host has one.
expect_exit 0 env LC_ALL=de_DE.UTF-8 "$bench" export "$golden/result.json" --all "$work/all/of them"
expect_stderr 'left out: run 16 of 24 (mptcp set 16k) is not a result: '\
'2 of 50 connections fell back to TCP; link "a|b" <script>'
[ ! -s "$work/out" ] || fail '--all prints something to stdout'
for file in "$work/all/of them"/*; do
  [ -z "${MPB_UPDATE_GOLDEN:-}" ] || cp "$file" "$golden/export-${file##*/}"
  diff -u "$golden/export-${file##*/}" "$file" ||
    fail "${file##*/} is not tests/golden/export-${file##*/}"
done
for file in "$golden"/export-*; do
  [ -e "$work/all/of them/${file##*/export-}" ] || fail "export did not write ${file##*/export-}"
done

# A single format has the same text, in a file and on stdout.
for pair in gbench:gbench.json gbench-ci:gbench-ci.json custom-smaller:custom-smaller.json \
  custom-bigger:custom-bigger.json bmf:bmf.json \
  openmetrics:metrics.om junit:junit.xml markdown:summary.md text:summary.txt csv:history.csv \
  valkey-csv:valkey-benchmark.csv valkey-perf:metrics.json; do
  expect_exit 0 "$bench" export "$golden/result.json" --format "${pair%:*}"
  cmp "$work/out" "$golden/export-${pair#*:}" || fail "--format ${pair%:*} on stdout"
  expect_exit 0 "$bench" export "$golden/result.json" --format "${pair%:*}" -o "$work/one"
  cmp "$work/one" "$golden/export-${pair#*:}" || fail "--format ${pair%:*} -o"
  rm "$work/one"
done

# A history grows by one row per experiment, keeps its columns, and accepts no incomplete rows.
history=$work/history.csv
edited() { jq -c "$1" "$golden/result.json" >"$work/edited.json"; }
expect_exit 0 "$bench" export "$golden/result.json" --format csv -o "$history"
expect_exit 0 "$bench" export "$golden/result.json" --format csv -o "$history"
[ "$(wc -l <"$history")" = 2 ] || fail 'exporting an experiment twice does not give one row'
edited '.started = "2026-01-03T03:04:05Z"'
GITHUB_HEAD_REF='a "branch", said
he' expect_exit 0 "$bench" export "$work/edited.json" --format csv -o "$history"
[ "$(wc -l <"$history")" = 3 ] &&
  grep -q '^2026-01-03T03:04:05Z,0123abc,"a ""branch"", said\\nhe",' "$history" ||
  fail 'the history has no third line'
edited '.started = "2026-01-04T03:04:05Z" | .runs |= map(select(.op == "get"))'
expect_exit 1 "$bench" export "$work/edited.json" --format csv -o "$history"
expect_stderr 'no row was added, because this result has no '\
'two-lossy-links/set_16k/throughput/tcp+congestion=cubic'
[ "$(wc -l <"$history")" = 3 ] || fail 'a row with holes was added'
edited '.runs |= map(.valid = false | .invalid_reasons = ["late"])'
expect_exit 1 "$bench" export "$work/edited.json" --format csv -o "$history"
expect_stderr "$history: no row was added, because this result has no figures"
[ "$(wc -l <"$history")" = 3 ] || fail 'a row without figures was added'
expect_exit 0 "$bench" export "$work/edited.json" --all "$work/without"
expect_stderr "$work/without/history.csv: no row was added, because this result has no figures"
edited '.scenario.name = "-1+1"'
for _ in 1 2; do
  expect_exit 0 "$bench" export "$work/edited.json" --format csv -o "$work/formula.csv"
done
grep -q "^time,commit,branch,'-1_1/get_4k/throughput/tcp+congestion=cubic," "$work/formula.csv" ||
  fail 'a name of a column is a formula'
[ "$(wc -l <"$work/formula.csv")" = 2 ] || fail 'the columns are not recognised'
echo 'something else' >"$work/other.csv"
expect_exit 2 "$bench" export "$golden/result.json" --format csv -o "$work/other.csv"
expect_error "$work/other.csv: line 1: is not a history, whose first columns are \
time,commit,branch; name another file"
[ "$(cat "$work/other.csv")" = 'something else' ] || fail 'a file that is not a history was touched'
echo 'time,commit,branches,some' >"$work/other.csv"
expect_exit 2 "$bench" export "$golden/result.json" --format csv -o "$work/other.csv"
echo 'time,commit,branch' >"$work/empty.csv"
for _ in 1 2; do
  expect_exit 0 "$bench" export "$golden/result.json" --format csv -o "$work/empty.csv"
done
[ "$(wc -l <"$work/empty.csv")" = 2 ] || fail 'a history without figures got another row'

# The name of a figure contains everything that changes its meaning, and no characters that could
# break a name.
edited '.scenario.name = "a/b \"c\" <d>\n|é" | .runs |= map(.connections = 200 | .pipeline = 4
  | .arrivals = "poisson" | .rate_rps = 0.5 | .latency_ns.response = .latency_ns.last_byte)'
expect_exit 0 "$bench" export "$work/edited.json" --format bmf
name=a_b__c___d_____/get_4k_c200_P4_0.5rps_poisson/p50
expect_stdout "\"$name/mptcp+congestion=cubic-vs-tcp+congestion=cubic\": {\"ratio\": {\"value\": "
edited '.runs |= map(.valid = false | .invalid_reasons = ["late"])'
expect_exit 0 "$bench" export "$work/edited.json" --all "$work/none"
[ "$(cat "$work/none/custom-bigger.json" "$work/none/bmf.json")" = $'[]\n{}' ] ||
  fail 'a result without a valid run has figures'
[ ! -e "$work/none/history.csv" ] || fail 'a history without figures was written'
expect_stderr \
  'left out: runs 1, 2, 3, 4, 5, 6, 7, 8 and 16 more of 24 (4 cells) are not results: late.'
grep -q '| INVALID |' "$work/none/summary.md" || fail 'the summary does not contain INVALID'

# The formats of valkey-benchmark leave a missing figure empty, and make no file without a run.
valkey() { expect_exit 0 "$bench" export "$work/edited.json" --format "valkey-$1"; }
for format in csv perf; do
  expect_exit 1 "$bench" export "$work/edited.json" --format valkey-$format
  expect_stderr 'has no valid run'
done
[ ! -e "$work/none/metrics.json" ] && [ ! -e "$work/none/valkey-benchmark.csv" ] ||
  fail 'a file of valkey-benchmark without a valid run was written'
edited '.runs |= map(.arrivals = "constant" | .rate_rps = 9000 | .saturated = (.op == "get")
  | .latency_ns.response = .latency_ns.last_byte)'
valkey csv
expect_stdout '"GET_4k_9000rps (tcp+congestion=cubic)","3008.50","","","","","",""'
valkey perf
[ "$(jq -c 'map(select(.group == 0)) | map([.rps > 1000, .avg_latency_ms, .max_latency_ms])
  | unique' "$work/out")" = '[[true,null,null]]' ] || fail 'a saturated run has a latency'
edited '.runs |= map(.latency_ns.last_byte |= (.count = 190 | .histogram |=
  (.count = [190] | .index_delta |= [add] | .min = .max | .sum = .max * 190)))'
valkey csv
expect_stdout '"GET_4k (tcp+congestion=cubic)","3008.50","69.402","68.287","69.402","","","70.392"'
valkey perf
[ "$(jq -c 'map([has("p50_latency_ms", "p95_latency_ms")]) | unique' "$work/out")" = \
  '[[true,false]]' ] || fail 'a percentile of too few requests was written'
edited '.workload.kind = "replica-sync"'
for format in csv perf; do
  expect_exit 2 "$bench" export "$work/edited.json" --format valkey-$format
  expect_error "left out: valkey-$format describes requests, and this result is about replication; \
take bmf or openmetrics"
done
# The machine, the threads of the store, and a pilot's warm-up. The first entry has the longer name
# of a variant, because the database takes the width of the column from it.
edited '.environment += {"kernel": "Linux 6.1.0-18-amd64 #1 SMP", "architecture": "x86_64",
    "os": "Debian", "cpu": "Zen", "governor": "performance"}
  | .store.configuration = {"io-threads": "4"} | .workload.duration_s = 0.5
  | .runs |= map(.warmup_s = 3)'
CI_COMMIT_SHA='' valkey perf
[ "$(jq -c '.[0] | [.scenario, .commit, .env_kernel_version, .architecture, .env_os,
    .env_cpu_model, .env_cpu_governor, .io_threads, .duration, .warmup]' "$work/out")" = \
  '["mptcp+congestion=cubic","redis-7.0_____b_","6.1.0-18-amd64","x86_64",'\
'"Debian","Zen","performance",4,null,null]' ] || fail "$(jq -c '.[0]' "$work/out")"

# Wrong use.
expect_exit 2 "$bench" export "$golden/result.json"
expect_error 'export: give --format FORMAT or --all DIR; see mptcp-bench export --help'
expect_exit 2 "$bench" export "$golden/result.json" --format gbench --all "$work/x"
expect_exit 2 "$bench" export "$golden/result.json" --all "$work/x" -o "$work/y"
expect_exit 2 "$bench" export "$golden/result.json" --format gbnch
expect_exit 2 "$bench" export "$work/missing.json" --all "$work/x"
expect_error "$work/missing.json: cannot be read: No such file or directory; give a result that \
mptcp-bench has written"
jq 'del(.runs[2].op)' "$golden/result.json" >"$work/edited.json"
expect_exit 2 "$bench" export "$work/edited.json" --all "$work/x"
expect_stderr "$work/edited.json: /runs/2/op: is missing; run the experiment again with mptcp-bench"
expect_exit 2 "$bench" export "$golden/result.json" --format hgrm
expect_stderr 'gives 4 files, one for every operation, size and protocol with a valid run; '\
'--all DIR writes them'
expect_exit 2 "$bench" export "$golden/result.json" --all "$golden/result.json"
expect_error "--all: $golden/result.json: Not a directory; name a folder to write to"
expect_exit 2 "$bench" export "$golden/result.json" --format bmf -o "$work/no/such/file"
expect_stderr 'choose another folder with -o FILE'
[ ! -e "$work/x" ] || fail 'a refused export left a folder'

# An interrupted experiment: the files are written, and they and the exit code show the
# interruption. If the result does not record whether it is complete, nothing is reported.
edited '.complete = false | .runs |= .[:7]'
interrupted="$work/edited.json: interrupted: 7 of 24 runs"
expect_exit 1 "$bench" export "$work/edited.json" --all "$work/interrupted"
expect_error "$interrupted"
grep -qF '**interrupted: 7 of 24 runs**' "$work/interrupted/summary.md" ||
  fail 'the summary does not report the interruption'
grep -qF 'message="interrupted: 7 of 24 runs"' "$work/interrupted/junit.xml" ||
  fail 'junit.xml does not report the interruption'
expect_exit 1 "$bench" report "$work/edited.json" -o "$work/page.html"
expect_stderr "$interrupted"
expect_exit 1 "$bench" compare "$golden/result.json" "$work/edited.json"
expect_stdout "B: $work/edited.json, 2026-01-02T03:04:05Z, cubic, interrupted: 7 of 24 runs"
expect_exit 4 "$bench" gate "$work/edited.json" --fail-if 'mptcp throughput get/* < 1/s'
expect_stdout '  interrupted: 7 of 24 runs; '
edited '.complete = false | del(.planned_runs)'
expect_exit 4 "$bench" gate "$work/edited.json" --fail-if 'mptcp/tcp throughput get/4k < 1.2'
expect_stdout '  interrupted: 24 runs, and more were planned; '
edited 'del(.complete, .planned_runs)'
expect_exit 0 "$bench" export "$work/edited.json" --format bmf
expect_exit 0 "$bench" gate "$work/edited.json" --fail-if 'mptcp/tcp throughput get/4k < 1.2'

# --dry-run checks rules without a result. That is not a verdict, so it needs its own option.
printf '%s\n' '# of this branch' 'mptcp/tcp throughput * < 1' >"$work/rules"
expect_exit 0 "$bench" gate --dry-run --rules "$work/rules" --fail-if 'mptcp p99 * > 50ms'
expect_stdout '2 rules can be read; no result was read'
expect_stdout '1 cell 7, 2 cells 8'
expect_exit 2 "$bench" gate --dry-run --fail-if 'mptcp/tcp speed * < 1'
expect_stderr '"speed" is not a metric'
expect_exit 2 "$bench" gate --rules "$work/rules"
expect_error 'gate: no result is given; '\
'write gate RESULT.json, or --dry-run to check the rules alone'
expect_exit 2 "$bench" gate "$golden/result.json" --dry-run --rules "$work/rules"
expect_exit 2 "$bench" gate --dry-run
expect_exit 2 "$bench" gate "$golden/result.json" --rules "$work/rules" -- --size 4k
expect_error 'gate: the options of a benchmark after -- go with --dry-run'

# With a plan the rules are matched with its cells. Rules that its blocks cannot decide are refused,
# because they could never fail.
plan() {
  expect_exit "$1" "$bench" gate --dry-run --rules "$work/rules" -- --store builtin "${@:2}"
}
plan 2 --size 4k --repeat 6
expect_stdout '1 rule, 2 outcomes (a rule in a cell): '\
'deciding them together takes 7 blocks; the plan has only 6'
expect_error 'these rules cannot fail with 6 blocks, whatever is measured: '\
'write --repeat 7, or fewer rules or cells'
plan 0 --size 4k --repeat 7
expect_stdout 'deciding them together takes 7 blocks; the plan has 7, which is enough'
plan 0 --size 4k --op get --until-ci 2%
plan 0 --rate auto
expect_stdout 'the cells are unknown until it has run'
expect_exit 0 "$bench" gate --dry-run --rules "$work/rules" -- mptcp-bench --store builtin --op \
  get --size 4k --repeat 6
plan 2 --proto mptcp
expect_stderr 'it has the protocols mptcp and the cells get_1k'
plan 2 --slo 'p99 < 20ms'
expect_stderr 'the result is a search (--slo)'
plan 2 --resume "$golden/result.json"
echo 'mptcp/tcp p99 * > 1.5' >"$work/rules"
plan 2 --size 4k --repeat 10
expect_stderr 'in a closed loop latency is the connections divided by the throughput'
plan 0 --size 4k --repeat 10 --rate 500
plan 2 --size 4k --repeat 10 --rate 500 --scenario failover
expect_stderr 'gate longest_stall or first_success'
printf '%s\n' 'mptcp/tcp longest_stall * > 1.5' 'mptcp first_success get/4k > 2s' >"$work/rules"
plan 0 --size 4k --repeat 7 --scenario failover
expect_stdout '2 rules, 3 outcomes'
plan 2 --size 4k --repeat 7
expect_stderr 'no run of the result has longest_stall'
# A rule that fails when MPTCP is good is taken, with a warning.
expect_exit 0 "$bench" gate --dry-run --fail-if 'mptcp/tcp throughput * > 1.2'
expect_error '--fail-if: warning: "mptcp/tcp throughput * > 1.2" fails when throughput of mptcp '\
'is good, because more of it is better; was "mptcp/tcp throughput * < 1.2" meant?'
