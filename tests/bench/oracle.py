#!/usr/bin/env python3
"""Compares lossless cells with the wire model: TCP on one link, MPTCP on two. Prints the measured
throughput, the model and their ratio, and the lateness of the emulator (p99). Exits with 1 if a
ratio is beyond its bounds.

  tests/bench/oracle.py [REPEAT]     blocks, 3 by default

The ratio is that of the median of the valid blocks, because the best block would hide an emulator
that is usually too slow. Run it on an idle machine, because a busy one lowers throughput.
"""
import json
import statistics
import subprocess
import sys

from wire_model import ceiling_rps

RATE = 100e6
SIZES = {"4k": 4096, "16k": 16384}
TCP_WITHIN = 0.02  # of the model, in either direction
MPTCP_LEAST = 0.9  # of two links, for GET 16k, which fills both
repeat = sys.argv[1] if len(sys.argv) > 1 else "3"
out = subprocess.run(["build/mptcp-bench", "--scenario", "two-clean-links", "--op", "get,set",
                      "--size", ",".join(SIZES), "-c", "200", "--warmup", "2s", "--repeat", repeat,
                      "--json"], stdout=subprocess.PIPE)
runs = json.loads(out.stdout)["runs"]
print(f"{'op':4} {'value':6} {'proto':6} {'req/s':>9} {'model':>9} {'ratio':>7} {'late ms':>8}"
      "  all blocks")
missed = []
for size, value in SIZES.items():
    for op in ("get", "set"):
        for proto in ("tcp", "mptcp"):
            cell = [r for r in runs if (r["op"], r["values"], r["proto"]) == (op, size, proto)]
            good = [r["throughput_rps"] for r in cell if r["valid"]]
            late = ", ".join(f"{r['emulator']['lateness_ns']['p99'] / 1e6:.1f}" for r in cell
                             if r["valid"] and "emulator" in r)
            if not good:
                print(f"{op:4} {size:6} {proto:6} no valid run: {cell[0]['invalid_reasons']}")
                missed.append(f"{op} {size} {proto}")
                continue
            model = ceiling_rps(op, value, RATE, proto == "mptcp") * (2 if proto == "mptcp" else 1)
            median = statistics.median(good)
            ratio = median / model
            print(f"{op:4} {size:6} {proto:6} {median:9.1f} {model:9.1f} {ratio:7.3f} {late:>8}"
                  f"  {' '.join(f'{g:.1f}' for g in good)}")
            bounds = None
            if proto == "tcp":
                bounds = 1 - TCP_WITHIN, 1 + TCP_WITHIN
            elif (op, size) == ("get", "16k"):
                bounds = MPTCP_LEAST, 1 + TCP_WITHIN
            if bounds is not None and not bounds[0] <= ratio <= bounds[1]:
                missed.append(f"{op} {size} {proto}")
print("beyond the bounds: " + ", ".join(missed) if missed else
      f"medians of TCP within {TCP_WITHIN:.0%} of the model, of MPTCP GET 16k from "
      f"{MPTCP_LEAST:.0%} to {1 + TCP_WITHIN:.0%} of two links")
sys.exit(1 if missed else 0)
