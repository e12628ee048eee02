#!/usr/bin/env bash
# Builds the fuzz targets with clang's sanitizers and runs them, as many at the same time as there
# are processors (one with OMP_NUM_THREADS=1).
#
#   tests/fuzz/run.sh                      the systematic extremes of extremes.py, then every target
#                                          for five seconds, as in CI
#   tests/fuzz/run.sh HOURS [TARGET...]    all outputs of the extremes, then each target for HOURS,
#                                          or until 30 minutes have brought no new edge. Inputs stay
#                                          in build-fuzz/corpus, and the next call starts from them
#
# It ends with a table, and fails if there is a finding, whose input the table names.
set -euo pipefail
cd "$(dirname "$0")/../.."
hours=${1:-}
[ $# -eq 0 ] || shift
build='build-fuzz'
idle=$((30 * 60))

[ -f $build/build.ninja ] || CC=clang CXX=clang++ meson setup $build -Dwerror=true >/dev/null
ninja -C $build --quiet fuzz
mkdir -p $build/corpus $build/findings $build/logs
if [ $# -gt 0 ]; then targets=("$@"); else mapfile -t targets < <(ls tests/fuzz/corpus); fi

# Without these options, most of the time is spent on stack traces of allocations and on freed
# memory that is kept. To see which code allocated memory, run the target on its finding without
# them.
export ASAN_OPTIONS=malloc_context_size=0:quarantine_size_mb=8

# From the beginning or the end of the log only, because it grows to megabytes and is read every
# second.
edges_of() { "$2" -c 100000 "$1" | sed -n 's/^#.* cov: \([0-9]*\) .*/\1/p' | "$2" -n 1; }

# A result has a large number of features, and libFuzzer would spend two thirds of the time counting
# how rare each of them is.
options_of() { [ "$1" != result ] || echo '-entropic=0'; }

# run_target TARGET CORPUS LOG OPTION...: runs it until it ends, or finds nothing new for too long.
run_target() {
  local target=$1 corpus=$2 log=$3 edges='' last=$SECONDS now pid rc=0
  shift 3
  # shellcheck disable=SC2046 # it is one word, or none
  $build/tests/fuzz/"$target" $(options_of "$target") -print_final_stats=1 -timeout=10 \
    -dict=tests/fuzz/words.dict \
    "-artifact_prefix=$build/findings/$target-" "$@" "$corpus" "tests/fuzz/corpus/$target" \
    >"$log" 2>&1 &
  pid=$!
  while kill -0 $pid 2>/dev/null; do
    sleep 1
    now=$(edges_of "$log" tail)
    if [ "$now" != "$edges" ]; then edges=$now last=$SECONDS; fi
    if [ $((SECONDS - last)) -ge $idle ]; then
      kill $pid
      wait $pid || true # stopped by this script, so not a finding
      return 0
    fi
  done
  wait $pid || rc=$?
  return $rc
}

# fuzz TARGET: runs it and prints its row.
fuzz() {
  local target=$1 log=$build/logs/$1.log start=$SECONDS rc=0 corpus found=-
  if [ -n "$hours" ]; then
    corpus=$build/corpus/$target
    mkdir -p "$corpus"
    run_target "$target" "$corpus" "$log" \
      "-max_total_time=$(awk "BEGIN { printf \"%d\", $hours * 3600 }")" || rc=$?
  else
    corpus=$(mktemp -d) # only the committed inputs, as on every machine
    run_target "$target" "$corpus" "$log" -max_total_time=5 -seed=1 || rc=$?
    rm -r "$corpus"
  fi
  [ $rc -eq 0 ] || found=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
  printf '%-9s %12s %8s %7s %7s %8d  %s\n' "$target" \
    "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
    "$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")" \
    "$(edges_of "$log" head)" "$(edges_of "$log" tail)" $((SECONDS - start)) "${found:-see $log}"
  return $rc
}

failed=0
python3 tests/fuzz/extremes.py $build ${hours:+--all} || failed=1
printf '%-9s %12s %8s %7s %7s %8s  %s\n' target executions a-second edges to seconds finding
running=0
for target in "${targets[@]}"; do
  if [ $running -ge "$(nproc)" ]; then
    wait -n || failed=1
    running=$((running - 1))
  fi
  fuzz "$target" &
  running=$((running + 1))
done
while [ $running -gt 0 ]; do
  wait -n || failed=1
  running=$((running - 1))
done
exit $failed
