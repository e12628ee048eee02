#!/usr/bin/env python3
"""Prints a made-up result with everything that a page shows.

    make_result.py [BLOCKS [failover] [hostile] [rates] [grid] [trace] [alone] [invalid] [SEED]]

failover: a link fails. hostile: texts that would act if they were markup or code. rates: an open
loop at four rates. grid: three delays and three rates of a link. trace: both links follow a trace.
alone: TCP only. invalid: no run of MPTCP is valid.
"""
import json
import math
import random
import sys

words = sys.argv[1:]
blocks = int(words.pop(0)) if words else 1
seed = next((int(word) for word in words if word.isdigit()), 1)
failover, hostile, rates, grid, trace, alone, invalid = (
    word in words
    for word in ("failover", "hostile", "rates", "grid", "trace", "alone", "invalid"))
draw = random.Random(seed)
EVIL = ('</script><img src=x onerror="window.hacked=1"><!--&amp;\'"`${1}'
        '<script>window.hacked=1</script> javascript:window.hacked=1')
S = 1 << 10
GAINS = {"5ms": 1.6, "20ms": 1.0, "80ms": 0.6}  # of MPTCP, by the delay of the second link
SPEEDS = {"10mbit": 1, "50mbit": 1.1, "100mbit": 1.2}


def index_of(value):
    shift = max(0, value.bit_length() - 11)
    return shift * S + (value >> shift)


def histogram(median_ns, count):
    values = sorted(int(median_ns * math.exp(draw.gauss(0, 0.6))) + 1000
                    for _ in range(min(count, 3000)))
    buckets = {}
    for value in values:
        buckets[index_of(value)] = buckets.get(index_of(value), 0) + 1
    deltas, previous = [], 0
    for index in buckets:
        deltas.append(index - previous)
        previous = index
    return {"count": len(values),
            "histogram": {"sub_bucket_bits": 10, "min": values[0], "max": values[-1],
                          "sum": sum(values), "index_delta": deltas,
                          "count": list(buckets.values())}}


def link_names():
    return ["link1", EVIL if hostile else "link2"]


def direction():
    return {"rate": "100mbit", "delay": "5ms", "jitter": "0ns", "loss": "1%", "burst": "1p",
            "queue": "250p"}


def timeline(proto, rps, down):
    t = [100_000_000 * (i + 1) for i in range(100)]
    both = proto == "mptcp"
    series = {"requests": [], "errors": [0] * 100, "latency_p50_ns": [], "latency_p99_ns": [],
              "latency_max_ns": []}
    for name in link_names():
        for way in ("up", "down"):
            series[f"{name}.{way}.bytes"] = []
    established = []
    for i in range(100):
        gone = down and 30 <= i < 60
        share = 0 if gone and not both else 0.5 if gone else 1
        requests = int(rps / 10 * share * draw.uniform(0.85, 1.15))
        series["requests"].append(requests)
        for column, factor in (("p50", 1), ("p99", 3), ("max", 5)):
            series[f"latency_{column}_ns"].append(
                int(2e7 * draw.uniform(1, 3) * factor) if requests else None)
        for number, name in enumerate(link_names()):
            if not both:
                part = 1 - number
            elif number == 0:
                part = 0 if gone else 0.6
            else:
                part = 1 if gone else 0.4
            series[f"{name}.down.bytes"].append(int(requests * 4200 * part))
            series[f"{name}.up.bytes"].append(int(requests * 120 * part))
            if trace:
                series.setdefault(f"{name}.down.capacity_bytes", []).append(
                    0 if 40 <= i < 45 else 1_000_000 + 50_000 * (i % 10))
        established.append(0 if gone else 1)
    subflows = []
    for connection in range(8):
        for number, name in enumerate(link_names()[:2 if both else 1]):
            subflows.append({"connection": connection, "link": name,
                             "local": f"10.0.{number + 1}.1", "remote": "10.1.1.1",
                             "congestion_control": "cubic",
                             "series": {"established": established if number == 0 else [1] * 100,
                                        "cwnd": [10] * 100}})
    return {"interval_ns": 100_000_000, "t_ns": t, "series": series, "subflows": subflows}


def traffic(proto):
    shares = (0.6, 0.4) if proto == "mptcp" else (1, 0)
    return [{"name": name, "client_tx_bytes": int(1e6 * share),
             "client_rx_bytes": int(9e7 * share), "lost_packets": 10}
            | ({"down_capacity_bytes": 10**8} if trace else {})
            for name, share in zip(link_names(), shares)]


def segments(proto):
    ends = [0, 3, 6, 10]
    all_segments = []
    for i in range(3):
        segment = {"from_ns": ends[i] * 10**9, "to_ns": ends[i + 1] * 10**9}
        if i:
            state = "down" if i == 1 else "up"
            segment |= {"event": f"link1 {state}", "late_ns": 1000, "link": "link1",
                        "state": state}
        stall_ns = 3_200_000_000 if i == 1 and proto == "tcp" else 400_000_000
        segment |= {"requests": 1000, "lost": 0, "throughput_rps": 1000,
                    "longest_stall_ns": stall_ns}
        if i:
            segment["first_success_ns"] = 5_000_000
        all_segments.append(segment | {"links": traffic(proto)})
    return all_segments


conditions = [{"link2.delay": delay, "link2.rate": rate}
              for delay in GAINS for rate in SPEEDS] if grid else [{}]
runs = []
if failover or rates or grid or trace:
    cells = [("get", "4k", 4096)]
else:
    cells = [(op, size, value) for size, value in (("1k", 1024), ("4k", 4096), ("16k", 16384))
             for op in ("get", "set")]
for block in range(blocks):
    for op, values, value_bytes in cells:
        for rate, condition in [(rate, condition)
                                for rate in ((500, 1000, 2000, 4000) if rates else (None,))
                                for condition in conditions]:
            speed = draw.uniform(0.9, 1.1)
            for proto in ("tcp",) if alone else ("tcp", "mptcp"):
                mptcp = proto == "mptcp"
                reasons = ["2 of 50 connections fell back to TCP"] if invalid and mptcp else []
                gain = draw.uniform(1.3, 1.7) if mptcp else 1
                if condition and mptcp:
                    gain = (GAINS[condition["link2.delay"]] * SPEEDS[condition["link2.rate"]]
                            * (1 + (gain - 1.5) / 50))
                rps = min(rate or 1e9, 11e6 / (value_bytes + 200) * speed * gain)
                latency = {"first_byte": histogram(2e7, int(rps * 10)),
                           "last_byte": histogram(2.4e7, int(rps * 10))}
                run = {"block": block, "order": len(runs), "proto": proto, "op": op,
                       "values": values, "value_bytes": value_bytes, "connections": 50,
                       "threads": 1, "pipeline": 1, "arrivals": "constant" if rate else "closed"}
                if condition:
                    run["conditions"] = condition
                if rate:
                    run["rate_rps"] = rate
                    latency |= {"response": histogram(2e7 * (1 + rate / 500), 3000),
                                "send_delay": histogram(1e4, 3000)}
                run |= {"duration_s": 10, "valid": not reasons, "invalid_reasons": reasons,
                        "notes": [EVIL] if hostile else []}
                if rate:
                    run |= {"saturated": rate == 4000, "unsent": 0}
                run |= {"requests": int(rps * 10), "errors": {}, "censored": 0, "misses": 0,
                        "verified": 10, "reconnects": 0, "throughput_rps": rps,
                        "goodput_bps": rps * value_bytes * 8, "longest_stall_ns": 10**8,
                        "latency_ns": latency, "links": traffic(proto),
                        "mptcp": {"connections": 50 if mptcp else 0, "fallbacks": 0,
                                  "subflows_min": 0, "subflows_max": 0, "complete": 0},
                        "congestion_control": ["cubic"],
                        "cpu": {"load_threads_pct": [30], "store_pct": 20},
                        "kernel": {"client": {"TcpOutSegs": 1000},
                                   "server": {"TcpOutSegs": 2000, "TcpRetransSegs": 20}},
                        "commands": ["mptcp-bench load --seed 1 " + "x" * 300,
                                     EVIL if hostile else "redis-server"],
                        "timeline": timeline(proto, rps, failover)}
                if failover:
                    run["segments"] = segments(proto)
                runs.append(run)

parameters = {"protos": ["tcp", "mptcp"], "repeat": blocks, "timeline_ns": 100000000}
if grid:
    parameters["grid"] = [{"name": "link2.delay", "values": list(GAINS)},
                          {"name": "link2.rate", "values": list(SPEEDS)}]
if hostile:
    name = EVIL
elif len(cells) > 1:
    name = "keyspace-beijing-2025"
else:
    name = "failover" if failover else "two-clean-links"
json.dump({"schema": "mptcp-bench/result/2", "tool": {"name": "mptcp-bench", "version": "0"},
           "command": ["mptcp-bench", EVIL if hostile else "--repeat", str(blocks)],
           "started": "2026-01-02T03:04:05Z", "seed": seed,
           "parameters": parameters,
           "defaults": {"connections": 50, "threads": 1, "pipeline": 1, "keyspace": 1000,
                        "keys": "uniform"},
           "environment": {"kernel": EVIL if hostile else "Linux 6.18", "cpus": 2, "namespaces":
                           {"client": {"routes": ["default", EVIL if hostile else "-"]}}},
           "scenario": {"name": name, "backend": "tun",
                        "links": [{"name": link, "up": direction(), "down": direction()}
                                  for link in link_names()]},
           "workload": {"ops": [EVIL if hostile else "get"], "sizes": ["4k"], "keys": "uniform",
                        "connections": 50, "threads": 1, "pipeline": 1, "arrivals": "closed",
                        "warmup_s": 2, "duration_s": 10, "timeout_s": 30},
           "store": {"kind": "redis", "version": EVIL if hostile else "7.0", "why": "made up",
                     "command": ["redis-server"], "mptcp": True},
           "runs": runs, "explanations": []}, sys.stdout)
