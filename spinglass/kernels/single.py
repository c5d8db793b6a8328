"""Value and gradient of the packed form at one point, for landscapes larger than the cache.

There the time is that of reading the couplings once.  With one replica the lanes of a vector hold
neighbouring couplings of a row instead of replicas; four rows share each loaded x and g.
"""

import numpy as np
from numba import njit

_jit = njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})


@_jit
def _triangle(c, start, m, x, weight, g):
    """Do the packed triangle of side ``m`` that starts at ``start``; return its value."""
    value = 0.0
    row = start
    j = 0
    while j + 4 <= m:
        r1 = row + j + 1
        r2 = r1 + j + 2
        r3 = r2 + j + 3
        c0, c1, c2, c3 = c[row : row + j], c[r1 : r1 + j], c[r2 : r2 + j], c[r3 : r3 + j]
        s0, s1, s2, s3 = weight * x[j], weight * x[j + 1], weight * x[j + 2], weight * x[j + 3]
        a0 = 0.0
        a1 = 0.0
        a2 = 0.0
        a3 = 0.0
        for k in range(j):
            a0 += c0[k] * x[k]
            a1 += c1[k] * x[k]
            a2 += c2[k] * x[k]
            a3 += c3[k] * x[k]
            g[k] += c0[k] * s0 + c1[k] * s1 + c2[k] * s2 + c3[k] * s3
        value += _corner(c, row + j, x, j, weight, g, 0, a0)
        value += _corner(c, r1 + j, x, j, weight, g, 1, a1)
        value += _corner(c, r2 + j, x, j, weight, g, 2, a2)
        value += _corner(c, r3 + j, x, j, weight, g, 3, a3)
        row = r3 + j + 4
        j += 4
    while j < m:
        value += _corner(c, row, x, 0, weight, g, j, 0.0)
        row += j + 1
        j += 1
    return value


@_jit
def _corner(c, row, x, j, weight, g, last, a):
    """Finish row ``j + last``, done up to column j with dot product ``a``; return its value."""
    here = j + last
    s = weight * x[here]
    for k in range(last + 1):
        a += c[row + k] * x[j + k]
        g[j + k] += c[row + k] * s
    g[here] += weight * a
    return x[here] * a


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
