#!/usr/bin/env python3
"""Prints the state of the store's sockets, the senders of a GET workload, while TCP settles.

    tests/bench/settling.py [--proto P,...] [--congestion C,...]

For each protocol and congestion control one run of 61 s over two lossy links. At 1, 5, 20 and 60 s
it asks `ss -ti` in the store's namespace for every connection (for MPTCP: every subflow), and
prints the medians over them, next to the requests that were completed in that second. It needs root
to enter the namespace that the run made. docs/congestion-control.md explains the output.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BENCH = os.environ.get("MPTCP_BENCH", os.path.join(ROOT, "build", "mptcp-bench"))
MOMENTS = (1, 5, 20, 60)
COLUMNS = ("cwnd", "rtt ms", "minrtt ms", "bw Mbit/s", "pacing Mbit/s", "retrans")
STARTUP_GAIN = 2.88  # 2/ln(2): bbr's pacing gain in STARTUP, and in no other state


def children_of(pid):
    """All descendants."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stat:
                parents[int(name)] = int(stat.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            pass  # it has ended
    found, level = [], {pid}
    while level:
        level = {child for child, parent in parents.items() if parent in level}
        found += level
    return found


def command_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as line:
            return line.read().decode(errors="replace").split("\0")
    except OSError:
        return []


def store_of(bench):
    for pid in children_of(bench):
        if any("redis-server" in word or "valkey-server" in word for word in command_of(pid)[:2]):
            return pid
    return None


def rate_of(text):
    number, unit = re.fullmatch(r"([\d.]+)([KMG]?)bps", text).groups()
    return float(number) * {"": 1e-6, "K": 1e-3, "M": 1, "G": 1e3}[unit]


def socket_of(line):
    """One connection's line of ss -ti, as numbers."""
    def value(pattern):
        found = re.search(pattern, line)
        return found.group(1) if found else None

    rate = lambda text: rate_of(text) if text else None
    number = lambda text: float(text) if text else None
    return {
        "cwnd": number(value(r" cwnd:(\d+)")),
        "rtt ms": number(value(r" rtt:([\d.]+)/")),
        "minrtt ms": number(value(r" minrtt:([\d.]+)")),
        "bw Mbit/s": rate(value(r"bbr:\(bw:([\w.]+),")),
        "pacing Mbit/s": rate(value(r" pacing_rate ([\w.]+)")),
        "retrans": number(value(r" retrans:\d+/(\d+)") or "0"),
        "startup": (number(value(r"pacing_gain:([\d.]+)")) or 0) >= STARTUP_GAIN,
        "app limited": " app_limited" in line,
    }


def sockets_in(store):
    ss = subprocess.run(["nsenter", "-t", str(store), "-n", "ss", "-tinHO", "state", "established",
                         "sport", "=", ":6379"], capture_output=True, text=True, check=True)
    return [socket_of(line) for line in ss.stdout.splitlines() if " cwnd:" in line]


def opened_at(events, deadline):
    """The time at which the window opened, according to the progress of the run."""
    for line in events:
        if b"measuring" in line:
            return time.monotonic()
        if time.monotonic() > deadline:
            break
    sys.exit("the run did not begin to measure")


def measure(proto, congestion, folder):
    result = os.path.join(folder, "result.json")
    bench = subprocess.Popen(
        ["script", "-qfec", f"{BENCH} --proto {proto} --congestion {congestion} --op get --size 4k "
         f"--warmup 0s --duration 61s --timeline 1s --seed 1 -o {result}", "/dev/null"],
        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    try:
        start = opened_at(iter(lambda: bench.stdout.read1(4096), b""), time.monotonic() + 30)
        store = store_of(bench.pid)
        rows = []
        for moment in MOMENTS:
            while time.monotonic() < start + moment:
                time.sleep(0.01)
            rows.append(sockets_in(store))
        bench.communicate(timeout=60)
    finally:
        if bench.poll() is None:
            bench.terminate()
            bench.wait()
    with open(result, encoding="utf-8") as text:
        [run] = json.load(text)["runs"]
    valid = "" if run["valid"] else f"  NOT VALID: {run['invalid_reasons'][0]}"
    requests = run["timeline"]["series"]["requests"]
    for moment, sockets in zip(MOMENTS, rows):
        cells = []
        for column in COLUMNS:
            values = [s[column] for s in sockets if s[column] is not None]
            cells.append(f"{statistics.median(values):.1f}" if values else "-")
        shares = [sum(s[state] for s in sockets) / max(len(sockets), 1)
                  for state in ("startup", "app limited")]
        print(f"{proto:<10}{congestion:<7}{moment:>3}  {requests[moment]:>6}" +
              "".join(f"{cell:>{len(name) + 2}}" for cell, name in zip(cells, COLUMNS)) +
              f"{shares[0]:>9.0%}{shares[1]:>13.0%}{valid}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--proto", default="tcp,mptcp-one")
    parser.add_argument("--congestion", default="bbr,cubic,reno")
    options = parser.parse_args()
    print(f"{'proto':<10}{'cc':<7}{'at s':>3} {'req/s':>6}" +
          "".join(f"  {name}" for name in COLUMNS) + "  startup  app limited")
    with tempfile.TemporaryDirectory() as folder:
        for congestion in options.congestion.split(","):
            for proto in options.proto.split(","):
                measure(proto, congestion, folder)


if __name__ == "__main__":
    main()
