#!/usr/bin/env python3
"""Measures how often a protocol is reported as different from itself, in comparisons of six blocks.

    tests/bench/aa.py FOLDER [COUNT]     makes those of COUNT (200) that FOLDER lacks, and reports

Each comparison is a separate experiment with its own seed: TCP with itself, throughput of GET 4k
over ten connections, cubic (bbr would not have settled), two lossy links. One takes about 70 s. The
links have 25 Mbit/s, so four experiments at a time take as much of the CPUs as one over the default
links, and 200 take an hour instead of four. Losses, not the rate, limit ten connections there, and
runs differ by several percent: a harder case than a full link, whose runs differ by a thousandth.
The script can be stopped and started again, and keeps finished comparisons. The machine must be
idle otherwise.

It prints how many of the exact 95 % intervals exclude 1, with the exact (Clopper-Pearson) 95 %
interval of that rate, and how many verdicts were better or worse, which requires a difference
beyond the margin of 2 %. Comparisons with an invalid run have no interval and are only counted.
"""
import concurrent.futures
import json
import math
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BENCH = os.environ.get("MPTCP_BENCH", os.path.join(ROOT, "build", "mptcp-bench"))
BLOCKS = 6
AT_ONCE = 4
LINKS = {"links": [{"name": name, "rate": "25mbit", "delay": "5ms", "loss": "1%", "queue": "250p"}
                   for name in ("link1", "link2")]}


def file_of(folder, index):
    return os.path.join(folder, f"aa-{index:03}.json")


def is_complete(file):
    if not os.path.exists(file):
        return False
    with open(file, encoding="utf-8") as text:
        return json.load(text).get("complete", False)


def make(folder, index):
    """Makes one comparison, or finishes that of an earlier call."""
    file = file_of(folder, index)
    if os.path.exists(file):
        options = ["--resume", file]
    else:
        options = ["--scenario", os.path.join(folder, "links.json"), "--proto", "tcp", "--aa",
                   "--repeat", str(BLOCKS), "--op", "get", "--size", "4k", "-c", "10",
                   "--congestion", "cubic", "--warmup", "2s", "--duration", "3s",
                   "--timeline", "off", "--seed", str(index), "-o", file]
    # 1 is an invalid run: the comparison has fewer blocks, and therefore no interval.
    done = subprocess.run([BENCH, "--quiet", *options], stdout=subprocess.DEVNULL, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{file}: mptcp-bench failed with {done.returncode}")
    print(f"{file} is complete", file=sys.stderr)


def throughput_of(file):
    with open(file, encoding="utf-8") as text:
        result = json.load(text)
    [comparison] = [c for c in result["comparisons"] if c["metric"] == "throughput"] or [None]
    return comparison


def at_most(k, n, p):
    """The probability of k successes or fewer of n."""
    if p in (0.0, 1.0):
        return 1.0 if p == 0 or k >= n else 0.0
    # Logarithms, because a binomial coefficient of a thousand runs does not fit into a float.
    return sum(math.exp(math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1)
                        + i * math.log(p) + (n - i) * math.log1p(-p)) for i in range(k + 1))


def solve(increasing):
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if increasing(middle) else (middle, high)
    return low


def interval_of(k, n):
    low = 0.0 if k == 0 else solve(lambda p: 1 - at_most(k - 1, n, p) > 0.025)
    high = 1.0 if k == n else solve(lambda p: at_most(k, n, p) < 0.025)
    return low, high


def report(comparisons, count):
    complete = [c for c in comparisons if c is not None and "interval" in c]
    excluded = [c for c in complete if c["interval"]["low"] > 1 or c["interval"]["high"] < 1]
    verdicts = [c for c in complete if c["verdict"] in ("better", "worse")]
    print(f"{len(complete)} of {count} comparisons have {BLOCKS} valid blocks")
    if not complete:
        return
    low, high = interval_of(len(excluded), len(complete))
    print(f"intervals that exclude 1: {len(excluded)} ({len(excluded) / len(complete):.1%}; "
          f"95 %: {low:.1%} to {high:.1%})")
    print(f"verdicts better or worse: {len(verdicts)}")
    widths = sorted((c["interval"]["high"] - c["interval"]["low"]) / 2 for c in complete)
    ratios = sorted(c["ratio"] for c in complete)
    print(f"ratio: median {ratios[len(ratios) // 2]:.3f}, from {ratios[0]:.3f} to {ratios[-1]:.3f}")
    print(f"half-width of the interval: median {widths[len(widths) // 2]:.2%}, "
          f"largest {widths[-1]:.2%}")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    folder, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else 200
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "links.json"), "w", encoding="utf-8") as text:
        json.dump(LINKS, text)
    missing = [i for i in range(1, count + 1) if not is_complete(file_of(folder, i))]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda index: make(folder, index), missing))
    files = [file_of(folder, index) for index in range(1, count + 1)]
    report([throughput_of(file) for file in files], count)


if __name__ == "__main__":
    main()
