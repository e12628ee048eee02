"""Replaces scipy.stats if it is not installed: the part that Google Benchmark's compare.py uses."""
import itertools
import math
import types

from numpy import array


def gmean(rows):
    return array(math.exp(sum(map(math.log, column)) / len(column)) for column in zip(*rows))


def mannwhitneyu(x, y, alternative):
    """The exact test, over all ways to assign the ranks; ties count half."""
    assert alternative == "two-sided"
    values = list(x) + list(y)
    ranks = [sum(v < w for v in values) + (sum(v == w for v in values) - 1) / 2 for w in values]
    middle = len(x) * (len(values) - 1) / 2
    far = abs(sum(ranks[:len(x)]) - middle)
    extreme = [abs(sum(chosen) - middle) >= far - 1e-9
               for chosen in itertools.combinations(ranks, len(x))]
    return types.SimpleNamespace(pvalue=sum(extreme) / len(extreme))
