"""Statistics of pairs, one per seed: the difference between two kernels, or between two backends.

The estimate is Hodges and Lehmann's, and the interval the exact one of the signed ranks (Wilcoxon).
src/stats/comparison uses the same for blocks, so a seed here is as much evidence as a block there.
"""
import math


def walsh_averages(values):
    """The means of every two values, and of each with itself, sorted."""
    return sorted((a + b) / 2 for i, a in enumerate(values) for b in values[i:])


def rank_sums(n):
    """For each sum of positive ranks, the number of the 2^n signs of n ranks that give it."""
    counts = [1] + [0] * (n * (n + 1) // 2)
    for rank in range(1, n + 1):
        for total in range(len(counts) - 1, rank - 1, -1):
            counts[total] += counts[total - rank]
    return counts


def p_at_most(total, n):
    """The probability of a sum of positive ranks of `total` or less if neither side is larger."""
    return sum(rank_sums(n)[: int(total) + 1]) / 2**n


def median(values):
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


# Stands for a ratio without a bound: the latency of a saturated run has none.
UNBOUNDED = math.log(1e9)


def log_ratio(base, new):
    """ln(new / base) of two numbers from 0 to infinity."""
    if new == base:
        return 0.0
    if base == 0 or math.isinf(new):
        return UNBOUNDED
    if new == 0 or math.isinf(base):
        return -UNBOUNDED
    return math.log(new / base)


def typical(logs):
    """The Hodges-Lehmann estimate of log ratios."""
    return median(walsh_averages(logs))


def interval(logs, confidence):
    """The interval of typical(), exact if the logs are symmetric; None if they are too few."""
    averages = walsh_averages(logs)
    tail = (1 - confidence) / 2
    counts, below, cut = rank_sums(len(logs)), 0, 0
    while (below + counts[cut]) / 2 ** len(logs) <= tail:
        below += counts[cut]
        cut += 1
    return (averages[cut - 1], averages[-cut]) if cut else None


def p_below(logs):
    """The one-sided p of the claim that the logs are below 0 (Wilcoxon's signed ranks). A log of 0
    counts against the claim."""
    return p_at_most(sum(average >= 0 for average in walsh_averages(logs)), len(logs))


def holm(ps):
    """Adjusts p values so that all claims below a level together are made at that level."""
    order = sorted(range(len(ps)), key=ps.__getitem__)
    adjusted, largest = [0.0] * len(ps), 0.0
    for place, index in enumerate(order):
        largest = max(largest, min(1.0, ps[index] * (len(ps) - place)))
        adjusted[index] = largest
    return adjusted
