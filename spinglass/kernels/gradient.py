"""Value and gradient of the form F(x) = sum over sorted index tuples I of c_I x_I, any degree.

The coefficients lie packed in the order i1 >= i2 >= ... >= ip with the last index running
fastest, so that fixing all but the last two indices leaves one packed triangle.  A triangle costs
two fused multiply-adds per coefficient and replica: its share of a row's dot product with x, and
its share of the gradient.  What the outer indices add is the product rule, applied once per
prefix as a nested Horner scheme; ties between indices need no special case, because every
*position* of an index is differentiated separately.

Replicas lie innermost, `simd.LANES` of them to a group; a group is an (n, LANES) slab.  Four rows
of a triangle share each loaded x and g.  Several groups take turns on each triangle while it is in
cache.  A lane sees the operations of a plain row-by-row loop, in that order, whatever the tile.
"""

import numpy as np
from numba import njit

from spinglass.kernels.simd import LANES, add, broadcast, fma, load, multiply, splat, store

_jit = njit(nogil=True, cache=True, error_model="numpy")


@_jit
def _one_row(c, row, j, x, at, weight, g):
    """Do row ``j``, whose coefficients start at ``row``; return its share of the value."""
    here = at + j * LANES
    xj = load(x, here)
    s = multiply(weight, xj)
    a = splat(0.0)
    for k in range(j + 1):
        q = at + k * LANES
        cc = broadcast(c, row + k)
        a = fma(cc, load(x, q), a)
        store(g, q, fma(cc, s, load(g, q)))
    store(g, here, fma(weight, a, load(g, here)))
    return multiply(xj, a)


@_jit
def _four_rows(c, row, j, x, at, weight, g):
    """Do rows ``j`` to ``j + 3`` in one pass; return their share of the triangle's value."""
    r1 = row + j + 1
    r2 = r1 + j + 2
    r3 = r2 + j + 3
    q0 = at + j * LANES
    q1 = q0 + LANES
    q2 = q1 + LANES
    q3 = q2 + LANES
    x0 = load(x, q0)
    x1 = load(x, q1)
    x2 = load(x, q2)
    x3 = load(x, q3)
    s0 = multiply(weight, x0)
    s1 = multiply(weight, x1)
    s2 = multiply(weight, x2)
    s3 = multiply(weight, x3)
    a0 = splat(0.0)
    a1 = splat(0.0)
    a2 = splat(0.0)
    a3 = splat(0.0)
    for k in range(j):
        q = at + k * LANES
        xk = load(x, q)
        gk = load(g, q)
        cc = broadcast(c, row + k)
        a0 = fma(cc, xk, a0)
        gk = fma(cc, s0, gk)
        cc = broadcast(c, r1 + k)
        a1 = fma(cc, xk, a1)
        gk = fma(cc, s1, gk)
        cc = broadcast(c, r2 + k)
        a2 = fma(cc, xk, a2)
        gk = fma(cc, s2, gk)
        cc = broadcast(c, r3 + k)
        a3 = fma(cc, xk, a3)
        gk = fma(cc, s3, gk)
        store(g, q, gk)
    cc = broadcast(c, row + j)
    a0 = fma(cc, x0, a0)
    g0 = fma(weight, a0, fma(cc, s0, load(g, q0)))
    cc = broadcast(c, r1 + j)
    a1 = fma(cc, x0, a1)
    g0 = fma(cc, s1, g0)
    cc = broadcast(c, r1 + j + 1)
    a1 = fma(cc, x1, a1)
    g1 = fma(weight, a1, fma(cc, s1, load(g, q1)))
    cc = broadcast(c, r2 + j)
    a2 = fma(cc, x0, a2)
    g0 = fma(cc, s2, g0)
    cc = broadcast(c, r2 + j + 1)
    a2 = fma(cc, x1, a2)
    g1 = fma(cc, s2, g1)
    cc = broadcast(c, r2 + j + 2)
    a2 = fma(cc, x2, a2)
    g2 = fma(weight, a2, fma(cc, s2, load(g, q2)))
    cc = broadcast(c, r3 + j)
    a3 = fma(cc, x0, a3)
    store(g, q0, fma(cc, s3, g0))
    cc = broadcast(c, r3 + j + 1)
    a3 = fma(cc, x1, a3)
    store(g, q1, fma(cc, s3, g1))
    cc = broadcast(c, r3 + j + 2)
    a3 = fma(cc, x2, a3)
    store(g, q2, fma(cc, s3, g2))
    cc = broadcast(c, r3 + j + 3)
    a3 = fma(cc, x3, a3)
    store(g, q3, fma(weight, a3, fma(cc, s3, load(g, q3))))
    return fma(x3, a3, fma(x2, a2, fma(x1, a1, multiply(x0, a0))))


@_jit
def _triangle(c, start, m, x, at, weight, g):
    """Do the packed triangle of side ``m`` that starts at ``start``; return its value."""
    value = splat(0.0)
    row = start
    j = 0
    while j + 4 <= m:
        value = add(value, _four_rows(c, row, j, x, at, weight, g))
        row += 4 * j + 10
        j += 4
    while j < m:
        value = add(value, _one_row(c, row, j, x, at, weight, g))
        row += j + 1
        j += 1
    return value


@_jit
def _next_change(prefix, stop):
    """Return the outermost position that the step to the next prefix changes, -1 at the end."""
    for position in range(prefix.size - 1, 0, -1):
        if prefix[position] < prefix[position - 1]:
            return position
    return 0 if prefix.size > 0 and prefix[0] + 1 < stop else -1


@_jit
def _open_levels(prefix, changed, x, at, weight, slot):
    """Refresh the products of the prefix's x from the outermost changed position inwards."""
    product = splat(1.0) if changed == 0 else load(weight, slot + (changed - 1) * LANES)
    for level in range(changed, prefix.size):
        product = multiply(product, load(x, at + prefix[level] * LANES))
        store(weight, slot + level * LANES, product)


@_jit
def _close_levels(prefix, ended, done, x, g, at, weight, partial, slot, value, total):
    """Apply the product rule to every level that ends with this prefix, innermost first."""
    for level in range(prefix.size - 1, ended - 1, -1):
        here = at + prefix[level] * LANES
        inner = slot + level * LANES
        if level < prefix.size - 1:
            done = add(done, load(partial, inner))
            store(partial, inner, splat(0.0))
        above = splat(1.0) if level == 0 else load(weight, inner - LANES)
        store(g, here, fma(above, done, load(g, here)))
        done = multiply(load(x, here), done)
    if ended == 0:
        store(value, total, add(done, load(value, total)))
    else:
        outer = slot + (ended - 1) * LANES
        store(partial, outer, add(done, load(partial, outer)))


@_jit
def form_and_gradient(c, start, p, first, stop, x, value, g, weight, partial):
    """Add the terms whose outermost index lies in [first, stop) to the form and its gradient.

    Parameters
    ----------
    c : (C(n + p - 1, p),) float64
        Packed coefficients.
    start : int
        Position in ``c`` of the first coefficient whose outermost index is ``first``.
    p : int
        Degree, at least 2; for p = 2 there is one triangle, always done whole.
    first, stop : int
        Range of the outermost index.
    x : (groups, n, LANES) float64
        Points, replicas innermost.
    value : (groups, LANES) float64
        F(x) is added to it.
    g : (groups, n, LANES) float64
        dF/dx is added to it.
    weight, partial : (groups, p, LANES) float64
        Working space.
    """
    groups, n, _ = x.shape
    prefix = np.zeros(p - 2, np.int64)
    if p > 2:
        prefix[0] = first
    partial[:] = 0.0
    changed = 0
    while changed >= 0:
        m = prefix[p - 3] + 1 if p > 2 else n
        ending = _next_change(prefix, stop)
        for s in range(groups):
            at = s * n * LANES
            slot = s * p * LANES
            _open_levels(prefix, changed, x, at, weight, slot)
            inner = load(weight, slot + (p - 3) * LANES) if p > 2 else splat(1.0)
            done = _triangle(c, start, m, x, at, inner, g)
            _close_levels(
                prefix, max(ending, 0), done, x, g, at, weight, partial, slot, value, s * LANES
            )
        start += m * (m + 1) // 2
        changed = ending
        if changed >= 0:
            prefix[changed] += 1
            prefix[changed + 1 :] = 0
