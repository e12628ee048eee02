#!/usr/bin/env python3
"""What others took of the CPU in the runs of results, and how long store and load waited for one.

    tests/bench/rivals.py RESULT...

A line for each run over links of our emulator: what others took (this host's CPU time without that
of load, store and emulator, and with what the hypervisor stole) in per cent of one CPU, the longest
wait in per cent of the window, and throughput against the median of the cell's runs in which others
took no more than the limit. The limits are those of src/experiment/limits.hh.
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
            change = f"{run['throughput_rps'] / statistics.median(quiet) - 1:+.1%}" if quiet else "-"
            refused = "refused" if taken > MOST_TAKEN and waited > MOST_WAITED else "kept"
            print(f"{path} {' '.join(cell)}: taken {taken:.0f} %, waited {waited:.1f} %, {change}, {refused}")
