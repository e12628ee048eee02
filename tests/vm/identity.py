#!/usr/bin/env python3
"""Tests that equal runs in User Mode Linux give equal results, whatever else differs.

    tests/vm/identity.py --kernel ./linux [--build DIR] [--out FOLDER]

Over netem and over tun, one run is repeated six times, and then with variations that must not
matter: memory (1 GB without a variation), user, folder, another processor as the C library sees it,
failing programs before it, a root of root.sh instead of the host's files, two machines that share a
processor, and a busy host. Pairs of equal runs follow: over netem with each store and over each
shipped scenario, and over both with a replica. Variations that this host cannot make are listed as
left out. As many machines run at the same time as there are processors; all runs take minutes.

PATH determines which tc(8) and stores are used. If tc has no seeds for netem, some variations
change the losses, and those are left out. tests/userland/make.sh fetches a tc that has seeds, and a
Valkey; PATH=$PWD/build/userland/sbin:$PWD/build/userland/bin:$PATH gives them priority.

Exit status: 0 all are equal, 1 some are not, or a machine failed, 2 bad usage, 77 this host cannot
run it.
"""
import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from boots import (BUILD, FAILED, HERE, OK, PROJECT, Boots, Failure, Kernel, end_on_signals,
                   has_events, run_all)
from equivalence import scenarios

BACKENDS = ("netem", "tun")
PLAIN_RUNS = 6
RUN = ("--op", "get", "--size", "4k", "-c", "20", "--warmup", "500ms", "--congestion", "cubic")
WINDOW = ("--duration", "1s")
# The features that a processor of 2003 lacks, with the names of glibc 2.33 and later.
OLD_PROCESSOR = "glibc.cpu.hwcaps=" + ",".join(f"-{name}" for name in (
    "AVX2", "AVX512F", "AVX512VL", "AVX512BW", "AVX512CD", "AVX512DQ", "BMI1", "BMI2", "FMA",
    "LZCNT", "MOVBE", "POPCNT", "SSSE3", "SSE4_1", "SSE4_2", "ERMS"))
NOBODY = 65534


@dataclasses.dataclass(frozen=True)
class Case:
    """A run of a group whose results must be equal. The others are compared with the first."""
    group: str
    name: str
    words: tuple  # of mptcp-bench
    options: tuple = ()  # of run.sh
    tunables: str = ""  # of the C library
    before: str = ""  # a command of the shell
    user: tuple = ()
    folder: str = ""
    needs_seeds: bool = False  # equal only if netem has seeds

    def command(self):
        # Every run starts the same programs.
        return ("bash", "-c", f'{self.before}exec "$@"', "bash", "env",
                f"GLIBC_TUNABLES={self.tunables}", "mptcp-bench", "--quiet", *self.words, "--seed",
                "1", "-o", "result.json")


class Identity(Boots):
    """Runs each case in a new machine, even if it has run before."""

    def __init__(self, folder, build, kernel):
        super().__init__(folder, build, 600)
        self.kernel = kernel

    def result(self, case):
        name = f"{case.group}-{case.name}".replace(" ", "-").replace(",", "")
        parent = self.folder / "runs" / name / case.folder
        parent.mkdir(parents=True, exist_ok=True)
        if case.user:
            os.chown(parent, NOBODY, NOBODY)
        folder = parent / "out"
        self.boot(self.kernel.path, case.command(), 1, folder, case.options, case.user)
        return folder / "result.json"


def has_program(name):
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is not None


def variations(links, root):
    """The variations of one run; the second list is for two machines on each processor, the third
    for a busy host."""
    words = ("--links", links, "--store", "builtin", "--scenario", "two-lossy-links", *RUN, *WINDOW)

    def case(name, **fields):
        return Case(links, name, words, **fields)

    cases = [case(f"plain {number}") for number in range(1, PLAIN_RUNS + 1)]
    cases += [case("256 MB", options=("--memory", "256")),
              case("512 MB", options=("--memory", "512")),
              case("deeper folder", folder="/".join(["a folder"] * 8)),
              case("old processor", tunables=OLD_PROCESSOR),
              case("failing programs before", before="ls /no1 /no2 /no3; ", needs_seeds=True),
              case("root of root.sh", options=("--root", str(root)), needs_seeds=True),
              case("root, old processor", options=("--root", str(root)), tunables=OLD_PROCESSOR,
                   needs_seeds=True)]
    if os.geteuid() == 0:
        cases.append(case("another user", user=("setpriv", f"--reuid={NOBODY}",
                                                f"--regid={NOBODY}", "--clear-groups")))
    numbers = range(1, 2 * len(os.sched_getaffinity(0)) + 1)
    return (cases, [case(f"two on a processor {number}") for number in numbers],
            [case(f"busy host {number}") for number in (1, 2)])


def pairs():
    stores = [store for store in ("redis", "valkey") if has_program(f"{store}-server")]
    kinds = []
    for store in ["builtin", *stores]:
        kinds.append((f"store {store}", ("--links", "netem", "--store", store, *RUN, *WINDOW)))
    for scenario in scenarios():
        window = () if has_events(PROJECT / "netns" / f"{scenario}.json") else WINDOW
        words = ("--links", "netem", "--store", "builtin", "--scenario", scenario, *RUN, *window)
        kinds.append((scenario, words))
    for links in BACKENDS if stores else ():
        words = ("--links", links, "--store", stores[-1], "--workload", "replica-sync")
        kinds.append((f"replica-sync, {links}", words))
    return [Case(group, name, words) for group, words in kinds for name in ("first", "second")]


@contextlib.contextmanager
def busy_processors():
    """Runs one more program on each processor, which never waits."""
    hogs = []
    try:
        for processor in os.sched_getaffinity(0):
            hogs.append(subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "taskset", "-c", str(processor), "timeout",
                 "600", "sh", "-c", "while :; do :; done"]))
        yield
    finally:
        for hog in hogs:
            hog.terminate()
            hog.wait()


def make_root(build, folder):
    made = subprocess.run([str(HERE / "root.sh"), "--build", str(build), str(folder)],
                          stdout=subprocess.DEVNULL, check=False)
    if made.returncode != 0:
        raise Failure(made.returncode, "root.sh failed")


def difference(build, first, file):
    """A description of the difference of two results, or "equal"."""
    done = subprocess.run([str(build / "mptcp-bench"), "compare", "--exact", str(first), str(file)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    lines = [line.strip() for line in done.stdout.splitlines()]
    return "equal" if done.returncode == OK else "; ".join(lines[:3])


def untried():
    """The variations that this host cannot make, as rows of the report."""
    rows = []
    if os.geteuid() != 0:
        rows.append(("netem, tun", "another user", "this is not root"))
    for store in ("redis", "valkey"):
        if not has_program(f"{store}-server"):
            rows.append((f"store {store}", "", f"{store}-server is not installed"))
    if len(rows) > 0 and not any(map(has_program, ("redis-server", "valkey-server"))):
        rows.append(("replica-sync", "", "no store that replicates is installed"))
    return [f"{group:24} {name:24} left out: {why}" for group, name, why in rows]


def report(build, cases, results):
    """Prints one row per case. Returns whether all are as required."""
    good, firsts = True, {}
    for case in cases:
        file = results[(case,)]
        row = f"{case.group:24} {case.name:24} "
        if isinstance(file, Failure):
            print(f"{row}failed: {file}")
            good = False
            continue
        result = json.loads(file.read_text(encoding="utf-8"))
        first = firsts.setdefault(case.group, file)
        verdict = difference(build, first, file) if file != first else "-"
        if not all(run["valid"] for run in result["runs"]):
            verdict, good = f"{verdict}, not valid", False
        elif verdict not in ("-", "equal"):
            if case.needs_seeds and result["environment"].get("netem_seeded") is False:
                verdict = "left out: netem has no seeds here"
            else:
                good = False
        print(f"{row}{result['measured_sha256'][:12]}  {verdict}", flush=True)
    return good


def test(folder, build, kernel):
    boots = Identity(folder, build, kernel)
    root = folder / "root"
    make_root(build, root)
    quiet, sharing, busy = [], [], []
    for links in BACKENDS:
        for cases, more in zip((quiet, sharing, busy), variations(links, root)):
            cases += more
    quiet += pairs()
    results = run_all(boots, [(case,) for case in quiet])
    with busy_processors():
        results.update(run_all(boots, [(case,) for case in busy]))
    for processor in os.sched_getaffinity(0):
        boots.processors.put(processor)
    results.update(run_all(boots, [(case,) for case in sharing]))
    groups = [case.group for case in quiet]
    cases = sorted(quiet + sharing + busy, key=lambda case: groups.index(case.group))
    good = report(build, cases, results)
    print("".join(row + "\n" for row in untried()), end="")
    return good


def main():
    end_on_signals()
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, default=BUILD)
    parser.add_argument("--out", type=pathlib.Path)
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="mptcp-bench-identity.") as temporary:
            folder = (options.out or pathlib.Path(temporary)).resolve()
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)  # for the other user
            good = test(folder, options.build, Kernel(options.kernel, folder))
    except Failure as failure:
        print(f"tests/vm/identity.py: {failure}", file=sys.stderr)
        sys.exit(failure.status)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(OK if good else FAILED)


if __name__ == "__main__":
    main()
