#!/usr/bin/env python3
"""How often a check of docs/validity.md rejects a healthy run, or accepts a disturbed one.

    tests/bench/gates.py FOLDER [N]          makes the runs that FOLDER lacks, then prints a table
    tests/bench/gates.py --results FILE...   prints how many runs of results are valid, and why not

The runs are N (40) of each disturbance below and 4 N without any, in turn over four cells and two
protocols, over two lossy links. One takes about 8 s, so that all 4 * 40 + 9 * 40 take 70 minutes.
The program can be stopped and started again. Nothing else may run on this machine.

    loops          a busy loop for every CPU, in a session of its own
    nice loops     the same with the lowest priority (nice -n 19)
    stop P         the load, the store or the emulator is stopped once, for 5 % of the window
    stop and go P  it is stopped 25 times for 60 ms, where 2 % of the window are 100 ms
    overload       200 connections over two links of 10 Gbit/s, which no host emulates

The first table contains how often each check rejected a run without a disturbance. The second one
contains how often each check rejected a disturbed run, and how many runs no check rejected, with
their throughput relative to the median of the undisturbed runs of their cell. Intervals are exact
(Clopper-Pearson), 95 %.
"""
import contextlib
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time

from aa import BENCH, interval_of

WINDOW = 5  # seconds
WARMUP = 1
CELLS = [("get", "1k", 10), ("get", "4k", 50), ("set", "4k", 50), ("get", "16k", 200)]
PROTOS = ["tcp", "mptcp"]
PROCESSES = {"load": r" load .*--events", "store": r" serve --bind", "emulator": r" link --links"}
STOPS = {"stop": (1, 0.05 * WINDOW), "stop and go": (25, 0.06)}  # how often, and seconds
DISTURBANCES = ["loops", "nice loops", *(f"{stop} {p}" for stop in STOPS for p in PROCESSES),
                "overload"]
CHECKS = {
    "a CPU used or wanted": r"of a CPU( and waited for one .*)? \(limit 85",
    "a gap": r"did nothing for|did not answer a PING|does not answer",
    "waiting of requests": r"^a request waited",
    "other programs": r"^other programs",
    "lateness": r"emulator was late|read by the link emulator",
    "window edges": r"counters were read",
    "packets lost elsewhere": r"no link had lost|queues dropped",
}
FAST_LINKS = {"links": [{"name": name, "rate": "10gbit", "delay": "1ms"}
                        for name in ("link1", "link2")]}


def busy_loops(words):
    """Of a shell, which counts seconds: it ends by itself if we are killed."""
    loop = f"while [ $SECONDS -lt {4 * (WINDOW + WARMUP) + 60} ]; do :; done"
    return [subprocess.Popen([*words, "bash", "-c", loop], start_new_session=True)
            for _ in range(os.cpu_count())]


def descendants(pid):
    """All of them, by number, with their command lines."""
    children = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stat:
                parent = int(stat.read().rsplit(")", 1)[1].split()[1])
            with open(f"/proc/{name}/cmdline", "rb") as words:
                line = words.read().replace(b"\0", b" ").decode(errors="replace")
            children.setdefault(parent, []).append((int(name), line))
    found, left = [], [pid]
    while left:
        for child in children.get(left.pop(), []):
            found.append(child)
            left.append(child[0])
    return found


def process_of(run, pattern):
    """The number of the process of a run with such a command line; None when the run ended."""
    while run.poll() is None:
        for pid, line in descendants(run.pid):
            if re.search(pattern, line):
                return pid
        time.sleep(0.02)
    return None


def stop_in_window(run, stop, process):
    """In the middle of the window, which opens WARMUP after the connections are ready. Over lossy
    links that takes a second or two."""
    times, seconds = STOPS[stop]
    if process_of(run, PROCESSES["load"]) is None:
        return
    pid = process_of(run, PROCESSES[process])
    if pid is None:
        return
    time.sleep(WARMUP + 3)
    with contextlib.suppress(ProcessLookupError):
        for _ in range(times):
            os.kill(pid, signal.SIGSTOP)
            try:
                time.sleep(seconds)
            finally:
                os.kill(pid, signal.SIGCONT)
            time.sleep(seconds)


def is_complete(file):
    if not os.path.exists(file):
        return False
    with open(file, encoding="utf-8") as text:
        return json.load(text).get("complete", False)


def make(folder, kind, index):
    file = os.path.join(folder, f"{kind.replace(' ', '-')}-{index:03}.json")
    if is_complete(file):
        return file
    op, size, connections = CELLS[index % len(CELLS)]
    scenario = "two-lossy-links"
    if kind == "overload":
        op, size, connections = "get", "16k", 200
        scenario = os.path.join(folder, "fast-links.scenario")
        with open(scenario, "w", encoding="utf-8") as text:
            json.dump(FAST_LINKS, text)
    loops = []
    if kind.endswith("loops"):
        loops = busy_loops(["nice", "-n", "19"] if kind.startswith("nice") else [])
    try:
        with subprocess.Popen(
                [BENCH, "--quiet", "--links", "tun", "--scenario", scenario, "--store", "builtin",
                 "--proto", PROTOS[index // len(CELLS) % len(PROTOS)], "--op", op, "--size", size,
                 "-c", str(connections), "--congestion", "cubic", "--warmup", f"{WARMUP}s",
                 "--duration", f"{WINDOW}s", "--timeline", "off", "--seed", str(index + 1),
                 "-o", file], stdout=subprocess.DEVNULL) as run:
            if kind.startswith("stop"):
                stop_in_window(run, *kind.rsplit(" ", 1))
        if run.returncode not in (0, 1):
            sys.exit(f"{file}: mptcp-bench failed with {run.returncode}")
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
    return file


def run_of(file):
    with open(file, encoding="utf-8") as text:
        [run] = json.load(text)["runs"]
    return run


def checks_of(run):
    """Of each check, whether it rejected the run; of reasons that are none of theirs, the first."""
    hits = {name for name, pattern in CHECKS.items()
            if any(re.search(pattern, reason) for reason in run["invalid_reasons"])}
    others = [reason for reason in run["invalid_reasons"]
              if not any(re.search(pattern, reason) for pattern in CHECKS.values())]
    return hits, others


def share(k, n):
    low, high = interval_of(k, n)
    return f"{k} of {n} ({low:.1%} to {high:.1%})"


def cell_of(run):
    return run["op"], run["values"], run["connections"], run["proto"]


def print_tables(runs):
    undisturbed = runs["undisturbed"]
    print("| check | false alarms in undisturbed runs |\n|---|---|")
    for name in CHECKS:
        alarms = sum(name in checks_of(run)[0] for run in undisturbed)
        print(f"| {name} | {share(alarms, len(undisturbed))} |")
    rejected = sum(not r["valid"] for r in undisturbed)
    print(f"| any check | {share(rejected, len(undisturbed))} |\n")
    medians = {}
    for run in undisturbed:
        if run["valid"]:
            medians.setdefault(cell_of(run), []).append(run["throughput_rps"])
    print("| disturbance | rejected by | missed | throughput of those missed |\n|---|---|---|---|")
    for kind in DISTURBANCES:
        its = runs[kind]
        counts = {name: sum(name in checks_of(r)[0] for r in its) for name in CHECKS}
        by = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
        missed = [r for r in its if r["valid"]]
        changes = sorted(r["throughput_rps"] / statistics.median(medians[cell_of(r)]) - 1
                         for r in missed if cell_of(r) in medians)
        text = f"{changes[0]:+.1%} to {changes[-1]:+.1%}" if changes else "-"
        print(f"| {kind} | {by or '-'} | {share(len(missed), len(its))} | {text} |")
    for kind, its in runs.items():
        for reason in sorted({reason for run in its for reason in checks_of(run)[1]}):
            print(f"{kind}: also rejected: {reason}")


def print_results(files):
    reasons, valid, all_runs = {}, 0, 0
    for file in files:
        with open(file, encoding="utf-8") as text:
            runs = json.load(text)["runs"]
        good = sum(run["valid"] for run in runs)
        valid, all_runs = valid + good, all_runs + len(runs)
        print(f"{file}: {good} of {len(runs)} runs are valid")
        for run in runs:
            hits, others = checks_of(run)
            for name in [*hits, *others]:
                reasons[name] = reasons.get(name, 0) + 1
    print(f"all: {share(valid, all_runs)}")
    for name, count in sorted(reasons.items(), key=lambda item: -item[1]):
        print(f"  {count} rejected: {name}")


def main():
    words = sys.argv[1:]
    if len(words) > 1 and words[0] == "--results":
        return print_results(words[1:])
    if len(words) not in (1, 2) or words[0].startswith("-"):
        sys.exit(__doc__)
    folder, count = words[0], int(words[1]) if len(words) == 2 else 40
    os.makedirs(folder, exist_ok=True)
    runs = {"undisturbed": [], **{kind: [] for kind in DISTURBANCES}}
    # A disturbance of each kind in turn, so that what changes with time is in all of them.
    for index in range(4 * count):
        for kind in runs:
            if kind == "undisturbed" or index < count:
                runs[kind].append(run_of(make(folder, kind, index)))
        print(f"{index + 1} of {4 * count}", file=sys.stderr)
    return print_tables(runs)


if __name__ == "__main__":
    main()
