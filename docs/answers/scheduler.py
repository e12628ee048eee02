#!/usr/bin/env python3
"""Compares the default packet scheduler of MPTCP with two changes of it, in virtual time.

    docs/answers/scheduler.py --kernels FOLDER --out FOLDER [--seeds N] [PART...]

The parts (default: all):
  decisions  the decisions of the scheduler in one run of each kernel: the queued memory and the
             pacing rate of each subflow, and the subflow that took each burst
  closed     throughput in a closed loop, with 1 to 400 connections and values of 1k to 64k
  open       latency at a rate that all kernels sustain

docs/answers/scheduler.sh builds the kernels and calls this script. Results stay in --out, and a
later call makes only the runs that are missing.

A change is the Hodges-Lehmann estimate over the seeds, with its exact 90 % interval. The verdicts
of a part are adjusted for their number by the method of Benjamini and Hochberg: of those that say
"gains" or "loses", at most 5 % are expected to be wrong.

Exit status: 0, 1 a machine failed, 2 bad usage, 4 a run is not valid, or the recorded decisions
contradict the rule of a kernel, 77 this host cannot run it.
"""
import argparse
import collections
import json
import math
import pathlib
import sys
import typing

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests" / "vm"))

# pylint: disable=wrong-import-position
import paired
import scheduler_trace
from boots import (BAD_USAGE, BUILD, CANNOT_TELL, FAILED, MARGINS, OK, Boots, Failure, Kernel,
                   command_of, end_on_signals, phased, run_all)
from scheduler_trace import table

KERNELS = ("base", "ties-by-pace", "queue-ignored")
# The names of links as they appear in the tables, and what differs from two-lossy-links.
LINKS = {"100 + 100 Mbit": (), "100 + 20 Mbit": ("--grid", "link2.rate=20mbit"),
         "20 + 100 Mbit": ("--grid", "link1.rate=20mbit")}
EQUAL = "100 + 100 Mbit"
SIZES = {"1k": 1 << 10, "4k": 4 << 10, "16k": 16 << 10, "64k": 64 << 10}
# The cells of the closed loop are a part of all combinations, which would take many hours.
SIZE, CONNECTIONS = "16k", 50
EQUAL_CELLS = {"1k": (50, 400), "4k": (50,), SIZE: (1, 10, 50, 100, 200, 400), "64k": (50,)}
UNEQUAL_CELLS = {"1k": (50,), SIZE: (50, 200), "64k": (50,)}
OPEN_SHARE = 0.8
FALSE_DISCOVERIES = 0.05


class Cell(typing.NamedTuple):
    """A workload over some links: a closed loop, or `rate` requests per second. Each connection
    has up to `pipeline` requests under way."""
    links: str
    size: str
    connections: int
    rate: int = 0
    pipeline: int = 1

    def window_ms(self):
        """In a closed loop, the time in which each connection gets ten replies over one link of
        100 Mbit/s, from 1.5 to 8 seconds; one connection alone gets 8, because it sends little.
        With a rate the time of 1500 requests, because the p99 needs 1000, up to 20 seconds."""
        if self.rate:
            wanted, most = 1500 / self.rate, 20
        elif self.connections == 1:
            wanted, most = 8, 8
        else:
            wanted, most = 10 * self.connections * SIZES[self.size] * 8 / 100e6, 8
        return round(min(max(wanted, 1.5), most) * 10) * 100

    def options(self, proto, seed):
        more = ("--rate", str(self.rate)) if self.rate else ()
        if self.pipeline > 1:
            more += "--pipeline", str(self.pipeline)
        return ("--links", "netem", "--scenario", "two-lossy-links", *LINKS[self.links],
                "--op", "get", "--size", self.size, "-c", str(self.connections), *more,
                "--congestion", "cubic", "--timeline", "off", "--duration",
                f"{self.window_ms()}ms", *phased(self.window_ms() // 3, seed), "--proto", proto)


def closed_cells(links):
    cells = [Cell(links, size, connections)
             for size, some in (EQUAL_CELLS if links == EQUAL else UNEQUAL_CELLS).items()
             for connections in some]
    return cells + [PIPELINED] * (links == EQUAL)


MIDDLE_CELLS = [Cell(links, SIZE, CONNECTIONS) for links in LINKS]
PIPELINED = MIDDLE_CELLS[0]._replace(pipeline=4)
DECISIVE_CELLS = [MIDDLE_CELLS[0], Cell(EQUAL, SIZE, 400), PIPELINED,
                  Cell("20 + 100 Mbit", SIZE, CONNECTIONS)]


class Run:
    """The figures of one result, which has one run."""

    def __init__(self, file):
        result = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
        [run] = result["runs"]
        self.digest, self.reasons = result["measured_sha256"], run["invalid_reasons"]
        self.kernel, counters = result["environment"]["kernel"], run["kernel"]["server"]
        self.requests, self.reinjections = run["requests"], counters.get("MPTcpExtMPTCPRetrans", 0)
        self.saturated = run.get("saturated", False)
        self.values = {"throughput": run["throughput_rps"]}
        received = [link["client_rx_bytes"] for link in run["links"]]
        self.share_of_link2 = received[1] / sum(received)
        for figure in result["figures"]:
            if figure["metric"] in ("p50", "p99") and not self.saturated:
                self.values[figure["metric"]] = figure["median"]


class Change:
    """The change of one metric from the base kernel to another one, over the seeds whose runs both
    are valid and have this metric. `gains` are the logarithms of the ratios by which it is
    better."""

    def __init__(self, metric, pairs):
        self.metric, self.sign = metric, 1 if metric == "throughput" else -1
        # Seeds with the same results are one observation.
        outcomes = {(base.digest, new.digest): (base.values[metric], new.values[metric])
                    for base, new in pairs if metric in base.values and metric in new.values}
        self.identical = bool(outcomes) and all(base == new for base, new in outcomes)
        self.pairs = list(outcomes.values())
        logs = [self.sign * paired.log_ratio(*pair) for pair in self.pairs]
        self.gain = paired.typical(logs) if logs else None
        self.interval = paired.interval(logs, 0.9) if logs else None
        self.p = 1.0
        if self.interval is not None:
            self.p = min(1.0, 2 * min(paired.p_below(logs),
                                      paired.p_below([-log for log in logs])))

    def text(self):
        """The change in per cent, with its interval."""
        if self.gain is None:
            return "-", "-"
        interval = "-" if self.interval is None else " to ".join(
            percent(end) for end in sorted(self.sign * end for end in self.interval))
        return percent(self.sign * self.gain), interval

    def verdict(self, adjusted_p):
        if self.identical:
            return "identical"
        if self.interval is None:
            return "too few seeds"
        margin = math.log1p(MARGINS.get(self.metric, MARGINS["p99"]))
        if -margin <= self.interval[0] and self.interval[1] <= margin:
            return "within the margin"
        if adjusted_p <= FALSE_DISCOVERIES:
            return "gains" if self.gain > 0 else "loses"
        return "cannot tell"


def percent(log):
    return f"{100 * math.expm1(log):+.1f} %"


def benjamini_hochberg(ps):
    order = sorted(range(len(ps)), key=ps.__getitem__, reverse=True)
    adjusted, least = [1.0] * len(ps), 1.0
    for place, index in enumerate(order):
        least = min(least, ps[index] * len(ps) / (len(ps) - place))
        adjusted[index] = least
    return adjusted


def verdicts_of(changes):
    return [change.verdict(p) for change, p in
            zip(changes, benjamini_hochberg([change.p for change in changes]))]


class Study:
    """Runs cells in the kernels and remembers if something prevents an answer."""

    def __init__(self, options):
        self.boots = Boots(options.out, options.build, 900)
        self.kernels = {name: Kernel(options.kernels / name, options.out) for name in KERNELS}
        self.events = {name: Kernel(options.kernels / f"{name}-events", options.out)
                       for name in KERNELS}
        self.seeds = range(1, options.seeds + 1)
        self.status, self.releases = OK, set()

    def runs(self, cells, proto, seeds, kernels=KERNELS):
        """The run of each (kernel, cell, seed), if it is valid. All kernels run a seed before the
        next seed begins, so an interrupted call has complete seeds."""
        jobs = {(name, cell, seed): (self.kernels[name], cell.options(proto, seed), seed)
                for seed in seeds for cell in cells for name in kernels}
        files = run_all(self.boots, list(jobs.values()))
        found = {}
        for key, job in jobs.items():
            where = f"{key[0]}, {name_of(key[1])}, {proto}, seed {key[2]}"
            if isinstance(files[job], Failure):
                self.complain(FAILED, f"{where}: {files[job]}")
                continue
            run = Run(files[job])
            self.releases.add(run.kernel)
            if run.reasons:
                self.complain(CANNOT_TELL, f"{where} is not valid: {run.reasons[0]}")
            else:
                found[key] = run
        return found

    def complain(self, status, text):
        print(f"left out: {text}")
        self.status = self.status or status

    # --- the decisions ---

    def decisions(self):
        for cell in DECISIVE_CELLS:
            plain = self.runs([cell], "mptcp", [1])
            print(f"\n  The decisions for {name_of(cell)}, one run of each kernel, seed 1:\n  "
                  f"{' '.join(command_of(cell.options('mptcp', 1), 1))}\n")
            for name in KERNELS:
                if (name, cell, 1) in plain:
                    self.decisions_of(name, cell, plain[name, cell, 1])

    def decisions_of(self, name, cell, plain):
        folder = scheduler_trace.record(self.boots, self.events[name],
                                        command_of(cell.options("mptcp", 1), 1))
        traced = Run(folder / "result.json")
        same = "are identical" if traced.digest == plain.digest else "differ"
        print(f"  {name}: {traced.values['throughput']:.0f} req/s, link2 carried "
              f"{100 * traced.share_of_link2:.0f} % of the bytes. MPTCP sent data again "
              f"{traced.reinjections} times for {traced.requests} requests. The runs with and "
              f"without the record {same}.\n")
        decisions = scheduler_trace.read(folder / "console.log", cell.window_ms() / 1000)
        wrong = scheduler_trace.count_contradictions(decisions, name)
        if wrong:
            self.complain(CANNOT_TELL, f"{wrong} of {len(decisions)} decisions contradict the rule "
                                       f"of {name}")
        for rows in scheduler_trace.tables_of(decisions):
            print("\n".join(table(rows)) + "\n")

    # --- the comparisons ---

    def closed(self):
        cells, runs, control = [], {}, self.runs(MIDDLE_CELLS, "tcp", [1])
        self.check_control(control)
        for links in LINKS:
            there = closed_cells(links)
            control |= self.runs(there, "tcp", [1], ["base"])
            runs |= self.runs(there, "mptcp", self.seeds)
            cells += there
        self.report(cells, runs, ["throughput"], control)

    def check_control(self, control):
        differ = [f"{name_of(cell)} ({name})" for name, cell, seed in control
                  if ("base", cell, seed) in control and
                  control[name, cell, seed].digest != control["base", cell, seed].digest]
        if differ:
            self.complain(CANNOT_TELL, "TCP, the control, differs from base in "
                                       f"{', '.join(differ)}")
        else:
            print(f"\n  TCP, the control, is identical in all kernels: {SIZE}, -c {CONNECTIONS}, "
                  "each of the links, seed 1")

    def open(self):
        """The rates are a share of the smallest throughput of a kernel in a closed loop."""
        closed = self.runs(MIDDLE_CELLS, "mptcp", self.seeds)
        cells = [cell._replace(rate=rounded(OPEN_SHARE * rate)) for cell in MIDDLE_CELLS
                 if (rate := least_throughput(closed, cell))]
        self.report(cells, self.runs(cells, "mptcp", self.seeds), ["p50", "p99"])

    def report(self, cells, runs, metrics, control=None):
        for name in KERNELS[1:]:
            changes = {(cell, metric): Change(metric, pairs_of(runs, cell, name))
                       for cell in cells for metric in metrics}
            verdicts = dict(zip(changes, verdicts_of(list(changes.values()))))
            for links in LINKS:
                there = [cell for cell in cells if cell.links == links]
                print(f"\n  {name} against base: {' and '.join(metrics)} of GET over {links}, "
                      f"{len(self.seeds)} seeds\n")
                rows = [headings(metrics, control)]
                for cell in there:
                    for metric in metrics:
                        rows.append(row_of(cell, metric, runs, control, name,
                                           changes[cell, metric], verdicts[cell, metric]))
                print("\n".join(table(rows)))
            counts = collections.Counter(verdicts.values())
            print(f"\n  {name}: " + ", ".join(f"{count} {kind}"
                                              for kind, count in counts.most_common()))


def name_of(cell):
    rate = f", {cell.rate} req/s" if cell.rate else ""
    return f"GET {cell.size} over {cell.links}, {load_of(cell)}{rate}"


def load_of(cell):
    return f"-c {cell.connections}" + (f" --pipeline {cell.pipeline}" if cell.pipeline > 1 else "")


def rounded(rate):
    """Two significant digits."""
    return int(float(f"{rate:.2g}"))


def least_throughput(runs, cell):
    """That of the slowest kernel, or 0."""
    found = [[run.values["throughput"] for key, run in runs.items() if key[:2] == (name, cell)]
             for name in KERNELS]
    return min((paired.median(values) for values in found if values), default=0)


def pairs_of(runs, cell, name):
    seeds = [key[2] for key in runs if key[:2] == ("base", cell)]
    return [(runs["base", cell, seed], runs[name, cell, seed]) for seed in seeds
            if (name, cell, seed) in runs]


def median_text(metric, values):
    if not values:
        return "-"
    median = paired.median(values)
    return f"{median:,.0f}" if metric == "throughput" else f"{median / 1e6:,.1f}"


def headings(metrics, control):
    columns, saturated = ["tcp"] if control is not None else [], []
    if metrics != ["throughput"]:
        columns, saturated = ["req/s", "metric"], ["saturated"]
    return ["value", "load", *columns, "base", "new", "change", "90 %", "seeds", *saturated,
            "link2 base", "link2 new", "verdict"]


def row_of(cell, metric, runs, control, name, change, verdict):
    def column(kernel):
        return [run for key, run in runs.items() if key[:2] == (kernel, cell)]

    def share(kernel):
        shares = [run.share_of_link2 for run in column(kernel)]
        return f"{100 * paired.median(shares):.0f} %" if shares else "-"

    def value(kernel):
        return median_text(metric, [run.values[metric] for run in column(kernel)
                                    if metric in run.values])

    tcp = []
    if control is not None:
        run = control.get(("base", cell, 1))
        tcp = [median_text(metric, [run.values[metric]] if run else [])]
    offered = [f"{cell.rate:,}", f"{metric} ms"] if cell.rate else []
    saturated = [" and ".join(str(sum(run.saturated for run in column(kernel)))
                              for kernel in ("base", name))] if cell.rate else []
    return [cell.size, load_of(cell), *offered, *tcp, value("base"), value(name), *change.text(),
            str(len(change.pairs)), *saturated, share("base"), share(name), verdict]


def main():
    end_on_signals()
    parts = ("decisions", "closed", "open")
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernels", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, default=BUILD)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("part", nargs="*", default=parts)
    options = parser.parse_args()
    try:
        for part in options.part:
            if part not in parts:
                raise Failure(BAD_USAGE, f"{part} is not a part: {', '.join(parts)}")
        study = Study(options)
        for part in options.part:
            getattr(study, part)()
        print(f"\n  {', '.join(sorted(study.releases))}, virtual time of User Mode Linux")
        sys.exit(study.status)
    except Failure as failure:
        print(f"docs/answers/scheduler.py: {failure}", file=sys.stderr)
        sys.exit(failure.status)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
