"""Second derivative of the packed form, by differentiating along x until two indices are left.

The derivative of F along x is again a packed form, one degree lower, with p multiply-adds per
coefficient: each position of the index tuple is dropped in turn and multiplied by its x.  After
p - 2 derivatives the coefficients of a quadratic form remain, (p - 2)! times half the Hessian.
All inner loops run over the contiguous last index, replicas innermost as in `gradient`.
"""

import math

import numpy as np

from spinglass.kernels.compiled import jit as _jit
from spinglass.kernels.packing import advance
from spinglass.kernels.simd import LANES, aligned_zeros, broadcast, fma, load, store


def new_workspace(n, p):
    """Allocate what `quadratic_form` works in."""
    size = max(math.comb(n + p - 2, p - 1), math.comb(n + 1, 2))
    return aligned_zeros((2, size * LANES))


@_jit
def _target(prefix, dropped, table):
    """Return where the entries (prefix without one position, k = 0, 1, ...) start."""
    degree = prefix.size
    target = 0
    for place in range(degree):
        if place < dropped:
            target += table[prefix[place], degree - place]
        elif place > dropped:
            target += table[prefix[place], degree - place + 1]
    return target


@_jit
def _derive(c, shared, n, degree, x, table, out):
    """Write the coefficients, of degree one less, of the derivative along each replica's x.

    ``c`` holds one number per entry if ``shared``, else one per entry and replica.
    """
    out[: table[n, degree - 1] * LANES] = 0.0
    prefix = np.zeros(degree - 1, np.int64)
    start = 0
    place = 0
    more = True
    while more:
        m = prefix[degree - 2] + 1
        total = load(out, place * LANES)
        for k in range(m):
            cc = broadcast(c, start + k) if shared else load(c, (start + k) * LANES)
            total = fma(cc, load(x, k * LANES), total)
        store(out, place * LANES, total)
        for dropped in range(degree - 1):
            target = _target(prefix, dropped, table)
            weight = load(x, prefix[dropped] * LANES)
            for k in range(m):
                cc = broadcast(c, start + k) if shared else load(c, (start + k) * LANES)
                q = (target + k) * LANES
                store(out, q, fma(cc, weight, load(out, q)))
        start += m
        place += 1
        more = advance(prefix, n)


@_jit
def quadratic_form(form, x, work):
    """Differentiate down to degree two, for one group of replicas.

    Parameters
    ----------
    form : Form
        Of degree p, at least 2.
    x : (n * LANES,) float64
        Points, replicas innermost.
    work : (2, max(C(n + p - 2, p - 1), n (n + 1) / 2) * LANES) float64
        Working space; the coefficients of the quadratic form end up in ``work[0]``: to unpack
        them, divide by (p - 2)!, and double the diagonal.
    """
    c, p, table = form.c, form.p, form.plan.table
    n = table.shape[0] - 1
    if p == 2:
        for q in range(table[n, 2]):
            store(work[0], q * LANES, broadcast(c, q))
        return
    _derive(c, True, n, p, x, table, work[(p - 1) & 1])
    for degree in range(p - 1, 2, -1):
        _derive(work[degree & 1], False, n, degree, x, table, work[(degree - 1) & 1])


@_jit
def unpack(quadratic, factor, n, lane, out):
    """Write ``factor`` times the matrix of second derivatives of one replica's quadratic form."""
    q = lane
    for i in range(n):
        for j in range(i):
            entry = factor * quadratic[q]
            out[i, j] = entry
            out[j, i] = entry
            q += LANES
        out[i, i] = 2.0 * factor * quadratic[q]
        q += LANES
