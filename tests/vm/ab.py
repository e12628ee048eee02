#!/usr/bin/env python3
"""Compares two kernels in virtual time, seed by seed.

    tests/vm/ab.sh --base ./linux.a --new ./linux.b --seeds 8 -- \\
        --scenario two-lossy-links,failover --size 4k,16k,64k -c 50,200

Each kernel is a program that tests/vm/build_uml.sh made, or a source tree, which is built first.
The options after -- are those of mptcp-bench. --scenario, --op, --size and -c may be lists: each
combination is a cell. To use your own scenario, give the path of its file. In each cell MPTCP runs
with each seed, in both kernels, each run in its own machine. TCP runs with the first seed as the
control, which a change of MPTCP should not affect.

Each cell gets one of these answers:
  identical     with every seed both kernels did the same, to the nanosecond
  worse         some seeds differ, and the typical ratio shows a loss
  better        some seeds differ, and the typical ratio shows a gain
  the mean does not differ
                some seeds differ, but only by chance: in which packets were lost, and in which of
                two events came first. The interval of the typical ratio includes 1
  cannot tell   more seeds are needed, or a run of the base kernel is not valid
  not valid     a run is valid in the base kernel and not in the new one, with the same seed

Throughput is compared; in a scenario with events the longest stall as well, and with --rate the p99
latency. The typical ratio is the Hodges-Lehmann estimate. Its interval is exact, with a confidence
of 90 %, so a loss, or a gain, is claimed with 95 % (Wilcoxon's signed ranks). Together, all claims
of losses have a confidence of 95 %, and so have all claims of gains (Holm, over the cells that
differ). There is no margin: with enough seeds even a small difference is found.

--out keeps the results. A later call with the same kernels and options makes only the runs that are
missing.

Exit status: 0 nothing is worse, 3 something is worse, 4 an answer is missing or the control
differs, 1 a machine failed, 2 bad usage, 77 this host cannot run it. With --bisect those of
`git bisect run`: 0 good, 1 worse, 125 this commit has no answer (it does not build or boot), 128 no
commit has one.
"""
import argparse
import itertools
import pathlib
import subprocess
import sys
import tempfile
import traceback

import paired
from boots import (BAD_USAGE, BUILD, CANNOT_RUN, CANNOT_TELL, FAILED, OK, WORSE, Boots, Failure,
                   File, Kernel, Measured, end_on_signals, run_all)

LEVEL = 0.05
CONFIDENCE = 0.9  # 5 % on either side
NO_COMMIT_HAS_ONE = 128
TO_BISECT = {OK: 0, WORSE: 1, CANNOT_TELL: 125, FAILED: 125}  # others: NO_COMMIT_HAS_ONE
# Each combination of these is a cell.
LISTS = {"--scenario": ["two-lossy-links"], "--op": ["get"], "--size": ["16k"], "-c": ["50"]}
ALIASES = {"--connections": "-c"}
REFUSED = {"--proto", "--repeat", "--until-ci", "--max-repeat", "--seed", "-o", "--output",
           "--json", "--resume", "--aa", "--slo", "--target", "--dry-run", "--links", "--store",
           "--workload"}


def options_of(words):
    """The lists, and the other options; --name=value is --name value, and -c50 is -c 50."""
    lists, others = {name: list(default) for name, default in LISTS.items()}, []
    split = []
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
        if name not in lists:
            others.append(word)
            continue
        value = next(rest, "")
        if not value or not all(value.split(",")):
            raise Failure(BAD_USAGE, f"{word} needs a value, or several: a,b")
        lists[name] = value.split(",")
    return lists, others


def is_path(scenario):
    """Whether mptcp-bench treats the word as the path of a file."""
    return "/" in scenario or scenario.endswith(".json")


class Cell:
    def __init__(self, scenario, op, size, connections, others):
        self.options = ("--links", "netem", "--scenario", scenario, "--op", op, "--size", size,
                        "-c", connections, *others)
        # A "#" would begin a directive in KTAP.
        self.name = f"{scenario} {op} {size} -c {connections}".replace("#", "_")


def job(kernel, cell, proto, seed):
    return kernel, (*cell.options, "--proto", proto), seed


class Change:
    """The difference of one metric in one cell, if some seeds differ."""

    def __init__(self, metric, less_is_worse, base, new):
        self.metric = metric
        self.ratio, self.interval = paired.ratio(base, new), paired.interval(base, new, CONFIDENCE)
        lower, higher = paired.p_less(base, new), paired.p_less(new, base)
        self.p_worse, self.p_better = (lower, higher) if less_is_worse else (higher, lower)

    def kind(self, p_worse, p_better):
        """The answer, given the p of both claims, adjusted for those of all cells."""
        if p_worse <= LEVEL:
            return "worse"
        if p_better <= LEVEL:
            return "better"
        if self.interval is None or not self.interval[0] <= 1 <= self.interval[1]:
            return "cannot tell"
        return "the mean does not differ"

    def text(self):
        if self.interval is None:
            return f"{self.metric} {self.ratio - 1:+.1%} (too few seeds for an interval)"
        low, high = self.interval
        return f"{self.metric} {self.ratio - 1:+.1%} (90 %: {low - 1:+.1%} to {high - 1:+.1%})"


class Answer:
    """The answer for one cell: `kind`, one of the answers above, and a sentence."""

    ORDER = ("worse", "cannot tell", "better", "the mean does not differ")

    def __init__(self, cell, proto, pairs):
        self.name = f"{cell.name} {proto}"
        self.changes = []
        self.first_differing_files = None
        failures = [file for pair in pairs for file in pair if isinstance(file, Failure)]
        if failures:
            self.kind, self.text = "failed", " ".join(str(failures[0]).split())
            return
        results = [(Measured(base), Measured(new)) for base, new in pairs]
        if any(base.reasons for base, _ in results):
            reason = next(base.reasons[0] for base, _ in results if base.reasons)
            self.kind = "cannot tell"
            self.text = f"cannot tell: a run of the base kernel is not valid: {reason}"
            return
        if any(new.reasons for _, new in results):
            reason = next(new.reasons[0] for _, new in results if new.reasons)
            self.kind, self.text = "not valid", f"a run of the new kernel is not valid: {reason}"
            return
        differ = [pair for pair, (base, new) in zip(pairs, results) if base.digest != new.digest]
        seeds = "1 seed" if len(pairs) == 1 else f"{len(pairs)} seeds"
        if not differ:
            self.kind, self.text = "identical", f"identical with {seeds}"
            return
        self.first_differing_files = differ[0]
        self.kind, self.text = "differs", f"differs with {len(differ)} of {seeds}"
        for metric, (_, less_is_worse) in results[0][0].metrics.items():
            base, new = ([run.metrics[metric][0] for run in side] for side in zip(*results))
            self.changes.append(Change(metric, less_is_worse, base, new))

    def settle(self, ps_worse, ps_better):
        kinds = [change.kind(*ps) for change, *ps in zip(self.changes, ps_worse, ps_better)]
        self.kind = next(kind for kind in self.ORDER if kind in kinds)
        self.text += f", {self.kind}: " + ", ".join(change.text() for change in self.changes)
        if self.kind == "cannot tell":
            self.text += "; more seeds are needed"


def answers_of(cells, kernels, results, seeds):
    def pairs(cell, proto, seed_numbers):
        return [tuple(results[job(kernel, cell, proto, seed)] for kernel in kernels)
                for seed in seed_numbers]

    controls = [Answer(cell, "tcp", pairs(cell, "tcp", [1])) for cell in cells]
    for control in controls:
        if control.kind == "differs":
            control.text = "the control differs: the change reaches beyond MPTCP, or the " \
                           "configurations differ"
    answers = [Answer(cell, "mptcp", pairs(cell, "mptcp", range(1, seeds + 1))) for cell in cells]
    # Whether a cell differs is independent of the direction, so identical cells are not part of the
    # family of tests.
    changes = [change for answer in answers for change in answer.changes]
    worse = iter(paired.holm([change.p_worse for change in changes]))
    better = iter(paired.holm([change.p_better for change in changes]))
    for answer in answers:
        if answer.kind == "differs":
            count = len(answer.changes)
            answer.settle(list(itertools.islice(worse, count)),
                          list(itertools.islice(better, count)))
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


def ktap(controls, answers):
    lines = ["KTAP version 1", f"1..{len(controls) + len(answers)}"]
    for number, answer in enumerate(controls + answers, 1):
        if answer.kind == "cannot tell":
            lines.append(f"ok {number} {answer.name} # SKIP {answer.text}")
            continue
        passed = answer.kind in ("identical", "better", "the mean does not differ")
        lines += [f"# {answer.text}", f"{'ok' if passed else 'not ok'} {number} {answer.name}"]
    return lines


def table(controls, answers):
    width = max(len(answer.name) for answer in controls + answers)
    return [f"{answer.name:{width}}  {answer.text}" for answer in controls + answers]


def first_difference(build, files):
    done = subprocess.run([str(build / "mptcp-bench"), "compare", "--exact", *map(str, files)],
                          stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout.strip()


def seeds_needed(cells):
    """The seeds with which a change that makes every seed worse can be detected in all cells."""
    return next(n for n in itertools.count(1) if cells / 2**n <= LEVEL)


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


def compare(options, lists, others, folder):
    boots = Boots(folder, options.build, options.timeout)
    lists["--scenario"] = [File(name, folder) if is_path(name) else name
                           for name in lists["--scenario"]]
    cells = [Cell(*which, others) for which in itertools.product(*lists.values())]
    # One after the other, because each build uses all processors.
    kernels = [base_of(options, folder), Kernel(options.new, folder)]
    if kernels[0] == kernels[1]:
        print("tests/vm/ab.sh: --base and --new are the same program", file=sys.stderr)
    if options.seeds < seeds_needed(len(cells)):
        print(f"tests/vm/ab.sh: if all {len(cells)} cells differ, {options.seeds} seeds are too "
              f"few to call one worse; {seeds_needed(len(cells))} are enough", file=sys.stderr)
    jobs = [job(kernel, cell, proto, seed)
            for proto, seeds in (("tcp", [1]), ("mptcp", range(1, options.seeds + 1)))
            for seed in seeds for cell in cells for kernel in kernels]
    results = run_all(boots, list(dict.fromkeys(jobs)))
    if options.bisect:
        base_failures = [file for (kernel, *_), file in results.items()
                         if kernel == kernels[0] and isinstance(file, Failure)]
        if base_failures and kernels[0] != kernels[1]:
            raise Failure(BAD_USAGE, f"--base: {base_failures[0]}")
    controls, answers = answers_of(cells, kernels, results, options.seeds)
    print("\n".join((ktap if options.ktap else table)(controls, answers)))
    differs = next((answer for answer in controls + answers if answer.first_differing_files), None)
    if differs is not None:
        text = f"the first difference, in {differs.name}: " \
               f"{first_difference(options.build, differs.first_differing_files)}"
        print("\n".join("# " + line for line in text.splitlines()) if options.ktap
              else "\n" + text)
    return status_of(controls, answers)


def run(arguments):
    ktap_too = "--ktap" in arguments
    try:
        options, lists, others = parse(arguments)
        if options.out is not None:
            return compare(options, lists, others, options.out)
        with tempfile.TemporaryDirectory(prefix="mptcp-bench-ab.") as folder:
            return compare(options, lists, others, pathlib.Path(folder))
    except Failure as failure:
        print(f"tests/vm/ab.sh: {failure}", file=sys.stderr)
        if ktap_too and failure.status == CANNOT_RUN:
            print("KTAP version 1\n1..0 # SKIP " + " ".join(str(failure).split()))
        return failure.status
    except OSError as error:
        print(f"tests/vm/ab.sh: {error}", file=sys.stderr)
        return FAILED


def main():
    end_on_signals()
    bisects = "--bisect" in sys.argv
    try:
        status = run(sys.argv[1:])
        if bisects:
            status = TO_BISECT.get(status, NO_COMMIT_HAS_ONE)
    except SystemExit as end:  # argparse's
        status = NO_COMMIT_HAS_ONE if bisects and end.code else end.code
    except KeyboardInterrupt:
        print("tests/vm/ab.sh: interrupted", file=sys.stderr)
        status = 130
    except Exception:  # pylint: disable=broad-except
        traceback.print_exc()
        status = NO_COMMIT_HAS_ONE if bisects else FAILED
    sys.exit(status)


if __name__ == "__main__":
    main()
