#!/usr/bin/env python3
"""Tests whether our emulator (tun) and netem are equivalent, in virtual time.

    tests/vm/equivalence.py --kernel ./linux [--out FOLDER] [SCENARIO...]    (default: all shipped)

In each scenario TCP and MPTCP run over both, first with 20 seeds. The spread of the ratios
tun / netem determines the number of seeds that narrow the 90 % interval to half its margin on
either side. That number is run, 150 at most, and tested once.

Two one-sided tests (TOST) at 5 %: equivalent if the whole interval is within the margin, which is
that of mptcp-bench's verdicts, 2 % of throughput and 5 % of the longest stall. Different if all of
the interval is outside. The last line of each metric is the ratio that people read: MPTCP / TCP.

Exit status: 0 all are equivalent, 3 one is different, 4 one is neither, or a run was not valid, 1 a
machine failed, 2 bad usage, 77 this host cannot run it.
"""
import argparse
import math
import pathlib
import sys
import tempfile

import paired
from boots import (BAD_USAGE, BUILD, CANNOT_TELL, MARGINS, OK, PROJECT, WORSE, Boots, Failure,
                   Kernel, Measured, end_on_signals, run_all)

FIRST, MOST = 20, 150
CONFIDENCE = 0.9
BACKENDS, PROTOCOLS = ("netem", "tun"), ("tcp", "mptcp")
WORKLOAD = ("--op", "get", "--size", "16k", "-c", "50", "--warmup", "500ms", "--timeline", "off",
            "--congestion", "cubic")
# If links change, the scenario determines the duration.
WINDOW = ("--duration", "2s")
NO_LINKS = {"stack-cost"}


def scenarios():
    return sorted(path.stem for path in (PROJECT / "netns").glob("*.json")
                  if path.stem not in NO_LINKS)


def job(kernel, scenario, backend, proto, seed):
    path = PROJECT / "netns" / f"{scenario}.json"
    window = () if '"events"' in path.read_text(encoding="utf-8") else WINDOW
    return kernel, ("--links", backend, "--scenario", scenario, *WORKLOAD, *window, "--proto",
                    proto), seed


class Ratio:
    """tun / netem of one metric, for one protocol or for the ratio MPTCP / TCP."""

    def __init__(self, subject, metric, netem, tun):
        self.subject, self.metric, self.seeds = subject, metric, len(netem)
        self.margin = math.log1p(MARGINS[metric])
        logs = [paired.log_ratio(*pair) for pair in zip(netem, tun)]
        self.value = math.exp(paired.typical(logs))
        self.low, self.high = map(math.exp, paired.interval(logs, CONFIDENCE))

    def seeds_needed(self):
        half = (math.log(self.high) - math.log(self.low)) / 2
        return math.ceil(self.seeds * (half / (self.margin / 2)) ** 2)

    def kind(self):
        low, high = math.log(self.low), math.log(self.high)
        if -self.margin <= low and high <= self.margin:
            return "equivalent"
        if high < -self.margin or low > self.margin:
            return "different"
        return "neither"

    def line(self, scenario):
        return f"{scenario:22} {self.subject:12} {self.metric:14} {self.value:6.3f}  " \
               f"{self.low:.3f}-{self.high:.3f}  {self.seeds:5}  {self.kind()}"


def ratios_of(results, kernel, scenario, seeds):
    """The ratios over the seeds whose four runs are all valid."""
    rows = []
    for seed in seeds:
        row = {}
        for backend in BACKENDS:
            for proto in PROTOCOLS:
                file = results[job(kernel, scenario, backend, proto, seed)]
                if isinstance(file, Failure):
                    raise file
                row[backend, proto] = Measured(file)
        if not any(run.reasons for run in row.values()):
            rows.append(row)
    ratios = []
    for metric in rows[0]["netem", "tcp"].metrics if rows else ():
        values = {key: [row[key].metrics[metric].value for row in rows] for key in rows[0]}
        for proto in PROTOCOLS:
            ratios.append(Ratio(proto, metric, values["netem", proto], values["tun", proto]))
        netem, tun = ([b / a for a, b in zip(values[backend, "tcp"], values[backend, "mptcp"])]
                      for backend in BACKENDS)
        ratios.append(Ratio("mptcp / tcp", metric, netem, tun))
    return ratios


def compare(boots, kernel, scenario):
    results = {}

    def ratios(seeds):
        jobs = [job(kernel, scenario, backend, proto, seed) for seed in range(1, seeds + 1)
                for backend in BACKENDS for proto in PROTOCOLS]
        results.update(run_all(boots, [each for each in jobs if each not in results]))
        return ratios_of(results, kernel, scenario, range(1, seeds + 1))

    first = ratios(FIRST)
    needed = max((ratio.seeds_needed() for ratio in first), default=0)
    return ratios(min(MOST, needed)) if needed > FIRST else first


def main():
    end_on_signals()
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--build", type=pathlib.Path, default=BUILD)
    parser.add_argument("scenario", nargs="*", default=scenarios())
    options = parser.parse_args()
    kinds = set()
    try:
        for scenario in options.scenario:
            if scenario not in scenarios():
                raise Failure(BAD_USAGE, f"{scenario}: is not a shipped scenario with links")
        with tempfile.TemporaryDirectory(prefix="mptcp-bench-equivalence.") as temporary:
            folder = options.out or pathlib.Path(temporary)
            boots = Boots(folder, options.build, 300)
            kernel = Kernel(options.kernel, folder)
            print(f"{'scenario':22} {'protocol':12} {'metric':14} {'ratio':>6}  {'90 %':11}  seeds")
            for scenario in options.scenario:
                ratios = compare(boots, kernel, scenario)
                if not ratios:
                    print(f"{scenario:22} no seed has only valid runs")
                    kinds.add("neither")
                for ratio in ratios:
                    print(ratio.line(scenario), flush=True)
                    kinds.add(ratio.kind())
    except Failure as failure:
        print(f"tests/vm/equivalence.py: {failure}", file=sys.stderr)
        sys.exit(failure.status)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(WORSE if "different" in kinds else CANNOT_TELL if "neither" in kinds else OK)


if __name__ == "__main__":
    main()
