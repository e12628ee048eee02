#!/usr/bin/env bash
# Measures the client's peak memory for each of 10,000 connections, and the time until all are
# ready: TCP and MPTCP over loopback, with the built-in store, redis-server and valkey-server, GET
# and SET of 16 KiB values, and 1000 connections with a pipeline. Exit status 1 above 24 KiB or 5 s.
# redis-server has no MPTCP. valkey-server is that of tests/userland/make.sh if it is not on the
# path.
#   usage: memory.sh [path of mptcp-bench]
set -eu
bench=$(realpath "${1:-build/mptcp-bench}")
PATH=$PATH:$(dirname "$bench")/userland/bin
dir=$(mktemp -d)
port=$((20000 + $$ % 10000))
ulimit -n "$(ulimit -Hn)"
server=none
stop() {
  kill "$server" 2>/dev/null || return 0
  wait "$server" 2>/dev/null || true
}
trap 'stop; rm -rf "$dir"' EXIT
options=(--port "$port" --bind 127.0.0.1 --save '' --appendonly no --maxclients 10100 --dir "$dir")
worst=0

# measure STORE PROTO OPTIONS...
measure() {
  local status=0
  python3 - "$bench" load -p "$port" --proto "$2" --size 16k -r 100 --warmup 1s --duration 2s \
    --events "${@:3}" <<'PYTHON' >"$dir/out" || status=$?
import json, os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)
lines = [json.loads(line) for line in child.stdout]
_, status, usage = os.wait4(child.pid, 0)
child.returncode = os.waitstatus_to_exitcode(status)
connections = int(sys.argv[sys.argv.index("-c") + 1])
ready, kib = lines[0]["elapsed_s"], usage.ru_maxrss / connections
outcome = lines[-1]["outcome"]
print(f"{kib:.1f} KiB each (target 24), ready after {ready:.2f} s (target 5), "
      f"{outcome['requests']} requests, {sum(outcome['errors'].values())} errors")
sys.exit(child.returncode or (1 if kib > 24 or ready > 5 else 0))
PYTHON
  echo "$1, $2, ${*:3}: $(cat "$dir/out")"
  [ "$status" = 0 ] || worst=1
}

for store in builtin redis-server valkey-server; do
  case $store in
    builtin) "$bench" serve --port "$port" --proto mptcp >"$dir/log" 2>&1 & ;;
    redis-server) redis-server "${options[@]}" >"$dir/log" 2>&1 & ;;
    valkey-server) valkey-server "${options[@]}" --mptcp yes >"$dir/log" 2>&1 & ;;
  esac
  server=$!
  until redis-cli -p "$port" ping >/dev/null 2>&1; do sleep 0.1; done
  "$bench" load -p "$port" --size 16k -r 100 --fill
  for proto in tcp mptcp; do
    [ "$store $proto" != "redis-server mptcp" ] || continue
    for op in get set; do
      measure "$store" "$proto" --op "$op" -c 10000
      measure "$store" "$proto" --op "$op" -c 1000 -P 16
    done
  done
  stop
done
exit "$worst"
