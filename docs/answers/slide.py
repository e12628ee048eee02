#!/usr/bin/env python3
"""Searches for conditions under which this kernel gives the figures of the published slide.

    docs/answers/slide.py --kernel PROGRAM --out FOLDER [--most N]

The slide has twelve throughputs: GET and SET of 1k, 4k and 16k, over TCP and over MPTCP. It states
two links of 100 Mbit/s and losses, but neither how many, nor the delay, the queues, the congestion
control or the endpoints. A set of conditions is a choice of these five.

The score of a set is the largest deviation among three cells: those over MPTCP in which the slide
and our reference differ (SET 16k, GET 1k) and GET 16k, which agrees. A coarse grid comes
first. Then the search takes the best set whose neighbours have not been tried, and tries them: one
condition differs by a step, or is another congestion control or mode of endpoints. It ends after
--most sets (default: 200), or when the 25 best have been examined in this way. All twelve cells of
the five best sets are measured with three seeds.

Results stay in --out, and a later call makes only the runs that are missing. Links are by netem, in
User Mode Linux.

Exit status: 0, 1 a machine failed, 2 bad usage, 77 this host cannot run it.
"""
import argparse
import itertools
import json
import math
import pathlib
import sys
import typing

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests" / "vm"))

# pylint: disable=wrong-import-position
import paired
from boots import BUILD, FAILED, OK, Boots, Failure, Kernel, end_on_signals, phased, run_all
from scheduler_trace import table

SLIDE = PROJECT / "results" / "published" / "keyspace-beijing-2025.json"
# The steps of the search. Those of the coarse grid are in COARSE.
LEVELS = {
    "loss": ("0%", "0.1%", "0.2%", "0.5%", "1%", "1.5%", "2%", "3%", "5%"),
    "delay": ("0ms", "200us", "500us", "1ms", "2ms", "5ms", "10ms", "20ms", "40ms"),
    "queue": ("20p", "50p", "100p", "250p", "500p", "1000p", "4000p"),
    "congestion": ("cubic", "reno", "bbr"),
    "endpoints": ("subflow", "maintainers", "fullmesh", "laminar"),
}
COARSE = {
    "loss": ("0%", "0.5%", "1%", "2%"), "delay": ("0ms", "1ms", "5ms", "20ms"),
    "queue": ("100p", "1000p"), "congestion": ("cubic", "bbr"),
    "endpoints": ("subflow", "fullmesh"),
}
ORDERED = ("loss", "delay", "queue")
PROBES = (("mptcp", "set", "16k"), ("mptcp", "get", "1k"), ("mptcp", "get", "16k"))
WITHIN = math.log(1.05)
EXAMINED, SHOWN, SEEDS = 25, 5, (1, 2, 3)
INVALID = math.inf


class Conditions(typing.NamedTuple):
    loss: str
    delay: str
    queue: str
    congestion: str
    endpoints: str

    def options(self, proto, op, size, seed):
        links = (f"link*.{name}={getattr(self, name)}" for name in ORDERED)
        # TCP has no endpoints.
        endpoints = ("--vary", f"endpoints={self.endpoints}") if proto == "mptcp" else ()
        return ("--links", "netem", "--scenario", "keyspace-beijing-2025",
                *(word for grid in links for word in ("--grid", grid)), "--congestion",
                self.congestion, *endpoints, "--op", op, "--size", size, "-c", "200", "--timeline",
                "off", "--duration", "2s", *phased(700, seed), "--proto", proto)

    def neighbours(self):
        for name, levels in LEVELS.items():
            here = levels.index(getattr(self, name))
            near = (here - 1, here + 1) if name in ORDERED else range(len(levels))
            for index in near:
                if index != here and 0 <= index < len(levels):
                    yield self._replace(**{name: levels[index]})


def published():
    """The requests per second of each (protocol, operation, size)."""
    rows = json.loads(SLIDE.read_text(encoding="utf-8"))["rows"]
    return {(proto, row["op"], f"{row['value_bytes'] // 1024}k"): row[proto]["rps"]
            for row in rows for proto in ("tcp", "mptcp")}


class Search:
    def __init__(self, boots, kernel, most):
        self.boots, self.kernel, self.most = boots, kernel, most
        self.slide, self.scores, self.deviations = published(), {}, {}
        self.release = None  # of the kernel
        self.status = OK

    def measure(self, sets, cells, seeds):
        """The logarithm of measured / published of each (set, cell, seed)."""
        jobs = {(conditions, cell, seed): (self.kernel, conditions.options(*cell, seed), seed)
                for conditions in sets for cell in cells for seed in seeds}
        files = run_all(self.boots, list(dict.fromkeys(jobs.values())))
        found = {}
        for key, job in jobs.items():
            if isinstance(files[job], Failure):
                print(f"{' '.join(key[0])}, {' '.join(key[1])}: {files[job]}", file=sys.stderr)
                self.status = FAILED
                continue
            document = json.loads(files[job].read_text(encoding="utf-8"))
            self.release = document["environment"]["kernel"]
            [run] = document["runs"]
            if not run["invalid_reasons"] and run["throughput_rps"] > 0:
                found[key] = math.log(run["throughput_rps"] / self.slide[key[1]])
        return found

    def score(self, sets):
        """Measures the probes of these sets, or of as many as are allowed."""
        new = [one for one in dict.fromkeys(sets) if one not in self.scores]
        new = new[:self.most - len(self.scores)]
        if not new:
            return
        found = self.measure(new, PROBES, SEEDS[:1])
        for conditions in new:
            self.deviations[conditions] = [found.get((conditions, cell, 1), INVALID)
                                           for cell in PROBES]
            self.scores[conditions] = max(map(abs, self.deviations[conditions]))

    def best(self, count):
        return sorted(self.scores, key=self.scores.get)[:count]

    def run(self):
        self.score(itertools.starmap(Conditions, itertools.product(*COARSE.values())))
        expanded = set()
        while len(self.scores) < self.most:
            left = [one for one in self.best(EXAMINED) if one not in expanded]
            if not left:
                break
            expanded.add(left[0])
            self.score(left[0].neighbours())

    # --- the output ---

    def report(self):
        best = self.best(SHOWN)
        found = self.measure(best, list(self.slide), SEEDS)
        names = [chr(ord("A") + i) for i in range(len(best))]
        middles = {conditions: [] for conditions in best}
        for conditions, cell in itertools.product(best, self.slide):
            logs = [found[conditions, cell, seed] for seed in SEEDS
                    if (conditions, cell, seed) in found]
            middles[conditions].append(paired.median(logs) if logs else INVALID)
        print(f"  The best of {len(self.scores)} sets of conditions\n")
        rows = [["set", *Conditions._fields, "within 5 %"]]
        for name, conditions in zip(names, best):
            agree = sum(abs(log) <= WITHIN for log in middles[conditions])
            rows.append([name, *conditions, f"{agree} of {len(self.slide)} cells"])
        print("\n".join(table(rows)))
        print("\n  Their requests per second in per cent of the slide's, medians of three seeds\n")
        rows = [["cell", *names]]
        for i, (proto, op, size) in enumerate(self.slide):
            rows.append([f"{op.upper()} {size} {proto}",
                         *(per_cent(middles[conditions][i]) for conditions in best)])
        print("\n".join(table(rows)))
        print("\n  The least score that any set with a condition has: the largest deviation of "
              "its three cells\n")
        rows = [["condition", "value", "sets", "least score"]]
        for name, levels in LEVELS.items():
            for level in levels:
                some = [score for one, score in self.scores.items() if getattr(one, name) == level]
                if some:
                    rows.append([name, level, str(len(some)), deviation(min(some))])
        print("\n".join(table(rows)))
        print("\n  All sets, best first: requests per second in per cent of the slide's\n")
        rows = [[*Conditions._fields, *(" ".join(cell) for cell in PROBES)]]
        rows += [[*one, *map(per_cent, self.deviations[one])] for one in self.best(None)]
        print("\n".join(table(rows)))
        print(f"\n  {self.release}")


def per_cent(log):
    return "invalid" if log == INVALID else f"{100 * math.exp(log):.0f}"


def deviation(score):
    return "invalid" if score == INVALID else f"{100 * math.expm1(score):.0f} %"


def main():
    end_on_signals()
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, default=BUILD)
    parser.add_argument("--most", type=int, default=200)
    options = parser.parse_args()
    try:
        boots = Boots(options.out, options.build, 300)
        search = Search(boots, Kernel(options.kernel, options.out), options.most)
        search.run()
        search.report()
        sys.exit(search.status)
    except Failure as failure:
        print(f"docs/answers/slide.py: {failure}", file=sys.stderr)
        sys.exit(failure.status)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
