#!/usr/bin/env python3
"""Writes tests/golden/result.json, the result of all golden exports: six blocks of TCP and MPTCP,
GET 4k and SET 16k, one invalid run, and texts that need escaping. The figures are made up, and the
same in every call.

    python3 tests/golden/make_result.py >tests/golden/result.json
"""
import json
import random

draw = random.Random(1)


def index_of(ns):  # as in src/stats/histogram.cc
    shift = ns.bit_length() - 11
    return ns if shift <= 0 else shift * 1024 + (ns >> shift)


def latency(median_ns, requests):
    """A body and a tail, in a dozen values, because people read small files."""
    factors = (0.7, 0.85, 0.95, 1, 1.05, 1.2, 1.5, 2, 3, 4.5, 6)
    values = [int(median_ns * factor) for factor in factors]
    weights = [5, 15, 25, 30, 12, 6, 3, 2, 1, 0.7, 0.3]
    counts = [int(requests * weight / 100) for weight in weights]
    counts[3] += requests - sum(counts)
    indices = [index_of(value) for value in values]
    return {"count": requests,
            "histogram": {"sub_bucket_bits": 10, "min": values[0], "max": values[-1],
                          "sum": sum(v * c for v, c in zip(values, counts)),
                          "index_delta": [b - a for a, b in zip([0] + indices, indices)],
                          "count": counts}}


def run(block, order, proto, op, values, size, rps, median_ns, reasons):
    requests = int(rps * 2)
    first, last = latency(int(median_ns * 0.9), requests), latency(median_ns, requests)
    share = 0.4 if proto == "mptcp" else 0
    bytes_moved = requests * (size + 300)
    return {"block": block, "order": order, "proto": proto, "op": op, "values": values,
            "value_bytes": size, "connections": 50, "threads": 1, "pipeline": 1,
            "arrivals": "closed", "duration_s": 2, "valid": not reasons,
            "invalid_reasons": reasons, "notes": [], "requests": requests, "errors": {},
            "censored": 50, "misses": 0, "verified": 16, "reconnects": 0,
            "throughput_rps": requests / 2, "goodput_bps": requests / 2 * size * 8,
            "longest_stall_ns": median_ns * 6,
            "latency_ns": {"first_byte": first, "last_byte": last},
            "links": [{"name": name, "client_tx_bytes": int(bytes_moved * part * 0.1),
                       "client_rx_bytes": int(bytes_moved * part * 0.9), "lost_packets": 9,
                       "dropped_packets": 0}
                      for name, part in (("link1", 1 - share), ("link2", share))],
            "mptcp": dict.fromkeys(("connections", "complete"), 50 if share else 0)
            | {"fallbacks": 0} | dict.fromkeys(("subflows_min", "subflows_max"), 2 if share else 0),
            "congestion_control": ["cubic"],
            "cpu": {"load_threads_pct": [round(10 + draw.random(), 2)], "store_pct": 12.5},
            "kernel": {}, "commands": []}


REASONS = ["2 of 50 connections fell back to TCP",
           'link "a|b" <script>alert(1)</script> & ]]> `@all` \u0001\u001b[31m é ☃']
CELLS = (("get", "4k", 4096, 2900, 12_000_000), ("set", "16k", 16384, 725, 55_000_000))
runs = []
for block in range(6):
    for op, values, size, rps, median_ns in CELLS:
        protos = ["tcp", "mptcp"]
        draw.shuffle(protos)
        machine = 1 + 0.05 * draw.random()  # the speed of the machine in this block
        for proto in protos:
            gain = (1.5 if proto == "mptcp" else 1) * machine * (1 + 0.02 * draw.random())
            broken = block == 3 and op == "set" and proto == "mptcp"
            runs.append(run(block, len(runs), proto, op, values, size, rps * gain,
                            int(median_ns / gain), REASONS if broken else []))

direction = {"rate": "100mbit", "delay": "5ms", "jitter": "0ns", "loss": "1%", "burst": "1p",
             "queue": "250p"}
document = {
    "schema": "mptcp-bench/result/2", "tool": {"name": "mptcp-bench", "version": "0.1.0"},
    "command": ["mptcp-bench", "--repeat", "6"],
    "started": "2026-01-02T03:04:05Z", "seed": 1,
    "parameters": {"protos": ["tcp", "mptcp"], "repeat": 6, "timeline_ns": 100000000},
    "defaults": {"connections": 50, "threads": 1, "pipeline": 1, "keyspace": 1000,
                 "keys": "uniform"},
    "environment": {"kernel": "Linux 6.1", "cpus": 2},
    "scenario": {"name": "two-lossy-links", "backend": "tun",
                 "links": [{"name": name, "up": direction, "down": direction}
                           for name in ("link1", "link2")]},
    "workload": {"ops": ["get", "set"], "sizes": ["4k", "16k"], "keys": "uniform",
                 "keyspace": 1000, "connections": 50, "threads": 1, "pipeline": 1,
                 "arrivals": "closed", "warmup_s": 2, "duration_s": 5, "timeout_s": 30},
    "store": {"kind": "redis", "version": '7.0 "|`<b>', "why": "it is installed", "command": [],
              "mptcp": True},
    "complete": True, "planned_runs": len(runs),
}
print("{")
for name, value in document.items():
    print(f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)},")
lines = ",\n    ".join(json.dumps(run, ensure_ascii=False) for run in runs)
print(f'  "runs": [\n    {lines}\n  ],')
print('  "explanations": []\n}')
