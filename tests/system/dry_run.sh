#!/bin/bash
# What --dry-run prints is held to tests/golden: every command of a world, with either backend, and the order of the runs. After a change
# that is meant: MPB_UPDATE_GOLDEN=1 tests/system/dry_run.sh, and read the difference before committing it.
. "$(dirname "$0")/../netns/lib.sh"
for links in netem tun; do
  expect_exit 0 "$bench" --dry-run --links $links --store builtin --op get,set --size 4k --repeat 2 --congestion reno --seed 1
  golden=$root/tests/golden/dry-run-$links.txt
  [ -z "${MPB_UPDATE_GOLDEN:-}" ] || cp "$work/out" "$golden"
  diff -u "$golden" "$work/out" || fail "--dry-run --links $links is not tests/golden/dry-run-$links.txt"
  # What happens to the links stands between the world and the runs.
  expect_exit 0 "$bench" --dry-run --links $links --store builtin --op get --size 4k --congestion reno --seed 1 --scenario failover
  golden=$root/tests/golden/dry-run-failover-$links.txt
  [ -z "${MPB_UPDATE_GOLDEN:-}" ] || cp "$work/out" "$golden"
  diff -u "$golden" "$work/out" || fail "--dry-run --links $links --scenario failover is not tests/golden/dry-run-failover-$links.txt"
done

# 4096b is 4k, and get100set0 is get: equal cells would look like one with twice the runs.
expect_exit 0 "$bench" --dry-run --links tun --store builtin --op get --size 4k --congestion reno --seed 1
cp "$work/out" "$work/once"
expect_exit 0 "$bench" --dry-run --links tun --store builtin --op get,get100set0 --size 4k,4096b --congestion reno --seed 1
diff -u "$work/once" "$work/out" || fail 'equal cells are run more than once'

# Every experiment has luck of its own, unless it is asked for.
seeds() { grep -o -- '--seed [0-9]*' "$work/out" | sort -u; }
expect_exit 0 "$bench" --dry-run --links tun --store builtin --op get --size 4k
seeds >"$work/seeds"
expect_exit 0 "$bench" --dry-run --links tun --store builtin --op get --size 4k
[ -s "$work/seeds" ] && [ "$(seeds)" != "$(cat "$work/seeds")" ] || fail 'two experiments draw the same luck'

# Pilot runs choose the warm-up where there are blocks enough for verdicts and nobody else chose it.
pilots() {
  expect_exit 0 "$bench" --dry-run --links tun --store builtin --op get --size 4k "${@:2}"
  [ "$(grep -c 'pilot run' "$work/out")" = "$1" ] || fail "not $1 pilots: ${*:2}"
}
pilots 1 --repeat 6
pilots 1 --warmup auto
pilots 0 --repeat 5
pilots 0 --repeat 6 --warmup 1s
expect_exit 2 "$bench" --dry-run --op get --size 4k --warmup auto --slo 'p99 < 20ms'
expect_error '--warmup: auto does not go with --slo; write a time such as 5s'
