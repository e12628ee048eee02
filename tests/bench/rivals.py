#!/usr/bin/env python3
"""Prints how much CPU time other programs took in the runs of results, and how long the store and
the load waited for a CPU.

    tests/bench/rivals.py RESULT...

One line per run over links of our emulator: the CPU time of other programs (that of this host
without load, store and emulator, plus the time that the hypervisor stole) in per cent of one CPU,
the longest wait in per cent of the window, and the throughput relative to the median of those runs
of the cell in which other programs took no more than the limit. The limits are those of
src/experiment/limits.hh.
"""
import json
import statistics
import sys

MOST_TAKEN, MOST_WAITED = 25, 5

for path in sys.argv[1:] or sys.exit(__doc__):
    with open(path, encoding="utf-8") as text:
        result = json.load(text)
    cells = {}
    for run in result["runs"]:
        cpu, attendance = run["cpu"], run.get("attendance", {})
        if "system_pct" not in cpu or "emulator_pct" not in cpu:
            continue
        taken = (cpu["system_pct"] - sum(cpu["load_threads_pct"]) - cpu["store_pct"]
                 - cpu["emulator_pct"] + cpu.get("nice_pct", 0)
                 + cpu.get("steal_pct", 0) * result["environment"]["cpus"])
        waits = [its["waited_ns"] for its in attendance["load_threads"] + [attendance["store"]]]
        waited = max(waits) / (run["duration_s"] * 1e7)
        cells.setdefault((run["op"], run["values"], run["proto"]), []).append((run, taken, waited))
    for cell, runs in cells.items():
        quiet = [run["throughput_rps"] for run, taken, _ in runs if taken <= MOST_TAKEN]
        for run, taken, waited in runs:
            change = "-"
            if quiet:
                change = f"{run['throughput_rps'] / statistics.median(quiet) - 1:+.1%}"
            refused = "refused" if taken > MOST_TAKEN and waited > MOST_WAITED else "kept"
            print(f"{path} {' '.join(cell)}: taken {taken:.0f} %, waited {waited:.1f} %, {change}, "
                  f"{refused}")
