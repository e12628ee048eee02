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


def ratio(base, new):
    """The typical ratio new / base of pairs of positive numbers."""
    return math.exp(median(walsh_averages([math.log(b / a) for a, b in zip(base, new)])))


def interval(base, new, confidence):
    """The interval of ratio(), exact if differences are symmetric; None for too few pairs."""
    logs = [math.log(b / a) for a, b in zip(base, new)]
    averages = walsh_averages(logs)
    tail = (1 - confidence) / 2
    counts, below, cut = rank_sums(len(logs)), 0, 0
    while (below + counts[cut]) / 2 ** len(logs) <= tail:
        below += counts[cut]
        cut += 1
    if cut == 0:
        return None
    return math.exp(averages[cut - 1]), math.exp(averages[-cut])


def p_less(base, new):
    """The one-sided p of the claim that new is less than base, by Wilcoxon's signed ranks. Equal
    pairs count against the claim."""
    logs = [math.log(b / a) for a, b in zip(base, new)]
    positive = sum(average >= 0 for average in walsh_averages(logs))
    return p_at_most(positive, len(logs))


def holm(ps):
    """Adjusts p values so that all claims below 5 % together have a confidence of 95 %."""
    order = sorted(range(len(ps)), key=ps.__getitem__)
    adjusted, largest = [0.0] * len(ps), 0.0
    for place, index in enumerate(order):
        largest = max(largest, min(1.0, ps[index] * (len(ps) - place)))
        adjusted[index] = largest
    return adjusted
