#!/bin/sh
# Measures the CPU time of a request in the client: redis-benchmark and mptcp-bench load take turns
# with one redis-server on loopback, both with 50 connections, no pipeline, one thread and 4 KiB
# values. It is CPU time, not wall time. Still, on a busy machine a client that waits more spends
# more on being woken, so expect ratios 0.05 higher there. Exit status 1 if a ratio is above the
# target.
#   usage: generator_cost.sh [path of mptcp-bench] [rounds]
set -eu
bench=${1:-build/mptcp-bench}
rounds=${2:-15}
dir=$(mktemp -d)
port=$((20000 + $$ % 10000))
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$dir" \
  >"$dir/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
until redis-cli -p "$port" ping >/dev/null 2>&1; do sleep 0.1; done

exec 3<<'PYTHON'
import json, os, statistics, subprocess, sys

bench, rounds, port = sys.argv[1], int(sys.argv[2]), sys.argv[3]
REQUESTS, TARGET = 40_000, 0.6

def cpu_us(command):
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command}: {out}")
    return (usage.ru_utime + usage.ru_stime) * 1e6, out

def theirs(op):
    us, _ = cpu_us(["redis-benchmark", "-p", port, "-c", "50", "-n", str(REQUESTS), "-d", "4096",
                    "-r", "1000", "-t", op, "-q"])
    return us / REQUESTS

def ours(op):
    # Without warm-up and with requests under way at the end, so that every request counts that took
    # CPU time.
    us, out = cpu_us([bench, "load", "-p", port, "-c", "50", "-r", "1000", "--op", op,
                      "--size", "4k", "--warmup", "0s", "--duration", "1s", "--json"])
    outcome = json.loads(out)
    if outcome["errors"] or outcome["misses"]:
        sys.exit(f"not a clean run: {outcome['errors']}, {outcome['misses']} misses")
    return us / (outcome["requests"] + outcome["censored"])

subprocess.run([bench, "load", "-p", port, "-r", "1000", "--size", "4k", "--fill"], check=True)
theirs("set")  # fills redis-benchmark's keys
worst = 0
for op in "get", "set":
    pairs = []
    for i in range(rounds):
        first, second = (theirs, ours) if i % 2 == 0 else (ours, theirs)
        a, b = first(op), second(op)
        pairs.append((a, b) if i % 2 == 0 else (b, a))
    ratio = statistics.median(b / a for a, b in pairs)
    worst = max(worst, ratio)
    theirs_us, ours_us = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    ratios = " ".join(f"{b / a:.3f}" for a, b in pairs)
    print(f"{op} 4k: redis-benchmark {theirs_us:.2f} us/request, mptcp-bench {ours_us:.2f}, "
          f"ratio {ratio:.3f} (target {TARGET}); ratios {ratios}")
sys.exit(worst > TARGET)
PYTHON
python3 /dev/fd/3 "$bench" "$rounds" "$port"
