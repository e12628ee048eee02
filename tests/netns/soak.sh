#!/bin/bash
# By hand: soak.sh HOURS. One long experiment of short runs over links that fail and come back. It
# fails if memory, descriptors, namespaces, interfaces or temporary files of the orchestrator grow,
# or if the result is ever incomplete JSON. Prints one row per sample.
#   SOAK_EVERY  seconds between samples (30)
. "$(dirname "$0")/lib.sh"
need_links
need lsns awk
[ $# = 1 ] || { echo 'usage: soak.sh HOURS, such as 2 or 0.05' && exit 2; }
every=${SOAK_EVERY:-30}
until=$(awk -v now="$(date +%s)" -v hours="$1" 'BEGIN { print int(now + hours * 3600) }')
# The window contains the events of `flapping`. A block takes some 16 s, so the largest number of
# blocks that --repeat accepts takes some four hours.
"$bench" --quiet --scenario flapping --store builtin --proto tcp,mptcp --op get --size 1k -c 10 \
  --warmup 200ms --duration 7s --repeat 1000 \
  --timeline off -o "$result" >"$work/out" 2>"$work/err" &
run=$!
children+=("$run")
wait_until process_of 'load .*--events'

# The process that runs the experiment is the child of the keeper.
keeper=$(grep -lx mptcp-bench-ns /proc/[0-9]*/comm | cut -d/ -f3)
orchestrator=$(pgrep -o -P "$keeper")
fields='time runs rss_kb fds namespaces processes interfaces files'
sample() {
  local runs
  runs=$(jq '.runs | length' "$result" 2>"$work/jq") || { [ ! -e "$result" ] && runs=0; } ||
    fail "a broken result: $(cat "$work/jq")"
  printf '%s %s %s %s %s %s %s %s\n' "$(($(date +%s) - started))" "$runs" \
    "$(sed -n 's/^VmRSS:\s*\([0-9]*\).*/\1/p' "/proc/$orchestrator/status")" \
    "$(find "/proc/$orchestrator/fd" -type l 2>/dev/null | wc -l)" "$(lsns -n | wc -l)" \
    "$(processes | wc -l)" \
    "$(ip -br link | wc -l)" "$(leftovers | grep -c '^file')"
}
started=$(date +%s)
echo "$fields" | column -t
while [ "$(date +%s)" -lt "$until" ] && kill -0 $run 2>/dev/null; do
  sleep "$every"
  sample | tee -a "$work/samples"
done
kill -0 $run 2>/dev/null ||
  { wait $run; fail "it ended early, with exit status $?"; }
kill -TERM $run
wait $run
[ $? = 143 ] || fail "exit status is not 143 after SIGTERM"
expect_true '.runs | length > 0'

# More is open during a run than between two runs, so the largest value of each third counts, and
# the last third may not exceed the first. Memory grows with the result, which is kept in memory, by
# some kilobytes per run; 20 are allowed.
awk -v names="$fields" '
  BEGIN { split(names, name) }
  { for (i = 1; i <= NF; i++) value[NR, i] = $i }
  END {
    if (NR < 3) { print "FAILED: fewer than three samples"; exit 1 }
    third = int(NR / 3)
    for (i = 3; i <= NF; i++) {
      early = late = 0
      for (n = 1; n <= third; n++) if (value[n, i] > early) early = value[n, i]
      for (n = NR - third + 1; n <= NR; n++) if (value[n, i] > late) late = value[n, i]
      allowed = early + (i == 3 ? 1024 + 20 * (value[NR, 2] - value[1, 2]) : i == 8 ? 0 : 3)
      if (late > allowed) {
        printf "FAILED: %s grew from %d to %d\n", name[i], early, late
        bad = 1
      }
    }
    exit bad
  }' "$work/samples" || exit 1
