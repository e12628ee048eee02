#!/bin/bash
# What docs/ci offers works: every step of the GitHub Action and every line of the GitLab job, against this build, over links, and with a
# result of which it is known what the gate must say.
. "$(dirname "$0")/lib.sh"
need_links
python3 -c 'import yaml' 2>/dev/null || skip 'python3 has no yaml: install python3-yaml'
export GITHUB_STEP_SUMMARY=$work/step-summary
checkout=$work/checkout
mkdir -p "$checkout/docs/ci" "$checkout/build"
cp "$root"/docs/ci/* "$checkout/docs/ci"
ln -s "$bench" "$checkout/build/mptcp-bench"
steps() { timeout -k 5 90 python3 "$here/ci_steps.py" "$@" >"$work/out" 2>"$work/err" </dev/null; }

# Slow and long links, over which a busy machine may be late by 10 ms. If it is later, the run is invalid: the job says so, and what is made of
# valid runs only is there for the protocols that have one.
echo '{"links": [{"name": "a", "rate": "10mbit", "delay": "100ms"}, {"name": "b", "rate": "10mbit", "delay": "100ms"}]}' >slow.json
options='--store builtin --scenario ./slow.json --op get --size 1k --repeat 3 --warmup 100ms --duration 500ms -c 10'
steps github "$checkout" Build "options=$options" least-ratio=0.1 folder=public
status=$?
cp public/result.json "$result" || fail 'the action left no result'
files=(gbench.json gbench-ci.json custom-smaller.json custom-bigger.json bmf.json metrics.om junit.xml summary.md)
valid=$(query '[.runs[] | select(.valid) | .proto] | unique | join(" ")')
[ -z "$valid" ] || files+=(history.csv)
for proto in $valid; do files+=("slow_get_1k_c10_$proto.hgrm"); done
for file in "${files[@]}"; do
  [ -s "public/$file" ] || fail "the action left no $file"
done
cmp public/summary.md "$GITHUB_STEP_SUMMARY" || fail 'the step summary is another one'
expect_field '.runs | length' 6
expect_true '[.runs[] | reasons[]] == []'
if [ "$(query '[.runs[].valid] | all')" = true ]; then want=0; else want=1; fi
[ $status = $want ] || fail "the action ended with $status, expected $want"
rm -r public slow.json

# gate STATUS RATIO: what both say to the golden result.
gate() {
  mkdir public mptcp-bench .mptcp-bench
  cp "$root/tests/golden/result.json" public
  cp "$root/tests/golden/result.json" mptcp-bench
  steps github "$checkout" Build,Measure "least-ratio=$2" folder=public
  status=$?
  [ $status = "$1" ] || fail "the action ended with $status, expected $1: $2"
  rmdir .mptcp-bench && ln -s "$checkout" .mptcp-bench
  steps gitlab "$checkout" '$OPTIONS' "LEAST_RATIO=$2"
  status=$?
  [ $status = "$1" ] || fail "the GitLab job ended with $status, expected $1: $2"
  [ "$1" = 0 ] || grep -q '^FAILED: two-lossy-links/set_16k/throughput/mptcp-vs-tcp is 1.48' "$work/out" || fail 'the gate does not say why'
  cmp public/junit.xml mptcp-bench/junit.xml || fail 'they differ'
  rm -r public mptcp-bench .mptcp-bench
}
gate 0 1.4
gate 1 1.49
gate 1 100

# The lines that measure, and a host that cannot: nothing is exported, and the job says 77.
ln -s "$checkout" .mptcp-bench
expect_exit 77 python3 "$here/ci_steps.py" gitlab "$checkout" '' 'OPTIONS=--store builtin --congestion nobody-has-this'
[ ! -e mptcp-bench/metrics.om ] || fail 'files of a measurement that did not take place'
rm -r .mptcp-bench mptcp-bench
