"""Stands in for scipy.stats where it is not installed: as much as Google Benchmark's compare.py asks of it."""
import itertools
import math
import types

from numpy import array


def gmean(rows):
    return array(math.exp(sum(map(math.log, column)) / len(column)) for column in zip(*rows))


def mannwhitneyu(x, y, alternative):
    """The exact test, over all ways to deal the ranks; ties count half."""
    assert alternative == "two-sided"
    values = list(x) + list(y)
    ranks = [sum(v < w for v in values) + (sum(v == w for v in values) - 1) / 2 for w in values]
    middle = len(x) * (len(values) - 1) / 2
    far = abs(sum(ranks[:len(x)]) - middle)
    deals = [abs(sum(deal) - middle) >= far - 1e-9 for deal in itertools.combinations(ranks, len(x))]
    return types.SimpleNamespace(pvalue=sum(deals) / len(deals))
