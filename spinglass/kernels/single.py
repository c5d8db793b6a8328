"""Value and gradient of the packed form at one point, for landscapes larger than the cache.

There the time is that of reading the couplings once, and they are read in the order in which they
lie, one row after the other: a single stream is what the memory serves fastest.  The lanes of a
vector hold neighbouring couplings of a row instead of replicas.
"""

import numpy as np
from numba import njit

_jit = njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})


@_jit
def _triangle(c, start, m, x, weight, g):
    """Do the packed triangle of side ``m`` that starts at ``start``; return its value."""
    value = 0.0
    for j in range(m):
        row = c[start : start + j]
        s = weight * x[j]
        a = 0.0
        for k in range(j):
            a += row[k] * x[k]
            g[k] += row[k] * s
        a += c[start + j] * x[j]
        g[j] += c[start + j] * s + weight * a
        value += x[j] * a
        start += j + 1
    return value


@_jit
def form_and_gradient_at_point(c, start, p, first, stop, x, g):
    """Add the terms whose outermost index lies in [first, stop) to the gradient; return the form.

    Parameters
    ----------
    c, start, p, first, stop
        As in `gradient.form_and_gradient`.
    x, g : (n,) float64
        The point, and where dF/dx is added.
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
