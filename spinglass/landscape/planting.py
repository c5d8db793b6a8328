"""The hidden point of a sample, and the rank-one terms of packed couplings that favour it.

At a sorted tuple I with m_I distinct orderings, the packed coefficient of the symmetric tensor
x^{(x) p} is m_I x_{i1} ... x_{ip}.
"""

import math
from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from spinglass.arrays import Array
from spinglass.kernels.packing import scale_by_multiplicity
from spinglass.landscape.forms import check_room, coupling_count, index_ranges
from spinglass.landscape.random import normals
from spinglass.parallel import map_threads

_PIECES = 32


def hidden_point(n: int, seed: int) -> Array:
    """Return the point to hide in the sample of a seed, shape (n,), uniform on the sphere."""
    direction = normals(seed, "hidden point", 0, n)
    return direction * math.sqrt(n / math.fsum(direction * direction))


def widened(couplings: Array, n: int, orders: list[int], wanted: list[int]) -> Array:
    """Return a copy of packed couplings with the ``wanted`` orders, ascending; new ones are 0."""
    ends = np.cumsum([0, *(coupling_count(n, p) for p in wanted)])
    words = f"a point hidden at n = {n}, p = {'+'.join(map(str, wanted))}"
    check_room(words, 8 * int(ends[-1]), "a copy of its couplings")
    wide, done = np.zeros(ends[-1]), 0
    for p, (first, stop) in zip(wanted, pairwise(ends), strict=True):
        if p in orders:
            wide[first:stop] = couplings[done : done + stop - first]
            done += stop - first
    return wide


def add_signal(couplings: Array, n: int, factors: Mapping[int, float], x: Array) -> None:
    """Add ``factor`` times x^{(x) p} to the packed couplings of each order, in place."""
    first = 0
    for p, factor in sorted(factors.items()):
        stop = first + coupling_count(n, p)
        if factor:
            _add_power(couplings[first:stop], p, factor, x)
        first = stop


def _add_power(couplings: Array, p: int, factor: float, x: Array) -> None:
    """Add ``factor`` x^{(x) p} to one order; its row i is x_i times products of one order less."""
    n, lower = len(x), x
    for k in range(2, p):
        lower = np.concatenate([x[i] * lower[: coupling_count(i + 1, k - 1)] for i in range(n)])

    def add(piece: tuple[int, int, int]) -> None:
        for i in range(piece[0], piece[1]):
            row = (factor * x[i]) * lower[: coupling_count(i + 1, p - 1)]
            scale_by_multiplicity(row, 0, p, i, i + 1)
            scale_by_multiplicity(row, 0, p, i, i + 1)
            couplings[coupling_count(i, p) : coupling_count(i + 1, p)] += row

    map_threads(add, index_ranges(n, p, _PIECES))
