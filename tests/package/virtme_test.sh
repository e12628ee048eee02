#!/bin/bash
# docs/ci/virtme-exec-run.sh measures with the program of the tarball, and its exit status and its
# subtests are those that run_cmd of mptcp-upstream-virtme-docker expects.
. "$(dirname "$0")/lib.sh"
need esbuild python3 ip ethtool
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
# outcome STATUS OPTIONS RULE: of the file with these.
outcome() {
  sed -e "s/^mptcp_bench_options=.*/mptcp_bench_options=($2)/" \
    -e "s|^mptcp_bench_rules=.*|mptcp_bench_rules=(--fail-if '$3')|" \
    "$file" >"$work/.virtme-exec-run"
  TMPDIR=$work bash "$work/virtme" "$work/.virtme-exec-run" || fail 'the file ends with an error'
  cp "$work/seen" "$work/out"
  [ "$(cat "$work/status")" = "$1" ] || fail "exit status $(cat "$work/status"), expected $1"
}
subtest() {
  sed -n '/^TAP version 13$/,$p' "$work/out" | grep -q "^$1 1 mptcp/tcp" || fail "no subtest: $1"
}

# Measurements of this machine. All may be invalid because it is busy, which a gate refuses.
options='--store builtin --links tun --op get --size 4k -c 20 --warmup 200ms --duration 500ms'
rule='mptcp/tcp throughput get/4k < 0.01'
(outcome 0 "$options --repeat 6" "$rule" && subtest ok) >"$work/first" ||
  grep -qF 'this machine is too busy' "$work/first" ||
  { cat "$work/first" && fail 'no measurement'; }
outcome 4 "$options --repeat 6 --congestion nonesuch" "$rule" # this kernel cannot measure
outcome 1 "$options --repeat 6" 'mptcp/tcp throughput get/9k < 1' # no such cell
outcome 1 "$options --repeat 2" "$rule" # too few blocks

# A result with known answers, instead of a measurement.
bench=$(ls "$work"/mptcp-bench-*/bin/mptcp-bench)
mv "$bench" "$bench.real"
python3 "$root/tests/page/make_result.py" 10 >"$work/known.json"
cat >"$bench" <<SH
#!/bin/sh
[ "\$1" != gate ] || exec "$bench.real" "\$@"
while [ \$# -gt 1 ]; do shift; done
cp "$work/known.json" "\$1" # the last word is that of -o
SH
chmod +x "$bench"
outcome 0 "$options --repeat 10" 'mptcp/tcp throughput get/4k < 0.01'
subtest ok
outcome 1 "$options --repeat 10" 'mptcp/tcp throughput get/4k < 100'
subtest 'not ok'
