#!/usr/bin/env bash
# Measures the client's peak memory with 1000 connections and 16 KiB values, GET and SET, without
# and with a pipeline. Exit status 1 above 128 MiB.
#   usage: memory.sh [path of mptcp-bench]
set -eu
bench=${1:-build/mptcp-bench}
dir=$(mktemp -d)
port=$((20000 + $$ % 10000))
ulimit -n "$(ulimit -Hn)"
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --maxclients 2000 \
  --dir "$dir" >"$dir/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
until redis-cli -p "$port" ping >/dev/null 2>&1; do sleep 0.1; done
"$bench" load -p "$port" --size 16k --fill
worst=0
for op in get set; do
  for pipeline in 1 16; do
    kib=$(python3 -c 'import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
sys.exit("the load failed") if status else print(usage.ru_maxrss)' \
    "$bench" load -p "$port" -c 1000 \
      -P "$pipeline" --op "$op" --size 16k --warmup 1s --duration 3s)
    echo "$op 16k, 1000 connections, pipeline $pipeline: $((kib / 1024)) MiB at most (target 128)"
    [ "$kib" -le "$worst" ] || worst=$kib
  done
done
[ "$worst" -le $((128 * 1024)) ]
