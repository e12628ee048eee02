#!/usr/bin/env python3
"""The twelve published cells (results/published/keyspace-beijing-2025.json) beside a result of ours.

  tests/bench/published.py [RESULT.json]     results/reference/keyspace-beijing-2025.json by default
"""
import json
import statistics
import sys

path = sys.argv[1] if len(sys.argv) > 1 else "results/reference/keyspace-beijing-2025.json"
result = json.load(open(path))
published = json.load(open("results/published/keyspace-beijing-2025.json"))


def ours(op, value_bytes, proto, get):
    values = [get(r) for r in result["runs"] if r["valid"] and (r["op"], r["value_bytes"], r["proto"]) == (op, value_bytes, proto)]
    return statistics.median(values) if values else None


def text(value, form):
    return "-" if value is None else format(value, form)


# The published GET latency is the mean time to the first chunk of the reply; the SET's reply is one chunk.
print(f"{'op':4} {'value':>6} {'proto':6} {'req/s':>9} {'published':>10} {'ratio':>6} {'mean ms':>8} {'published':>10}   share of link 1")
for row in published["rows"]:
    for proto in ("tcp", "mptcp"):
        key = (row["op"], row["value_bytes"], proto)
        rps = ours(*key, lambda r: r["throughput_rps"])
        mean = ours(*key, lambda r: r["latency_ns"]["first_byte"]["mean"] / 1e6)
        share = ours(*key, lambda r: (lambda b: 100 * b[0] / max(1, sum(b)))([l["client_tx_bytes"] + l["client_rx_bytes"] for l in r["links"]]))
        theirs = row[proto]
        ratio = rps / theirs["rps"] if rps else None
        print(f"{row['op']:4} {row['value_bytes']:>6} {proto:6} {text(rps, '9.1f'):>9} {theirs['rps']:>10.1f} {text(ratio, '.2f'):>6} "
              f"{text(mean, '.1f'):>8} {theirs['latency_ms']:>10.1f}   {text(share, '.0f')} %")
