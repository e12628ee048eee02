#!/usr/bin/env python3
"""Compares two kernels in virtual time, seed by seed.

    tests/vm/ab.sh --base ./linux.a --new ./linux.b --seeds 8 -- \\
        --scenario two-lossy-links,failover --size 4k,16k,64k -c 50,200

Each kernel is a program that tests/vm/build_uml.sh made, or a source tree, which is built first:
minutes for a new tree, seconds afterwards. A machine takes some seconds, and one with a scenario
whose links change up to twenty. ab.sh prints how many machines it starts, and the time left.
The options after -- are those of mptcp-bench. --scenario, --op, --size and -c may be lists: each
combination is a cell. Without these options there is one: two-lossy-links, get, 16k, -c 50, with
a warm-up of 500 ms. To use your own scenario, give the path of its file. In each cell MPTCP runs
with each seed, in both kernels, each run in its own machine. TCP runs with the first seed as the
control, which a change of MPTCP should not affect. It runs without --vary, because most of the
set-ups belong to MPTCP alone.

Each cell gets one of these answers:
  identical     with every seed both kernels did the same, to the nanosecond
  worse         there is a loss, and it may be larger than the margin
  better        there is a gain
  within the margin
                some seeds differ, but a loss beyond the margin is excluded
  cannot tell   neither a loss nor a gain is certain, and the interval reaches beyond the margin;
                or a run of the base kernel is not valid
  not valid     a run is valid in the base kernel and not in the new one, with the same seed

Throughput is compared; in a scenario with events the longest stall as well, and with --rate the p99
latency, which is infinite in a saturated run. The margin is 2 % of throughput, and 5 % of stalls
and latency. The typical ratio is the Hodges-Lehmann estimate. Its interval is exact, with a
confidence of 90 %, so a loss, or a gain, is claimed with 95 % (Wilcoxon's signed ranks). Together,
all claims of losses have a confidence of 95 %, and so have all claims of gains (Holm, over all
metrics of the cells that differ). With --bisect, whose answers are final, it is 99 % instead of 95.

Each seed also has a warm-up of its own, 13 ms longer than that of the seed before, which moves the
window and the events of a scenario relative to the timers of the kernel. Without it, links without
loss and jitter would show one course of events with every seed. --warmup sets that of the first
seed. Seeds with the same pair of results count once.

--out keeps the results. A later call with the same kernels and options makes only the runs that are
missing. A cell ends at its first failure.

Exit status: 0 nothing is worse, 3 something is worse, 4 an answer is missing or the control
differs, 1 a machine failed, 2 bad usage, 77 this host cannot run it. With --bisect those of
`git bisect run`: 0 good, 1 worse, 125 this commit has no answer (it does not build or boot), 128 no
commit has one.
"""
import argparse
import contextlib
import itertools
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import traceback

import paired
from boots import (BAD_USAGE, BUILD, CANNOT_RUN, CANNOT_TELL, FAILED, MARGINS, OK, WORSE, Boots,
                   Failure, File, Kernel, Measured, end_on_signals, phased, run_all)

LEVEL = 0.05  # of all claims of losses together, and of all claims of gains
LEVEL_OF_BISECTION = 0.01  # one wrong answer leads to a wrong commit
NO_COMMIT_HAS_AN_ANSWER = 128
# With --bisect, ab.sh turns WORSE into 1 and CANNOT_TELL into 125, because Python itself may end
# with 1.
TO_BISECT = {OK: OK, WORSE: WORSE, CANNOT_TELL: CANNOT_TELL, FAILED: CANNOT_TELL}
# Each combination of these is a cell.
LISTS = {"--scenario": ["two-lossy-links"], "--op": ["get"], "--size": ["16k"], "-c": ["50"]}
WARMUP_MS = 500
ALIASES = {"--connections": "-c"}
REFUSED = {"--proto", "--repeat", "--until-ci", "--max-repeat", "--seed", "-o", "--output",
           "--json", "--resume", "--aa", "--slo", "--target", "--dry-run", "--links", "--store",
           "--workload"}


def milliseconds(text):
    """Of a duration as mptcp-bench writes it."""
    match = re.fullmatch(r"(\d+)(ms|s)", text)
    if match is None:
        raise Failure(BAD_USAGE, f"--warmup {text}: ab.sh takes whole ms or s, such as 500ms or 2s")
    return int(match[1]) * {"ms": 1, "s": 1000}[match[2]]


def options_of(words):
    """The lists, the warm-up in ms, and the other options. --name=value is --name value, and -c50
    is -c 50."""
    lists, others = {name: list(default) for name, default in LISTS.items()}, []
    warmup, split = WARMUP_MS, []
    for word in words:
        if word.startswith("--") and "=" in word:
            split += word.split("=", 1)
        elif word.startswith("-c") and word[2:3].isdigit():
            split += ["-c", word[2:]]
        else:
            split.append(word)
    rest = iter(split)
    for word in rest:
        name = ALIASES.get(word, word)
        if name in REFUSED:
            raise Failure(BAD_USAGE, f"{word}: ab.sh decides this itself; leave it out")
        if name == "--warmup":
            warmup = milliseconds(next(rest, ""))
        elif name not in lists:
            others.append(word)
        else:
            value = next(rest, "")
            if not value or not all(value.split(",")):
                raise Failure(BAD_USAGE, f"{word} needs a value, or several: a,b")
            lists[name] = value.split(",")
    return lists, warmup, others


def is_path(scenario):
    """Whether mptcp-bench treats the word as the path of a file."""
    return "/" in scenario or scenario.endswith(".json")


def one_line(text):
    return " ".join(str(text).split())


class Cell:
    def __init__(self, scenario, op, size, connections, others, warmup_ms=WARMUP_MS):
        self.warmup_ms = warmup_ms
        self.options = ("--links", "netem", "--scenario", scenario, "--op", op, "--size", size,
                        "-c", connections, *others)
        # In KTAP a "#" would begin a directive, and a line break another test.
        self.name = " ".join(re.sub(r"[#\s\0-\x1f]", "_", word)
                             for word in (scenario, op, size, "-c", connections))

    def metrics(self, build):
        """How many metrics there are to compare. Asks mptcp-bench for its plan, which also shows
        bad options before a machine runs."""
        words = (str(getattr(word, "copy", word)) for word in self.options)
        done = subprocess.run([str(build / "mptcp-bench"), "--dry-run", "--store", "builtin",
                               *words, "--proto", "mptcp"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise Failure(BAD_USAGE if done.returncode == BAD_USAGE else CANNOT_RUN,
                          f"{self.name}: {one_line(done.stderr)}")
        if not re.search("^# run 1 of 1:", done.stdout, re.MULTILINE):
            raise Failure(BAD_USAGE, f"{self.name}: is more than one run; give one rate and one "
                                     "congestion control")
        has_events = re.search("^# at ", done.stdout, re.MULTILINE) is not None
        return 1 + has_events + (" --rate " in done.stdout)


def without_vary(words):
    kept, rest = [], iter(words)
    for word in rest:
        if word == "--vary":
            next(rest, None)
        else:
            kept.append(word)
    return kept


def job(kernel, cell, proto, seed):
    options = without_vary(cell.options) if proto == "tcp" else cell.options
    return kernel, (*options, *phased(cell.warmup_ms, seed), "--proto", proto), seed


def percent(log):
    """The change that the logarithm of a ratio is."""
    if log > math.log(1000):
        return "+∞"
    change = 100 * math.expm1(log)
    return f"{change:+.1f}%" if change == 0 or abs(change) >= 0.05 else f"{change:+.1g}%"


class Change:
    """The difference of one metric in one cell. `outcomes` has the metric in both kernels by seed,
    once for each pair of different results."""

    def __init__(self, metric, outcomes, level):
        self.metric, self.level = metric, level
        self.margin = math.log1p(MARGINS[metric])
        self.sign = 1 if next(iter(outcomes.values()))[0].less_is_worse else -1
        self.gains = {seed: base.gain_to(new) for seed, (base, new) in outcomes.items()}
        gains = list(self.gains.values())
        self.gain = paired.typical(gains)
        self.interval = paired.interval(gains, 1 - 2 * level)
        self.p_worse = paired.p_below(gains)
        self.p_better = paired.p_below([-gain for gain in gains])

    def kind(self):
        """The answer, once the p of both claims are adjusted for those of all cells."""
        if self.interval is None:
            return "cannot tell"
        if self.p_better <= self.level:
            return "better"
        if self.interval[0] >= -self.margin:
            return "within the margin"
        return "worse" if self.p_worse <= self.level else "cannot tell"

    def text(self):
        change = f"{self.metric} {percent(self.sign * self.gain)}"
        seed, worst = min(self.gains.items(), key=lambda item: item[1])
        worst = f"worst seed {seed}: {percent(self.sign * worst)}"
        if self.interval is None:
            return f"{change} (too few different outcomes for an interval, {worst})"
        low, high = sorted(self.sign * end for end in self.interval)
        return f"{change} ({100 - 200 * self.level:.0f} %: {percent(low)} to {percent(high)}, " \
               f"{worst})"


class Answer:
    """The answer for one cell: `kind`, one of the answers above, and a sentence. A loss is one even
    if some seeds have no valid runs; any other answer needs them all."""

    ORDER = ("worse", "cannot tell", "better", "within the margin")

    def __init__(self, cell, proto, pairs, level):
        self.name = f"{cell.name} {proto}"
        self.changes = []
        self.obstacle = None  # to any answer but "worse": its kind, and a sentence
        self.unknown = []  # metrics that some of the runs do not have
        self.first_differing_files = None
        seeds = "1 seed" if len(pairs) == 1 else f"{len(pairs)} seeds"
        results = self.valid(pairs)
        differ = [pairs[seed - 1] for seed, (base, new) in results.items()
                  if base.digest != new.digest]
        self.kind, self.text = self.obstacle or ("identical", f"identical with {seeds}")
        if not differ:
            return
        self.first_differing_files = differ[0]
        self.kind, self.text = "differs", f"differs with {len(differ)} of {seeds}"
        # Seeds with equal results are one observation.
        outcomes = {}
        for seed, (base, new) in results.items():
            outcomes.setdefault((base.digest, new.digest), seed)
        names = [set(run.metrics) for pair in results.values() for run in pair]
        self.unknown = sorted(set.union(*names) - set.intersection(*names))
        for metric in (name for name in MARGINS if name in set.intersection(*names)):
            values = {seed: tuple(run.metrics[metric] for run in results[seed])
                      for seed in outcomes.values()}
            if any(math.isfinite(side.value) for pair in values.values() for side in pair):
                self.changes.append(Change(metric, values, level))

    def valid(self, pairs):
        """The results by seed, if both are valid. Anything else becomes the obstacle."""
        results = {}
        for seed, (base, new) in enumerate(pairs, 1):
            obstacle = None
            failures = [file for file in (base, new) if isinstance(file, Failure)]
            if failures:
                obstacle = "failed", one_line(failures[0])
            else:
                base, new = Measured(base), Measured(new)
                if base.reasons:
                    obstacle = "cannot tell", "cannot tell: a run of the base kernel is not " \
                                              f"valid: {one_line(base.reasons[0])}"
                elif new.reasons:
                    obstacle = "not valid", "a run of the new kernel is not valid: " \
                                            f"{one_line(new.reasons[0])}"
            if obstacle is None:
                results[seed] = base, new
            self.obstacle = self.obstacle or obstacle
        return results

    def settle(self):
        kinds = [change.kind() for change in self.changes]
        kinds += ["cannot tell" for _ in self.unknown]
        self.kind = next(kind for kind in self.ORDER if kind in kinds)
        if self.obstacle is not None and self.kind != "worse":
            self.kind, self.text = self.obstacle
            return
        changes = [change.text() for change in self.changes]
        changes += [f"{metric} is not known in all runs" for metric in self.unknown]
        self.text += f", {self.kind}: " + ", ".join(changes)
        if self.obstacle is not None:
            self.text += f"; {self.obstacle[1]}"
        elif self.kind == "cannot tell":
            self.text += f"; {'longer runs' if self.unknown else 'more seeds'} are needed"


def answers_of(cells, kernels, results, seeds, level):
    def pairs(cell, proto, seed_numbers):
        return [tuple(results[job(kernel, cell, proto, seed)] for kernel in kernels)
                for seed in seed_numbers]

    controls = [Answer(cell, "tcp", pairs(cell, "tcp", [1]), level) for cell in cells]
    for control in controls:
        if control.kind == "differs":
            control.text = "the control differs: the change reaches beyond MPTCP, or the " \
                           "configurations differ"
    answers = [Answer(cell, "mptcp", pairs(cell, "mptcp", range(1, seeds + 1)), level)
               for cell in cells]
    # Whether a cell differs is independent of the direction, so identical cells are not part of the
    # family of tests.
    family = [change for answer in answers for change in answer.changes
              if change.interval is not None]
    adjusted = (paired.holm([change.p_worse for change in family]),
                paired.holm([change.p_better for change in family]))
    for change, *ps in zip(family, *adjusted):
        change.p_worse, change.p_better = ps
    for answer in answers:
        if answer.kind == "differs":
            answer.settle()
    return controls, answers


def status_of(controls, answers):
    control_kinds = {control.kind for control in controls}
    if control_kinds - {"identical"}:
        return FAILED if "failed" in control_kinds else CANNOT_TELL
    kinds = {answer.kind for answer in answers}
    if "worse" in kinds:
        return WORSE
    if "failed" in kinds:
        return FAILED
    return CANNOT_TELL if kinds & {"cannot tell", "not valid"} else OK


def ktap_skip(reason):
    return ["KTAP version 1", "1..1", f"ok 1 ab # SKIP {one_line(reason)}"]


def ktap_failure(reason):
    return ["KTAP version 1", "1..1", f"# {one_line(reason)}", "not ok 1 ab"]


def ktap(controls, answers):
    lines = ["KTAP version 1", f"1..{len(controls) + len(answers)}"]
    for number, answer in enumerate(controls + answers, 1):
        if answer.kind == "cannot tell":
            lines.append(f"ok {number} {answer.name} # SKIP {answer.text}")
            continue
        passed = answer.kind in ("identical", "better", "within the margin")
        lines += [f"# {answer.text}", f"{'ok' if passed else 'not ok'} {number} {answer.name}"]
    return lines


def table(controls, answers):
    width = max(len(answer.name) for answer in controls + answers)
    return [f"{answer.name:{width}}  {answer.text}" for answer in controls + answers]


def first_difference(build, files):
    done = subprocess.run([str(build / "mptcp-bench"), "compare", "--exact", *map(str, files)],
                          stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout.strip()


def seeds_needed(metrics, level):
    """The seeds with which a loss with every seed can be detected in this number of metrics."""
    return next(n for n in itertools.count(1) if metrics / 2**n <= level)


class Runs:
    """Runs the machines of a comparison. A cell ends at its first failure. After one of the new
    kernel, the base kernel makes the run again, because the host may have caused the failure."""

    def __init__(self, boots, base):
        self.boots, self.base = boots, base
        self.base_failure = None
        self.ended = {}  # the options of a cell, and its failure

    def result(self, kernel, options, seed):
        cell = options[:-4]  # without --warmup and --proto
        if cell not in self.ended:
            try:
                return self.boots.result(kernel, options, seed)
            except Failure as failure:
                self.ended.setdefault(cell, self.judge(failure, kernel, options, seed))
        raise self.ended[cell]

    def judge(self, failure, kernel, options, seed):
        """The failure, of the new kernel if the base kernel has none. A status that means the host,
        or the options, then means that kernel."""
        if kernel != self.base:
            try:
                self.boots.repeat(self.base, options, seed)
                return Failure(FAILED, str(failure))
            except Failure as base_failure:
                failure = base_failure
        self.base_failure = failure
        return failure


def parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        usage=argparse.SUPPRESS, allow_abbrev=False)
    parser.add_argument("--base", type=pathlib.Path, required=True,
                        help="the kernel to compare with")
    parser.add_argument("--new", type=pathlib.Path, required=True, help="the kernel in question")
    parser.add_argument("--seeds", type=int, default=8, help="number of seeds (default: 8)")
    parser.add_argument("--out", type=pathlib.Path, help="folder that keeps the results")
    parser.add_argument("--build", type=pathlib.Path, default=BUILD,
                        help="folder that mptcp-bench was built in")
    parser.add_argument("--timeout", type=int, default=300,
                        help="limit of each run, in its own seconds (default: 300)")
    parser.add_argument("--ktap", action="store_true", help="print KTAP, as the kernel's tests do")
    parser.add_argument("--bisect", action="store_true", help="exit as `git bisect run` expects")
    at = arguments.index("--") if "--" in arguments else len(arguments)
    options = parser.parse_args(arguments[:at])
    options.level = LEVEL_OF_BISECTION if options.bisect else LEVEL
    if options.seeds < 1 or options.timeout < 1:
        raise Failure(BAD_USAGE, "--seeds and --timeout are whole numbers from 1 on")
    return options, *options_of(arguments[at + 1:])


def base_of(options, folder):
    try:
        return Kernel(options.base, folder)
    except Failure as failure:
        # In a bisection every commit has the same base, so its failure is not an answer about one.
        raise Failure(failure.status if failure.status != FAILED or not options.bisect
                      else BAD_USAGE, f"--base: {failure}") from failure


def compare(options, lists, warmup_ms, others, folder):
    boots = Boots(folder, options.build, options.timeout)
    lists["--scenario"] = [File(name, folder) if is_path(name) else name
                           for name in lists["--scenario"]]
    cells = [Cell(*which, others, warmup_ms) for which in itertools.product(*lists.values())]
    metrics = sum(cell.metrics(options.build) for cell in cells)
    needed = seeds_needed(metrics, options.level)
    if options.seeds < needed:
        print(f"tests/vm/ab.sh: if all {metrics} metrics of the {len(cells)} cells differ, "
              f"{options.seeds} seeds are too few to call one worse; {needed} are enough",
              file=sys.stderr)
    # One after the other, because each build uses all processors.
    kernels = [base_of(options, folder), Kernel(options.new, folder)]
    if kernels[0] == kernels[1]:
        print("tests/vm/ab.sh: --base and --new are the same program", file=sys.stderr)
    jobs = [job(kernel, cell, proto, seed)
            for proto, seeds in (("tcp", [1]), ("mptcp", range(1, options.seeds + 1)))
            for seed in seeds for cell in cells for kernel in kernels]
    runs = Runs(boots, kernels[0])
    results = run_all(boots, list(dict.fromkeys(jobs)), runs.result)
    if options.bisect and runs.base_failure is not None:
        raise Failure(CANNOT_RUN, f"--base: {runs.base_failure}")
    controls, answers = answers_of(cells, kernels, results, options.seeds, options.level)
    print("\n".join((ktap if options.ktap else table)(controls, answers)))
    differs = next((answer for answer in controls + answers if answer.first_differing_files), None)
    if differs is not None:
        text = f"the first difference, in {differs.name}: " \
               f"{first_difference(options.build, differs.first_differing_files)}"
        print("\n".join("# " + line for line in text.splitlines()) if options.ktap
              else "\n" + text)
    return status_of(controls, answers)


def complain(text):
    with contextlib.suppress(OSError):
        print(f"tests/vm/ab.sh: {text}", file=sys.stderr, flush=True)


def run(arguments):
    ktap_too = "--ktap" in arguments
    try:
        options, *cells = parse(arguments)
        if options.out is not None:
            return compare(options, *cells, options.out)
        with tempfile.TemporaryDirectory(prefix="mptcp-bench-ab.") as folder:
            return compare(options, *cells, pathlib.Path(folder))
    except Failure as failure:
        complain(failure)
        if ktap_too and failure.status == CANNOT_RUN:
            print("\n".join(ktap_skip(failure)))
        elif ktap_too:
            print("\n".join(ktap_failure(failure)))
        return failure.status
    except SystemExit as end:  # argparse's
        return end.code


def main():
    end_on_signals()
    bisects = "--bisect" in sys.argv
    status = NO_COMMIT_HAS_AN_ANSWER if bisects else FAILED
    try:
        answer = run(sys.argv[1:])
        sys.stdout.flush()
        status = TO_BISECT.get(answer, NO_COMMIT_HAS_AN_ANSWER) if bisects else answer
    except KeyboardInterrupt:
        complain("interrupted")
        status = 130
    except OSError as error:
        complain(error)
    except Exception:  # pylint: disable=broad-except
        traceback.print_exc()
    # Not sys.exit(), which would flush stdout again, and end with 120 if that fails.
    os._exit(status)


if __name__ == "__main__":
    main()
