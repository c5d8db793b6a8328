"""Value and gradient of the packed form at one point, for landscapes larger than the cache.

The time is then that of reading the couplings once.  They are read nearly in the order in which
they are stored, two rows at a time, and prefetched some rows ahead, because memory serves a single
stream fastest.  Two rows share each loaded x and g.  The lanes of a vector hold neighbouring
couplings of a row instead of replicas.
"""

import numpy as np

from spinglass.kernels.compiled import loose_jit as _jit
from spinglass.kernels.simd import LANES, ask_for, fma, load, splat, store, total

_LINE = 8
_AHEAD = 1024


@_jit
def _triangle(c, start, m, x, weight, g):
    """Do the packed triangle of side ``m`` that starts at ``start``; return its value."""
    value = 0.0
    for j in range(0, m - 1, 2):
        value += _two_rows(c, start, j, x, weight, g)
        start += 2 * j + 3
    if m % 2:
        row = c[start : start + m]
        s = weight * x[m - 1]
        a = 0.0
        for k in range(m):
            a += row[k] * x[k]
            g[k] += row[k] * s
        g[m - 1] += weight * a
        value += x[m - 1] * a
    return value


@_jit
def _two_rows(c, start, j, x, weight, g):
    """Do the rows j and j + 1, which begin at ``start``; return their value."""
    middle = start + j + 1
    ahead = middle + j + 2 + _AHEAD
    upper = c[start:middle]
    lower = c[middle : middle + j + 2]
    s0, s1 = weight * x[j], weight * x[j + 1]
    steps0, steps1 = splat(s0), splat(s1)
    sums0, sums1 = splat(0.0), splat(0.0)
    whole = j - j % LANES
    for k in range(0, whole, LANES):
        for line in range(0, 2 * LANES, _LINE):
            ask_for(c, ahead + 2 * k + line)
        row0, row1, here = load(upper, k), load(lower, k), load(x, k)
        sums0 = fma(row0, here, sums0)
        sums1 = fma(row1, here, sums1)
        store(g, k, fma(row1, steps1, fma(row0, steps0, load(g, k))))
    a0, a1 = total(sums0), total(sums1)
    for k in range(whole, j + 1):
        a0 += upper[k] * x[k]
        a1 += lower[k] * x[k]
        g[k] += upper[k] * s0 + lower[k] * s1
    a1 += lower[j + 1] * x[j + 1]
    g[j] += weight * a0
    g[j + 1] += lower[j + 1] * s1 + weight * a1
    return x[j] * a0 + x[j + 1] * a1


@_jit
def form_and_gradient_at_point(c, start, p, first, stop, x, g):
    """Add the terms whose outermost index lies in [first, stop) to the gradient; return the form.

    Parameters
    ----------
    c : (C(n + p - 1, p),) float64
        Packed coefficients.
    start : int
        Position of the first coefficient whose outermost index is ``first``.
    p : int
        Degree, at least 2; for p = 2 all terms are done, whatever the range.
    first, stop : int
        Range of the outermost index.
    x, g : (n,) float64
        The point, and the array to which dF/dx is added.
    """
    if p == 2:
        return _triangle(c, start, x.size, x, 1.0, g)
    depth = p - 2
    prefix = np.zeros(depth, np.int64)
    weight = np.ones(depth + 1)
    partial = np.zeros(depth + 1)
    prefix[0] = first
    changed = 0
    while True:
        for level in range(changed, depth):
            weight[level + 1] = weight[level] * x[prefix[level]]
        m = prefix[depth - 1] + 1
        partial[depth] = _triangle(c, start, m, x, weight[depth], g)
        start += m * (m + 1) // 2
        ended = depth - 1
        while ended > 0 and prefix[ended] == prefix[ended - 1]:
            ended -= 1
        for level in range(depth - 1, ended - 1, -1):
            g[prefix[level]] += weight[level] * partial[level + 1]
            partial[level] += x[prefix[level]] * partial[level + 1]
            partial[level + 1] = 0.0
        prefix[ended] += 1
        prefix[ended + 1 :] = 0
        changed = ended
        if prefix[0] >= stop:
            return partial[0]
