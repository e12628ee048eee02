#!/usr/bin/env python3
"""Lossless cells against the wire model: TCP on one link, MPTCP on two. Prints measured, model and their ratio, and
how late the emulator was (p99); exits 1 beyond the bounds.

  tests/bench/oracle.py [REPEAT]     blocks, 3 by default

The ratio is that of the median of the valid blocks: the best one would hide an emulator that mostly lets too little through. A busy
machine takes away, so run it on one that is not.
"""
import json
import statistics
import subprocess
import sys

from wire_model import ceiling_rps

RATE = 100e6
SIZES = {"4k": 4096, "16k": 16384}
TCP_WITHIN = 0.02         # of the model, either way
MPTCP_LEAST = 0.9         # of two links: GET 16k, of which there are enough to fill both
repeat = sys.argv[1] if len(sys.argv) > 1 else "3"
out = subprocess.run(["build/mptcp-bench", "--scenario", "two-clean-links", "--op", "get,set", "--size", ",".join(SIZES), "-c", "200",
                      "--warmup", "2s", "--repeat", repeat, "--json"], stdout=subprocess.PIPE)
runs = json.loads(out.stdout)["runs"]
print(f"{'op':4} {'value':6} {'proto':6} {'req/s':>9} {'model':>9} {'ratio':>7} {'late ms':>8}  all blocks")
missed = []
for size, value in SIZES.items():
    for op in ("get", "set"):
        for proto in ("tcp", "mptcp"):
            cell = [r for r in runs if (r["op"], r["values"], r["proto"]) == (op, size, proto)]
            good = [r["throughput_rps"] for r in cell if r["valid"]]
            late = ", ".join(f"{r['emulator']['lateness_ns']['p99'] / 1e6:.1f}" for r in cell if r["valid"] and "emulator" in r)
            if not good:
                print(f"{op:4} {size:6} {proto:6} no valid run: {cell[0]['invalid_reasons']}")
                missed.append(f"{op} {size} {proto}")
                continue
            model = ceiling_rps(op, value, RATE, proto == "mptcp") * (2 if proto == "mptcp" else 1)
            median = statistics.median(good)
            ratio = median / model
            print(f"{op:4} {size:6} {proto:6} {median:9.1f} {model:9.1f} {ratio:7.3f} {late:>8}  {' '.join(f'{g:.1f}' for g in good)}")
            if proto == "tcp" and abs(ratio - 1) > TCP_WITHIN or (proto, op, size) == ("mptcp", "get", "16k") and not MPTCP_LEAST <= ratio <= 1 + TCP_WITHIN:
                missed.append(f"{op} {size} {proto}")
print("beyond the bounds: " + ", ".join(missed) if missed else
      f"medians of TCP within {TCP_WITHIN:.0%} of the model, of MPTCP GET 16k from {MPTCP_LEAST:.0%} to {1 + TCP_WITHIN:.0%} of two links")
sys.exit(1 if missed else 0)
