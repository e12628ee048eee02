#!/bin/bash
# --dry-run prints the text in tests/golden: every command that makes the links, with either
# backend, and the order of the runs. After an intended change run MPB_UPDATE_GOLDEN=1
# tests/system/dry_run.sh, and read the difference before committing it.
. "$(dirname "$0")/../netns/lib.sh"
for links in netem tun; do
  expect_exit 0 "$bench" --dry-run --links $links --store builtin --op get,set --size 4k \
    --repeat 2 --congestion reno --seed 1
  golden=$root/tests/golden/dry-run-$links.txt
  [ -z "${MPB_UPDATE_GOLDEN:-}" ] || cp "$work/out" "$golden"
  diff -u "$golden" "$work/out" ||
    fail "--dry-run --links $links is not tests/golden/dry-run-$links.txt"
  # The events of the links come between the commands and the runs.
  expect_exit 0 "$bench" --dry-run --links $links --store builtin --op get --size 4k \
    --congestion reno --seed 1 --scenario failover
  golden=$root/tests/golden/dry-run-failover-$links.txt
  [ -z "${MPB_UPDATE_GOLDEN:-}" ] || cp "$work/out" "$golden"
  diff -u "$golden" "$work/out" ||
    fail "--dry-run --links $links --scenario failover is not \
tests/golden/dry-run-failover-$links.txt"
  # Every client has links of its own.
  expect_exit 0 "$bench" --dry-run --links $links --store builtin --op get --size 4k \
    --congestion reno --seed 1 --scenario many-clients
  golden=$root/tests/golden/dry-run-many-clients-$links.txt
  [ -z "${MPB_UPDATE_GOLDEN:-}" ] || cp "$work/out" "$golden"
  diff -u "$golden" "$work/out" ||
    fail "--dry-run --links $links --scenario many-clients is not \
tests/golden/dry-run-many-clients-$links.txt"
done
# With netem a cap per flow has devices of its own.
expect_exit 0 "$bench" --dry-run --links netem --store builtin --op get --size 4k \
  --congestion reno --seed 1 --scenario ec2-single-flow
golden=$root/tests/golden/dry-run-flow-cap-netem.txt
[ -z "${MPB_UPDATE_GOLDEN:-}" ] || cp "$work/out" "$golden"
diff -u "$golden" "$work/out" ||
  fail "--dry-run --links netem --scenario ec2-single-flow is not ${golden#"$root"/}"
# Traces reach the emulator by descriptors, and only tun can follow them.
expect_exit 0 "$bench" --dry-run --links auto --store builtin --op get --size 4k --congestion reno \
  --seed 1 --scenario starlink-and-lte
golden=$root/tests/golden/dry-run-starlink-and-lte.txt
[ -z "${MPB_UPDATE_GOLDEN:-}" ] || cp "$work/out" "$golden"
diff -u "$golden" "$work/out" ||
  fail '--dry-run --scenario starlink-and-lte is not tests/golden/dry-run-starlink-and-lte.txt'
expect_exit 2 "$bench" --dry-run --links netem --scenario starlink-and-lte
expect_error '--links netem: netem cannot follow the trace of starlink; use --links tun, or give '\
'the link a rate and events'
expect_exit 2 "$bench" --dry-run --scenario starlink-and-lte --grid lte.rate=5mbit
expect_error '--grid: lte.rate 5mbit: starlink-and-lte: /links/1/up: traces/lte-like-up.trace has '\
'the rate of this direction, so leave out "rate" here'
expect_exit 2 "$bench" --dry-run --scenario starlink-and-lte --warmup auto
expect_error '--warmup: auto waits until the rate has settled, which it never does while starlink '\
'follows a trace; write a time such as 3s'

# 4096b is 4k, and get100set0 is get. Without this, equal cells would look like one cell with twice
# the runs.
expect_exit 0 "$bench" --dry-run --links tun --store builtin --op get --size 4k --congestion reno \
  --seed 1
cp "$work/out" "$work/once"
expect_exit 0 "$bench" --dry-run --links tun --store builtin --op get,get100set0 --size 4k,4096b \
  --congestion reno --seed 1
diff -u "$work/once" "$work/out" || fail 'equal cells are run more than once'

# Every experiment has its own seed, unless --seed sets one.
seeds() { grep -o -- '--seed [0-9]*' "$work/out" | sort -u; }
expect_exit 0 "$bench" --dry-run --links tun --store builtin --op get --size 4k
seeds >"$work/seeds"
expect_exit 0 "$bench" --dry-run --links tun --store builtin --op get --size 4k
[ -s "$work/seeds" ] && [ "$(seeds)" != "$(cat "$work/seeds")" ] ||
  fail 'two experiments have the same seeds'

# Pilot runs determine the warm-up if there are enough blocks for verdicts and no --warmup.
pilots() {
  expect_exit 0 "$bench" --dry-run --links tun --store builtin --op get --size 4k "${@:2}"
  [ "$(grep -c 'pilot run' "$work/out")" = "$1" ] || fail "expected $1 pilot runs: ${*:2}"
}
pilots 1 --repeat 6
expect_stdout '# 1 verdict needs 6 blocks: --repeat 6 is enough'
pilots 1 --warmup auto
pilots 0 --repeat 5
pilots 0 --repeat 6 --warmup 1s
pilots 1 --slo 'p99 < 20ms'
pilots 0 --slo 'p99 < 20ms' --warmup 1s
