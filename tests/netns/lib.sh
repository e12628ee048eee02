# shellcheck shell=bash disable=SC2034
# Sourced by every test in this folder: one short file a behaviour, exit 0 passed, 1 failed, 77
# skipped with the reason on stdout.
#
# Each test runs in PID, mount and network namespaces of its own, with an empty /tmp. So it cannot
# see or disturb what else runs on this machine, kernel settings can be turned at will, and "nothing
# is left behind" is checked at the end of every one of them, exactly: no process, no interface, no
# mount of a namespace, no file. A network namespace lives by a process, a descriptor or a mount, so
# when none of the three is left, none of them is either.
#
#   MPTCP_BENCH  the program under test (build/mptcp-bench)
#   MPB_MUST     1 turns a skip for a missing capability into a failure: for CI, which must not pass
#                by skipping
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
bench=$(realpath "${MPTCP_BENCH:-$root/build/mptcp-bench}")

skip() {
  echo "skipped: $*"
  [ "${MPB_MUST:-0}" = 1 ] && exit 1
  exit 77
}
# For what the machine truly cannot do, in CI too.
skip_always() { echo "skipped: $*" && exit 77; }

if [ -z "${MPB_TEST_INSIDE:-}" ]; then
  isolate=(unshare --mount --pid --net --fork --kill-child --mount-proc)
  [ "$(id -u)" = 0 ] || isolate+=(--user --map-root-user)
  "${isolate[@]}" true 2>/dev/null ||
    skip "may not make namespaces here: $("${isolate[@]}" true 2>&1)"
  MPB_TEST_INSIDE=1 exec "${isolate[@]}" bash "$0" "$@"
fi

fail() {
  echo "FAILED: $*"
  for stream in out err; do
    [ ! -s "$work/$stream" ] || { echo "--- std$stream:" && tail -n 30 "$work/$stream"; }
  done
  exit 1
}

# --- the world of the test ---

ip link set lo up
# A checkout below /tmp cannot be hidden: then what others do there is theirs, and only the folders
# of this test are looked at.
own_tmp=yes
case $root/ in /tmp/*) own_tmp= ;; *) mount -t tmpfs none /tmp ;; esac
work=$(mktemp -d)
children=()
cd "$work" || exit 1
mkdir cwd && cd cwd || exit 1
result=$work/result.json

# Everything that could be left behind. The test's own $work is not part of it; its working
# directory is.
leftovers() {
  ip -br link | sed 's/^/interface /' | grep -v '^interface lo '
  findmnt -n -t nsfs -o TARGET | sed 's/^/namespace /'
  find /run/netns -mindepth 1 2>/dev/null | sed 's/^/named namespace /'
  find . -mindepth 1 | sed 's/^/file /'
  [ -z "$own_tmp" ] || find /tmp -mindepth 1 -path "$work" -prune -o -print | sed 's/^/file /'
  find "$work" -name '*.partial' | sed 's/^/file /'
}
before=$(leftovers)

# In this PID namespace every process is ours: the test itself is process 1.
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

# --- what a test needs ---

need() {
  local program
  for program; do command -v "$program" >/dev/null || skip "$program is not installed"; done
}
need jq ip findmnt

# A host on which no links can be made says so itself, with exit code 77.
need_links() {
  "$bench" lab --store none -- true >"$work/out" 2>"$work/err" && return
  [ $? = 77 ] && skip "$(tail -n 1 "$work/err")"
  fail "lab does not work here"
}

# --- what a test does and expects ---

# Short runs: these tests are about what happens, not about figures.
quick=(--warmup 200ms --duration 500ms -c 10)

# expect_exit STATUS COMMAND...: its output is then in $work/out and $work/err.
expect_exit() {
  local want=$1 status=0
  shift
  timeout -k 5 60 "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
  [ "$status" = "$want" ] || fail "exit status $status, expected $want: $*"
}

# expect_run STATUS OPTIONS...: the main job with its result in $result. A run that is invalid only
# because this machine was too busy with other things for the links says nothing against the
# program: there are three attempts to have none, and in the last it counts as valid, and `reasons`
# does not list it.
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

expect_stdout() { grep -qF -- "$1" "$work/out" || fail "stdout does not say: $1"; }
expect_stderr() { grep -qF -- "$1" "$work/err" || fail "stderr does not say: $1"; }

# The whole of stderr is this one line.
expect_error() {
  [ "$(cat "$work/err")" = "mptcp-bench: $1" ] || fail "stderr is not just: mptcp-bench: $1"
}

# expect_field JQ-PATH VALUE: of $result; neither null nor false, which jq reports as a failure.
expect_field() {
  local is
  is=$(query "$1") || fail "no $1 in the result"
  [ "$is" = "$2" ] || fail "$1 is $is, expected $2"
}

# expect_true JQ-CONDITION: about $result.
expect_true() {
  query "$1" >/dev/null ||
    fail "not so: $1 ($(jq -c '.runs[] | del(.latency_ns, .commands, .timeline)' "$result"))"
}

wait_until() {
  local i
  for ((i = 0; i < 200; i++)); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.05
  done
  fail "has not come about within 10 s: $*"
}

# with_store [SERVE-OPTIONS]: the built-in store, at $STORE.
with_store() {
  "$bench" serve --port 0 "$@" >"$work/store" 2>&1 &
  children+=($!)
  wait_until grep -q '^serving on' "$work/store"
  STORE=$(sed -n 's/^serving on \([^ ]*\) .*/\1/p' "$work/store")
}

# with_redis [LINE-OF-CONFIGURATION...]: a redis-server over TCP, at $STORE.
with_redis() {
  need redis-server redis-cli
  printf '%s\n' 'port 7379' 'save ""' "dir $work" "$@" | redis-server - >"$work/redis.log" 2>&1 &
  children+=($!)
  STORE=127.0.0.1:7379
  wait_until redis-cli -p 7379 ping # an error reply (NOAUTH) is an answer too
}

# kill_in_second_run PROCESS REASON OPTIONS...: SIGKILL to that process in the measured window of
# the second of two runs.
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

# The process among this test's whose command line matches; nothing when there is none.
process_of() {
  local directory
  for directory in /proc/[0-9]*; do
    [ "$directory" != /proc/$$ ] && tr '\0' ' ' <"$directory/cmdline" | grep -q -- "$1" &&
      echo "${directory#/proc/}" && return
  done 2>/dev/null
  return 1
}
