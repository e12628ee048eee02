#!/usr/bin/env python3
"""Compares redis-benchmark and mptcp-bench over the same links, with the same store: prints the
ratio of their closed-loop throughputs. They take turns.

  build/mptcp-bench lab two-clean-links --store redis --proto tcp -- \\
    python3 tests/bench/peers.py [ROUNDS]
"""
import json
import os
import statistics
import subprocess
import sys

HOST, PORT = os.environ["STORE_HOST"], os.environ["STORE_PORT"]
CONNECTIONS, SECONDS = 50, 5
# redis-benchmark counts from its first connection to its last reply. In this time the start of the
# links does not matter.
THEIR_SECONDS = 15
rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3


def ours(op, size):
    command = ["build/mptcp-bench", "load", "-h", HOST, "-p", PORT, "--op", op, "--size", size,
               "-c", str(CONNECTIONS), "--warmup", "1s", "--duration", f"{SECONDS}s", "--json"]
    outcome = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return outcome["requests"] / outcome["duration_s"]


def theirs(op, size_bytes, requests):
    command = ["redis-benchmark", "-h", HOST, "-p", PORT, "-t", op, "-d", str(size_bytes),
               "-c", str(CONNECTIONS), "-n", str(requests), "--csv"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    rows = done.stdout.strip().splitlines()
    return float(rows[-1].split(",")[1].strip('"'))


print(f"{'op':4} {'value':6} {'mptcp-bench':>12} {'redis-benchmark':>16} {'ratio':>7}"
      "   ratio of each round")
worst = 0
for size, size_bytes in (("4k", 4096), ("16k", 16384)):
    for op in ("set", "get"):
        subprocess.run(["redis-cli", "-h", HOST, "-p", PORT, "-x", "set", "key:__rand_int__"],
                       input=b"x" * size_bytes, stdout=subprocess.DEVNULL, check=True)
        subprocess.run(["build/mptcp-bench", "load", "-h", HOST, "-p", PORT, "--fill",
                        "--size", size], check=True)
        a, b = [], []
        for _ in range(rounds):
            a.append(ours(op, size))
            b.append(theirs(op, size_bytes, int(a[-1] * THEIR_SECONDS)))
        ratios = [x / y for x, y in zip(a, b)]
        ratio = statistics.median(ratios)
        worst = max(worst, abs(ratio - 1))
        print(f"{op:4} {size:6} {statistics.median(a):12.1f} {statistics.median(b):16.1f}"
              f" {ratio:7.3f}   {' '.join(f'{each:.3f}' for each in ratios)}")
print(f"furthest from 1: {worst:.3f}")
sys.exit(1 if worst > 0.05 else 0)
