#!/bin/bash
# docs/ci/virtme-exec-run.sh measures with the program of the tarball, and its exit status and its
# subtests are those that run_cmd of mptcp-upstream-virtme-docker expects.
. "$(dirname "$0")/lib.sh"
need esbuild jq ip ethtool
built make_tarball
tar -C "$work" -xf "$(ls "$packages"/mptcp-bench-*.tar.xz)"
file=$(ls "$work"/mptcp-bench-*/share/doc/mptcp-bench/virtme-exec-run.sh)

# run_cmd of the project runs its arguments, reads the exit status as that of a selftest, and takes
# the subtests from the lines after one that begins with "TAP version".
cat >"$work/virtme" <<'SH'
run_cmd() {
  "$@" >"$TMPDIR/seen" 2>&1
  echo $? >"$TMPDIR/status"
}
source "$1"
SH
# outcome STATUS OPTIONS RULE: of the file, with shorter runs.
outcome() {
  sed -e "s/^mptcp_bench_options=.*/mptcp_bench_options=($2)/" \
    -e "s|^mptcp_bench_rules=.*|mptcp_bench_rules=(--fail-if '$3')|" \
    "$file" >"$work/.virtme-exec-run"
  TMPDIR=$work bash "$work/virtme" "$work/.virtme-exec-run" || fail 'the file ends with an error'
  cp "$work/seen" "$work/out"
  [ "$(cat "$work/status")" = "$1" ] || fail "exit status $(cat "$work/status"), expected $1"
}
short='--store builtin --links tun --op get --size 4k -c 20 --warmup 200ms --duration 500ms'
outcome 0 "$short --repeat 6" 'mptcp/tcp throughput get/4k < 0.01'
sed -n '/^TAP version 13$/,$p' "$work/seen" | grep -q '^ok 1 ' || fail 'no subtest that passes'
outcome 1 "$short --repeat 6" 'mptcp/tcp throughput get/4k < 100'
sed -n '/^TAP version 13$/,$p' "$work/seen" | grep -q '^not ok 1 ' || fail 'no subtest that fails'
outcome 4 "$short --repeat 6 --congestion nonesuch" 'mptcp/tcp throughput get/4k < 0.01'
outcome 1 "$short --repeat 6" 'mptcp/tcp throughput get/9k < 1' # wrong rules
