#!/usr/bin/env python3
"""Measures the cost of the timeline: CPU time per request of the whole experiment (load, store,
emulator, orchestrator) with rows every 100 ms and without a timeline, in turns, over links without
a limit, where only the CPU limits throughput. Prints the median ratio and its interval (exact, from
the sign test). CPU time is used because other programs on the machine affect wall time.

  tests/bench/timeline_cost.py [ROUNDS]     12 by default, of two runs of 3 s each
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile

rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 12
with tempfile.NamedTemporaryFile("w", suffix=".json") as scenario:
    json.dump({"links": [{"name": "link1"}, {"name": "link2"}]}, scenario)
    scenario.flush()

    def cpu_us(timeline, seed):
        before = os.times()
        # The run may be invalid: without a limit the emulator is late, which does not matter here.
        out = subprocess.run(["build/mptcp-bench", "--scenario", scenario.name,
                              "--store", "builtin", "--proto", "mptcp", "--op", "get",
                              "--size", "1k", "--warmup", "500ms", "--duration", "3s",
                              "--timeline", timeline, "--seed", str(seed), "--json"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        after = os.times()
        cpu = (after.children_user + after.children_system
               - before.children_user - before.children_system)
        return 1e6 * cpu / json.loads(out.stdout)["runs"][0]["requests"]

    ratios = []
    for i in range(rounds):
        order = ["100ms", "off"] if i % 2 == 0 else ["off", "100ms"]
        figures = {timeline: cpu_us(timeline, i) for timeline in order}
        ratios.append(figures["100ms"] / figures["off"])
        print(f"round {i + 1:2}: {figures['100ms']:7.2f} us with, "
              f"{figures['off']:7.2f} us without, ratio {ratios[-1]:.3f}", flush=True)
ratios.sort()


def beyond(k):
    """The probability that k or fewer of the ratios are on one side of the true median."""
    below = 0
    term = 0.5 ** rounds
    for i in range(k + 1):
        below += term
        term = term * (rounds - i) / (i + 1)
    return below


k = 0
while beyond(k) <= 0.025:
    k += 1
if k > 0:
    print(f"with / without: median {statistics.median(ratios):.3f}, "
          f"at least 95 % interval {ratios[k - 1]:.3f} to {ratios[rounds - k]:.3f}")
else:
    print(f"with / without: median {statistics.median(ratios):.3f}; too few rounds for an interval")
