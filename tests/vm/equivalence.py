#!/usr/bin/env python3
"""Tests whether our emulator (tun) and netem are equivalent, in virtual time.

    tests/vm/equivalence.py --kernel ./linux [--out FOLDER] [SCENARIO...]    (default: all shipped)

For each scenario TCP and MPTCP run over both. A pilot of 20 seeds determines how far their ratios
tun / netem vary, and so how many seeds reduce the 90 % interval to half its margin on either side.
The test takes as many other seeds, so the pilot does not bias it. If more than 100 would be
necessary, the interval is that of the pilot, and the line ends with their number.

Each seed also has a warm-up of its own, which moves the events of a scenario relative to the
traffic. Without that, links that lose nothing would give every seed the same result, which shows
one moment alone: TCP doubles its retransmission time, so its stall after an outage can be twice as
long if the link fails some milliseconds later.

Two one-sided tests (TOST) at 5 %: equivalent if the whole interval lies within the margin, which is
that of mptcp-bench's verdicts, 2 % of throughput and 5 % of the longest stall. Different if all of
it lies beyond. The last line of each metric is the ratio that people read: MPTCP / TCP.

--out keeps the results. A later call with the same kernel makes only the runs that are missing or
failed. A seed whose runs are not all valid is left out, and listed below its scenario.

Exit status: 0 all are equivalent, 3 one is different, 4 one is neither, or a run was not valid; 1 a
machine failed, 2 bad usage, 77 this host cannot run it.
"""
import argparse
import math
import pathlib
import sys
import tempfile

import paired
from boots import (BAD_USAGE, BUILD, CANNOT_TELL, FAILED, MARGINS, OK, PROJECT, WORSE, Boots,
                   Failure, Kernel, Measured, end_on_signals, has_events, phased, run_all)

PILOT, FEWEST, MOST = 20, 5, 100  # five seeds are the fewest with an interval
CONFIDENCE = 0.9
BACKENDS, PROTOCOLS = ("netem", "tun"), ("tcp", "mptcp")
WORKLOAD = ("--op", "get", "--size", "16k", "-c", "50", "--congestion", "cubic", "--timeline",
            "off")
WARMUP_MS = 500
# If links change, the scenario determines the duration.
WINDOW = ("--duration", "2s")
NO_LINKS = {"stack-cost"}


def scenarios():
    return sorted(path.stem for path in (PROJECT / "netns").glob("*.json")
                  if path.stem not in NO_LINKS)


def job(kernel, scenario, backend, proto, seed):
    window = () if has_events(PROJECT / "netns" / f"{scenario}.json") else WINDOW
    return kernel, ("--links", backend, "--scenario", scenario, *WORKLOAD,
                    *phased(WARMUP_MS, seed), *window, "--proto", proto), seed


class Ratio:
    """tun / netem of one metric, for one protocol or for the ratio MPTCP / TCP. `logs` has its
    logarithm for each seed."""

    def __init__(self, subject, metric, logs):
        self.subject, self.metric, self.logs = subject, metric, logs
        self.margin = math.log1p(MARGINS[metric])
        self.value = paired.typical(logs)
        self.interval = paired.interval(logs, CONFIDENCE)

    def seeds_needed(self):
        """None if there are too few for an estimate."""
        if self.interval is None:
            return None
        half = (self.interval[1] - self.interval[0]) / 2
        return math.ceil(len(self.logs) * (half / (self.margin / 2)) ** 2)

    def kind(self):
        if self.interval is None:
            return "neither"
        low, high = self.interval
        if -self.margin <= low and high <= self.margin:
            return "equivalent"
        if high < -self.margin or low > self.margin:
            return "different"
        return "neither"

    def line(self, scenario):
        interval = "none" if self.interval is None else \
            f"{math.exp(self.interval[0]):.3f}-{math.exp(self.interval[1]):.3f}"
        needed = self.seeds_needed()
        return f"{scenario:22} {self.subject:12} {self.metric:14} {math.exp(self.value):6.3f}  " \
               f"{interval:11}  {len(self.logs):5}  {self.kind()}" \
               f"{f', would take {needed} seeds' if needed and needed > MOST else ''}"


class Seeds:
    """The results of some seeds of a scenario: a row of four runs for each seed whose runs are all
    valid, and for each of the others the reason why it is left out."""

    def __init__(self, boots, kernel, scenario, seeds):
        jobs = {(seed, backend, proto): job(kernel, scenario, backend, proto, seed)
                for seed in seeds for backend in BACKENDS for proto in PROTOCOLS}
        results = run_all(boots, list(jobs.values()))
        self.rows, self.left_out, self.failed = {}, [], False
        for seed in seeds:
            files = {key[1:]: results[its_job] for key, its_job in jobs.items() if key[0] == seed}
            failures = [file for file in files.values() if isinstance(file, Failure)]
            if failures:
                self.failed = True
                self.left_out.append(f"seed {seed}: {failures[0]}")
                continue
            row = {key: Measured(file) for key, file in files.items()}
            reasons = [reason for run in row.values() for reason in run.reasons]
            if reasons:
                self.left_out.append(f"seed {seed} is not valid: {reasons[0]}")
            else:
                self.rows[seed] = row

    def different(self):
        """The rows, without those whose four results another one has."""
        rows = {tuple(run.digest for run in row.values()): row for row in self.rows.values()}
        return list(rows.values())


def ratios_of(rows):
    ratios = []
    for metric in rows[0]["netem", "tcp"].metrics if rows else ():
        values = {key: [row[key].metrics[metric].value for row in rows] for key in rows[0]}
        logs = {proto: [paired.log_ratio(*pair) for pair in
                        zip(values["netem", proto], values["tun", proto])] for proto in PROTOCOLS}
        logs["mptcp / tcp"] = [mptcp - tcp for tcp, mptcp in zip(logs["tcp"], logs["mptcp"])]
        ratios += [Ratio(subject, metric, its_logs) for subject, its_logs in logs.items()]
    return ratios


def compare(boots, kernel, scenario):
    """The ratios, and all seeds that ran."""
    pilot = Seeds(boots, kernel, scenario, range(1, PILOT + 1))
    needed = [ratio.seeds_needed() for ratio in ratios_of(pilot.different())]
    if not needed or None in needed or max(needed) > MOST:
        return ratios_of(pilot.different()), [pilot]
    count = max(FEWEST, *needed)
    test = Seeds(boots, kernel, scenario, range(PILOT + 1, PILOT + 1 + count))
    return ratios_of(test.different()), [pilot, test]


def report(boots, kernel, names):
    """Prints the table. Returns the exit status."""
    kinds, failed = set(), False
    print(f"{'scenario':22} {'protocol':12} {'metric':14} {'ratio':>6}  {'90 %':11}  seeds")
    for scenario in names:
        ratios, seeds = compare(boots, kernel, scenario)
        if not ratios:
            print(f"{scenario:22} no seed has only valid runs")
            kinds.add("neither")
        for ratio in ratios:
            print(ratio.line(scenario), flush=True)
            kinds.add(ratio.kind())
        for some in seeds:
            failed = failed or some.failed
            for reason in some.left_out:
                print(f"{scenario:22} left out: {reason}", flush=True)
                kinds.add("neither")
    if failed:
        print("machines failed; a call with the same --out runs them again", file=sys.stderr)
        return FAILED
    return WORSE if "different" in kinds else CANNOT_TELL if "neither" in kinds else OK


def main():
    end_on_signals()
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--build", type=pathlib.Path, default=BUILD)
    parser.add_argument("scenario", nargs="*", default=scenarios())
    options = parser.parse_args()
    try:
        for scenario in options.scenario:
            if scenario not in scenarios():
                raise Failure(BAD_USAGE, f"{scenario}: is not a shipped scenario with links")
        with tempfile.TemporaryDirectory(prefix="mptcp-bench-equivalence.") as temporary:
            folder = options.out or pathlib.Path(temporary)
            boots = Boots(folder, options.build, 300)
            sys.exit(report(boots, Kernel(options.kernel, folder), options.scenario))
    except Failure as failure:
        print(f"tests/vm/equivalence.py: {failure}", file=sys.stderr)
        sys.exit(failure.status)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
