"""Second derivatives of the packed form.

Cut every tuple after its first p - 2 indices, the head: F = sum over heads u of u(x) T_u(x), where
T_u is a quadratic form in the last two indices, whose coefficients are a triangle.  The second
derivatives of u T_u are u d2T_u, du with dT_u, and T_u d2u.  The first take one fused multiply-add
per coefficient and replica, dT_u takes two, and the rest is done once for each head.

Heads that differ only in their last index, i, are neighbours: four of them are done together.
Terms with the same product of coordinates before i are summed over i first.
"""

from collections import namedtuple

import numpy as np

from spinglass.kernels.compiled import inline_jit as _inline
from spinglass.kernels.compiled import jit as _jit
from spinglass.kernels.lanes import add_multiple, dot, row_of
from spinglass.kernels.packing import advance
from spinglass.kernels.simd import (
    LANES,
    add,
    aligned_zeros,
    broadcast,
    fma,
    load,
    multiply,
    splat,
    store,
)

Work = namedtuple("Work", "quadratic slope sums products")
"""The quadratic form (n (n + 1) / 2 * LANES,), and room: dT_u (n * LANES,), sums over the last
index of the head ((n + 1) * LANES,) and products of coordinates ((p + 1) * LANES,)."""


def new_workspace(n: int, p: int) -> Work:
    """Allocate the working space of `quadratic_form` for orders up to p."""
    sizes = n * (n + 1) // 2, n, n + 1, p + 1
    return Work(*(aligned_zeros((size * LANES,)) for size in sizes))


@_inline
def _add_to(out, q, weight, value):
    store(out, q, fma(weight, value, load(out, q)))


@_inline
def _finish_row(c, start, x, out, row, ends):
    """Do the entries (j, k) of one row of a triangle, first <= k <= j; `_slope` did the others."""
    first, j = ends
    here = row + j * LANES
    total = load(out, here)
    for k in range(first, j + 1):
        total = fma(broadcast(c, start + k), load(x, k * LANES), total)
    store(out, here, total)
    xj = load(x, j * LANES)
    for k in range(first, j + 1):
        _add_to(out, row + k * LANES, broadcast(c, start + k), xj)


@_jit
def _slope(c, start, x, out, row, stop):
    """Write the derivatives of the quadratic form whose triangle of ``stop`` rows is at ``start``.

    They are written to ``out`` from ``row`` on.  Each sum runs in the order of the other index.
    """
    j = 0
    while j + 4 <= stop:
        second, third, fourth = start + j + 1, start + 2 * j + 3, start + 3 * j + 6
        here = j * LANES
        x0, x1 = load(x, here), load(x, here + LANES)
        x2, x3 = load(x, here + 2 * LANES), load(x, here + 3 * LANES)
        s0, s1, s2, s3 = splat(0.0), splat(0.0), splat(0.0), splat(0.0)
        for k in range(j):
            xk = load(x, k * LANES)
            c0, c1 = broadcast(c, start + k), broadcast(c, second + k)
            c2, c3 = broadcast(c, third + k), broadcast(c, fourth + k)
            s0, s1 = fma(c0, xk, s0), fma(c1, xk, s1)
            s2, s3 = fma(c2, xk, s2), fma(c3, xk, s3)
            q = row + k * LANES
            store(out, q, fma(c3, x3, fma(c2, x2, fma(c1, x1, fma(c0, x0, load(out, q))))))
        here += row
        store(out, here, s0)
        store(out, here + LANES, s1)
        store(out, here + 2 * LANES, s2)
        store(out, here + 3 * LANES, s3)
        for i in range(j, j + 4):
            _finish_row(c, start, x, out, row, (j, i))
            start += i + 1
        j += 4
    for i in range(j, stop):
        store(out, row + i * LANES, splat(0.0))
        _finish_row(c, start, x, out, row, (0, i))
        start += i + 1


@_inline
def _add_triangle(c, start, ends, weight, out):
    """Add ``weight`` times the entries of a triangle, first <= entry < stop."""
    for q in range(ends[0], ends[1]):
        _add_to(out, q * LANES, broadcast(c, start + q), weight)


@_jit
def _add_triangles(c, base, table, heads, x, scale, out):
    """Add u(x) d2T_u of heads with last index from i to stop - 1; ``scale``[0] is the rest of u."""
    i, stop = heads
    before = load(scale, 0)
    done = 0
    if i + 4 == stop:
        done = table[i + 1, 2]
        c0, c1 = base + table[i, 3], base + table[i + 1, 3]
        c2, c3 = base + table[i + 2, 3], base + table[i + 3, 3]
        here = i * LANES
        w0, w1 = multiply(before, load(x, here)), multiply(before, load(x, here + LANES))
        w2 = multiply(before, load(x, here + 2 * LANES))
        w3 = multiply(before, load(x, here + 3 * LANES))
        for q in range(done):
            at = q * LANES
            total = fma(broadcast(c, c0 + q), w0, load(out, at))
            total = fma(broadcast(c, c1 + q), w1, total)
            total = fma(broadcast(c, c2 + q), w2, total)
            store(out, at, fma(broadcast(c, c3 + q), w3, total))
    for k in range(i, stop):
        weight = multiply(before, load(x, k * LANES))
        _add_triangle(c, base + table[k, 3], (done, table[k + 1, 2]), weight, out)


@_inline
def _add_slope(i, x, work):
    """Add the terms of ``slope``, dT_u; u has the last index i, and ``products``[0] is u / x_i."""
    quadratic, slope, sums = work.quadratic, work.slope, work.sums
    n = sums.size // LANES - 1
    xi = load(x, i * LANES)
    value = multiply(splat(0.5), dot(slope, x, i + 1))
    add_multiple(sums, i + 1, xi, slope)
    store(sums, i * LANES, add(value, load(sums, i * LANES)))
    store(sums, n * LANES, fma(xi, value, load(sums, n * LANES)))
    row, before = row_of(i), load(work.products, 0)
    for q in range(0, (i + 1) * LANES, LANES):
        _add_to(quadratic, row + q, before, load(slope, q))


@_inline
def _multiply_up(indices, x, products):
    """Write the product of the coordinates from each place on; after the last it is 1."""
    total = splat(1.0)
    store(products, indices.size * LANES, total)
    for place in range(indices.size - 1, -1, -1):
        total = multiply(total, load(x, indices[place] * LANES))
        store(products, place * LANES, total)


@_inline
def _end_of_run(indices, place):
    """Return the first place after ``place`` with another index."""
    stop = place + 1
    while stop < indices.size and indices[stop] == indices[place]:
        stop += 1
    return stop


@_jit
def _spread(indices, stop, x, work):
    """Add the sums over the last index of the head times derivatives by the indices before it.

    An index that occurs m times is differentiated once, times m.
    """
    quadratic, sums, products = work.quadratic, work.sums, work.products
    value = load(sums, sums.size - LANES)
    before = splat(1.0)
    place = 0
    while place < indices.size:
        end = _end_of_run(indices, place)
        times = float(end - place)
        row, here = row_of(indices[place]), indices[place] * LANES
        weight = multiply(multiply(splat(times), before), load(products, (place + 1) * LANES))
        for q in range(0, stop * LANES, LANES):
            _add_to(quadratic, row + q, weight, load(sums, q))
        if end > place + 1:
            pairs = multiply(splat(0.5 * times * (times - 1.0)), before)
            weight = multiply(pairs, load(products, (place + 2) * LANES))
            _add_to(quadratic, row + here, weight, value)
        between = multiply(splat(times), before)
        for _ in range(place + 1, end):
            between = multiply(between, load(x, here))
        other = end
        while other < indices.size:
            after = _end_of_run(indices, other)
            weight = multiply(splat(float(after - other)), load(products, (other + 1) * LANES))
            there = indices[other] * LANES
            _add_to(quadratic, row + there, multiply(between, weight), value)
            for _ in range(other, after):
                between = multiply(between, load(x, there))
            other = after
        for _ in range(place, end):
            before = multiply(before, load(x, here))
        place = end


@_jit
def quadratic_form(form, x, work):
    """Write half the second derivatives as a quadratic form, for one group of replicas.

    Parameters
    ----------
    form : Form
        The form, of degree p at least 2.
    x : (n * LANES,) float64
        Points, replicas innermost.
    work : Work
        ``work.quadratic`` receives the coefficients: the second derivatives themselves off the
        diagonal, half of them on it.
    """
    c, p, table = form.c, form.p, form.plan.table
    n = table.shape[0] - 1
    quadratic = work.quadratic
    if p == 2:
        for q in range(table[n, 2]):
            store(quadratic, q * LANES, broadcast(c, q))
        return
    quadratic[:] = 0.0
    before = np.zeros(p - 3, np.int64)
    more = True
    while more:
        stop = n if p == 3 else before[p - 4] + 1
        base = 0
        for place in range(p - 3):
            base += table[before[place], p - place]
        _multiply_up(before, x, work.products)
        work.sums[:] = 0.0
        for first in range(0, stop, 4):
            last = min(first + 4, stop)
            for i in range(first, last):
                if p == 3:
                    _slope(c, base + table[i, 3], x, quadratic, row_of(i), i + 1)
                else:
                    _slope(c, base + table[i, 3], x, work.slope, 0, i + 1)
                    _add_slope(i, x, work)
            _add_triangles(c, base, table, (first, last), x, work.products, quadratic)
        _spread(before, stop, x, work)
        more = p > 3 and advance(before, n)


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
