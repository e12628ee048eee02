#!/bin/sh
# Measures the CPU time of a request in the client: redis-benchmark, valkey-benchmark and
# mptcp-bench load take turns with one redis-server on loopback, all with 50 connections, no
# pipeline, one thread and 4 KiB values. It is CPU time, not wall time. Still, on a busy machine a
# client that waits more spends more on being woken, so expect ratios 0.05 higher there. Exit status
# 1 if a median of the ratios is above the target. valkey-benchmark is that of
# tests/userland/make.sh if it is not on the path.
#   usage: generator_cost.sh [path of mptcp-bench] [rounds]
set -eu
bench=${1:-build/mptcp-bench}
rounds=${2:-15}
PATH=$PATH:$(dirname "$bench")/userland/bin
for rival in redis-benchmark valkey-benchmark; do
  command -v "$rival" >/dev/null || {
    echo "no $rival; run: tests/userland/make.sh" >&2
    exit 2
  }
done
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
REQUESTS, TARGET = 40_000, 0.5
RIVALS = ["redis-benchmark", "valkey-benchmark"]

def cpu_us(command):
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command}: {out}")
    return (usage.ru_utime + usage.ru_stime) * 1e6, out

def cost_of(client, op):
    if client == "mptcp-bench":
        return ours(op)
    us, _ = cpu_us([client, "-p", port, "-c", "50", "-n", str(REQUESTS), "-d", "4096",
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
cost_of(RIVALS[0], "set")  # fills the keys of the rivals, which are the same
worst = 0
for op in "get", "set":
    clients = ["mptcp-bench", *RIVALS]
    costs = {client: [] for client in clients}
    for i in range(rounds):
        for client in clients[i % 3:] + clients[:i % 3]:
            costs[client].append(cost_of(client, op))
    mine = costs["mptcp-bench"]
    for rival in RIVALS:
        ratios = [b / a for a, b in zip(costs[rival], mine)]
        ratio = statistics.median(ratios)
        worst = max(worst, ratio)
        print(f"{op} 4k: {rival} {statistics.median(costs[rival]):.2f} us/request, mptcp-bench "
              f"{statistics.median(mine):.2f}, ratio {ratio:.3f} (target {TARGET}); ratios "
              + " ".join(f"{each:.3f}" for each in ratios))
sys.exit(worst > TARGET)
PYTHON
python3 /dev/fd/3 "$bench" "$rounds" "$port"
