# shellcheck shell=bash disable=SC2034
# Sourced by every test in this folder. Each is a short file about one behaviour. Exit status: 0
# passed, 1 failed, 77 skipped, with the reason on stdout.
#
# Each test runs in its own PID, mount and network namespaces, with an empty /tmp. It cannot see or
# disturb other programs, may change kernel settings, and ends with a check that nothing is left
# behind: no process, interface, mount of a namespace or file. A network namespace exists as long as
# a process, a descriptor or a mount refers to it, so if none of these is left, no namespace is
# either.
#
#   MPTCP_BENCH  the program under test (build/mptcp-bench)
#   MPB_MUST     1: a test that is skipped because something is missing has failed (for CI)
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
bench=$(realpath "${MPTCP_BENCH:-$root/build/mptcp-bench}")

skip() {
  echo "skipped: $*"
  [ "${MPB_MUST:-0}" = 1 ] && exit 1
  exit 77
}
# For tests that the machine cannot run at all, in CI too.
skip_always() { echo "skipped: $*" && exit 77; }

if [ -z "${MPB_TEST_INSIDE:-}" ]; then
  isolate=(unshare --mount --pid --net --fork --kill-child --mount-proc)
  [ "$(id -u)" = 0 ] || isolate+=(--user --map-root-user)
  "${isolate[@]}" true 2>/dev/null ||
    skip "namespaces are not permitted here: $("${isolate[@]}" true 2>&1)"
  MPB_TEST_INSIDE=1 exec "${isolate[@]}" bash "$0" "$@"
fi

fail() {
  echo "FAILED: $*"
  for stream in out err; do
    [ ! -s "$work/$stream" ] || { echo "--- std$stream:" && tail -n 30 "$work/$stream"; }
  done
  exit 1
}

# --- the environment of the test ---

ip link set lo up
# A checkout below /tmp cannot be hidden. Other programs may then write to /tmp, so only the folders
# of this test are checked.
own_tmp=yes
case $root/ in /tmp/*) own_tmp= ;; *) mount -t tmpfs none /tmp ;; esac
work=$(mktemp -d)
children=()
cd "$work" || exit 1
mkdir cwd && cd cwd || exit 1
result=$work/result.json

# Prints everything that could be left behind. The test's own $work does not count, but its working
# directory does.
leftovers() {
  ip -br link | sed 's/^/interface /' | grep -v '^interface lo '
  findmnt -n -t nsfs -o TARGET | sed 's/^/namespace /'
  find /run/netns -mindepth 1 2>/dev/null | sed 's/^/named namespace /'
  find . -mindepth 1 | sed 's/^/file /'
  [ -z "$own_tmp" ] || find /tmp -mindepth 1 -path "$work" -prune -o -print | sed 's/^/file /'
  find "$work" -name '*.partial' | sed 's/^/file /'
}
before=$(leftovers)

# All processes of this PID namespace belong to the test, which is process 1.
processes() {
  local directory name
  for directory in /proc/[0-9]*; do
    [ "${directory#/proc/}" != $$ ] && [ "${directory#/proc/}" != "$BASHPID" ] || continue
    read -r name <"$directory/comm" && read -r _ _ state _ <"$directory/stat" &&
      [ "$state" != Z ] && echo "process ${directory#/proc/} $name"
  done 2>/dev/null
}

nothing_left() {
  local left="" i
  for ((i = 0; i < 100; i++)); do
    processes >"$work/processes"
    left=$(cat "$work/processes"; diff <(echo "$before") <(leftovers) | grep '^>')
    [ -n "$left" ] || return 0
    sleep 0.05
  done
  echo "left behind:" && echo "$left"
  return 1
}

finish() {
  local status=$?
  trap - EXIT
  for child in "${children[@]}"; do
    kill -KILL "$child" 2>/dev/null && wait "$child" 2>/dev/null
  done
  [ $status -ne 0 ] || nothing_left || status=1
  cd / && rm -rf "$work"
  exit $status
}
trap finish EXIT

# --- requirements of a test ---

need() {
  local program
  for program; do command -v "$program" >/dev/null || skip "$program is not installed"; done
}
need jq ip findmnt

# If a host cannot make links, mptcp-bench reports it with exit code 77.
need_links() {
  "$bench" lab --store none -- true >"$work/out" 2>"$work/err" && return
  [ $? = 77 ] && skip "$(tail -n 1 "$work/err")"
  fail 'mptcp-bench lab fails here'
}

# --- actions and expectations of a test ---

# Short runs: these tests check behaviour, not figures.
quick=(--warmup 200ms --duration 500ms -c 10)

# expect_exit STATUS COMMAND...: the output is in $work/out and $work/err.
expect_exit() {
  local want=$1 status=0
  shift
  timeout -k 5 60 "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
  [ "$status" = "$want" ] || fail "exit status $status, expected $want: $*"
}

# expect_run STATUS OPTIONS...: an experiment with its result in $result. If a run is invalid only
# because this machine was busy with other programs, the experiment is repeated, three attempts in
# total. In the last one such a run counts as valid, and `reasons` does not list that reason.
expect_run() {
  local want=$1 status attempt
  shift
  for attempt in 1 2 3; do
    rm -f "$result"
    status=0
    timeout -k 5 60 "${as_user[@]}" "$bench" --quiet -o "$result" "$@" \
      >"$work/out" 2>"$work/err" </dev/null || status=$?
    [ $status = 1 ] && [ -s "$result" ] &&
      query 'any(.runs[].invalid_reasons[]; contains("this machine is too busy"))' >/dev/null ||
      break
    echo "attempt $attempt: this machine was too busy" >&2
  done
  [ $status != 1 ] || [ ! -s "$result" ] || ! query '[.runs[] | reasons[]] == []' >/dev/null ||
    status=0
  [ $status = "$want" ] || fail "exit status $status, expected $want: $*"
}
as_user=()

query() {
  jq -er 'def reasons: .invalid_reasons
    | map(select(contains("this machine is too busy") | not)); '"$1" "$result"
}

expect_stdout() { grep -qF -- "$1" "$work/out" || fail "stdout does not contain: $1"; }
expect_stderr() { grep -qF -- "$1" "$work/err" || fail "stderr does not contain: $1"; }

# stderr is exactly this line.
expect_error() {
  [ "$(cat "$work/err")" = "mptcp-bench: $1" ] || fail "stderr is not exactly: mptcp-bench: $1"
}

# expect_field JQ-PATH VALUE: a field of $result. VALUE cannot be null or false, which jq reports as
# failures.
expect_field() {
  local is
  is=$(query "$1") || fail "no $1 in the result"
  [ "$is" = "$2" ] || fail "$1 is $is, expected $2"
}

# expect_true JQ-CONDITION: a condition on $result.
expect_true() {
  query "$1" >/dev/null ||
    fail "not true: $1 ($(jq -c '.runs[] | del(.latency_ns, .commands, .timeline)' "$result"))"
}

wait_until() {
  local i
  for ((i = 0; i < 200; i++)); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.05
  done
  fail "did not succeed within 10 s: $*"
}

# with_store [SERVE-OPTIONS]: starts the built-in store, at $STORE.
with_store() {
  "$bench" serve --port 0 "$@" >"$work/store" 2>&1 &
  children+=($!)
  wait_until grep -q '^serving on' "$work/store"
  STORE=$(sed -n 's/^serving on \([^ ]*\) .*/\1/p' "$work/store")
}

# with_redis [LINE-OF-CONFIGURATION...]: starts a redis-server over TCP, at $STORE.
with_redis() {
  need redis-server redis-cli
  printf '%s\n' 'port 7379' 'save ""' "dir $work" "$@" | redis-server - >"$work/redis.log" 2>&1 &
  children+=($!)
  STORE=127.0.0.1:7379
  wait_until redis-cli -p 7379 ping # an error reply (NOAUTH) suffices
}

# kill_in_second_run PROCESS REASON OPTIONS...: sends SIGKILL to that process in the measured window
# of the second of two runs.
kill_in_second_run() {
  local process=$1 reason=$2 run
  shift 2
  "$bench" --quiet --store builtin --proto tcp --op get --size 1k,2k --warmup 200ms --duration 2s \
    -o "$result" "$@" >"$work/out" 2>"$work/err" &
  run=$!
  wait_until test -s "$result"
  wait_until process_of 'load .*--size 2k .*--events'
  sleep 0.5
  kill -KILL "$(process_of "$process")"
  wait $run
  [ $? = 1 ] || fail 'the exit status is not 1'
  expect_field '.runs | length' 2
  expect_true '.runs[0].requests > 0 and (.runs[0] | reasons) == []'
  expect_true '.runs[1].valid | not'
  expect_true ".runs[1].invalid_reasons[0] | startswith(\"$reason\")"
  expect_stdout "run 2 of 2 (tcp get 2k) is not a result: $reason"
}

# process_of PATTERN: prints the process of this test whose command line matches, and fails if there
# is none.
process_of() {
  local directory
  for directory in /proc/[0-9]*; do
    [ "$directory" != /proc/$$ ] && tr '\0' ' ' <"$directory/cmdline" | grep -q -- "$1" &&
      echo "${directory#/proc/}" && return
  done 2>/dev/null
  return 1
}
