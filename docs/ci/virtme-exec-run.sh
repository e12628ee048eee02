# shellcheck shell=bash
# For mptcp-upstream-virtme-docker: compares TCP with MPTCP on the kernel that it has built, instead
# of running the test suite, and reports every rule as a test in TAP. In a kernel tree:
#
#   tar -xf mptcp-bench-VERSION-x86_64.tar.xz     # docs/install.md describes the tarball
#   cp mptcp-bench-VERSION-x86_64/share/doc/mptcp-bench/virtme-exec-run.sh .virtme-exec-run
#   ./.virtme.sh                                  # as for the test suite
#
# docs/ci.md explains the options and the rules.
mptcp_bench_options=(--store builtin --size 16k -c 200 --repeat 10)
mptcp_bench_rules=(--fail-if 'mptcp/tcp throughput * < 1.5')

# The exit status is that of a kernel selftest: 0 passed, 1 failed, 4 skipped.
mptcp_bench() {
  local kernel bench result status=0
  kernel=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
  bench=$(echo "$kernel"/mptcp-bench-*/bin/mptcp-bench)
  [ -x "$bench" ] || { echo "there is not exactly one $bench: unpack a tarball"; return 1; }
  # Before anything is measured: wrong rules and too few blocks are errors.
  "$bench" gate --dry-run "${mptcp_bench_rules[@]}" -- "${mptcp_bench_options[@]}" || return 1
  result=$(mktemp -d)/result.json
  "$bench" --quiet "${mptcp_bench_options[@]}" -o "$result" || status=$?
  case $status in
    0 | 1) ;;      # the gate uses the valid runs, and fails if a protocol has none
    77) return 4 ;; # this kernel or machine cannot measure; the output has the reason
    *) return 1 ;;
  esac
  # run_cmd looks for subtests after a line that begins with "TAP".
  "$bench" gate "$result" "${mptcp_bench_rules[@]}" --ktap |
    sed 's/^KTAP version 1$/TAP version 13/'
  status=${PIPESTATUS[0]}
  case $status in
    0 | 4) return "$status" ;; # 4: inconclusive
    *) return 1 ;;
  esac
}

run_cmd mptcp_bench
