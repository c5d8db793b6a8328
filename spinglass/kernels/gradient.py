"""Gradient of the form F(x) = sum over sorted index tuples I of c_I x_I, any degree.

The coefficients lie packed in the order i1 >= i2 >= ... >= ip with the last index running
fastest.  Cut every tuple at the index in its middle, m: the a = (p - 1) // 2 indices before it are
at least m, the b = p // 2 indices after it at most m, and the two choices are independent.  So

    F = sum over m of x_m * sum over heads u, tails y of c[m, u, y] u(x) y(x)

with monomials u of degree a in x_m ... x_{n-1} and y of degree b in x_0 ... x_m: for each m a full
rectangle of coefficients, whose rows are contiguous, and a matrix product with few rows at the
edges to waste.  Two fused multiply-adds per coefficient and replica give all derivatives with
respect to u and y, the product rule turns these into the gradient at lower order, and ties between
indices need no special case, because every *position* of an index is differentiated separately.
For p = 2 there are no heads and the rectangles are those of a triangle cut into strips.

Replicas lie innermost, `simd.LANES` of them to a group; a group is an (n, LANES) slab.  Tails come
in stretches that stay in the fastest cache.  The first group to meet a rectangle asks for the
coefficients of the next one: in m, the rows of a head follow each other.  A lane sees the same
operations in the same order whatever is in the other lanes and however many groups there are.
"""

import math
from collections import namedtuple
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from spinglass.kernels.compiled import jit as _jit
from spinglass.kernels.packing import advance, binomials
from spinglass.kernels.simd import LANES, add, aligned_zeros, fma, load, multiply, splat, store
from spinglass.kernels.tile import ROWS, tile_of

_STRETCH = 128
_TILES = tuple(tile_of(min(rows, ROWS)) for rows in range(1, 7))
_one, _two, _three, _four, _five, _six = _TILES

Plan = namedtuple("Plan", "table starts")
"""Sizes of the parts of the packed order; where the row of each head begins, for m = 0."""

Room = namedtuple("Room", "y dy u du")
"""Monomials of tails and heads and the derivatives with respect to them, degree by degree."""


@lru_cache(maxsize=32)
def new_plan(n: int, p: int) -> Plan:
    """Work out what depends on (n, p) alone; not to be written to."""
    table = binomials(n, p)
    return Plan(table, table[:n, 2].copy() if p == 2 else _row_starts(table, n, p))


def new_room(groups: int, n: int, p: int) -> Room:
    """Allocate what `gradient` works in, for so many groups of replicas."""
    table = binomials(n, p)
    tails = int(table[n, 1 : p // 2 + 1].sum())
    heads = int(table[n, 1 : _head_degree(p) + 1].sum())
    return Room(*(aligned_zeros((groups, size, LANES)) for size in (tails, tails, heads, heads)))


def middle_ranges(n: int, p: int, pieces: int) -> Iterator[tuple[int, int]]:
    """Cut the middle index, for p > 2, into ranges with about equally many coefficients."""
    heads, tails = _head_degree(p), p // 2
    sizes = [math.comb(n - m + heads - 1, heads) * math.comb(m + tails, tails) for m in range(n)]
    done, first, piece = 0, 0, 1
    for m, size in enumerate(sizes):
        done += size
        if done * pieces >= piece * sum(sizes):
            yield first, m + 1
            first = m + 1
            piece = done * pieces // sum(sizes) + 1


@_jit
def _head_degree(p):
    """Return the degree of the heads; for p = 2 the middle index itself takes their place."""
    return max((p - 1) // 2, 1)


@_jit
def _row_starts(table, n, p):
    """Return where each head's first row begins, heads in the packed order of n - 1 - i."""
    degree = _head_degree(p)
    starts = np.zeros(table[n, degree], np.int64)
    mirrored = np.zeros(degree, np.int64)
    for head in range(starts.size):
        for place in range(degree):
            starts[head] += table[n - 1 - mirrored[degree - 1 - place], p - place]
        advance(mirrored, n)
    return starts


@_jit
def _open(x, at, mirror, degree, table, y, dy, base):
    """Write all monomials up to a degree, and zeros for their derivatives."""
    n = x.shape[1]
    zero = splat(0.0)
    for i in range(n):
        here = n - 1 - i if mirror else i
        store(y, base + i * LANES, load(x, at + here * LANES))
        store(dy, base + i * LANES, zero)
    below = base
    for d in range(2, degree + 1):
        q = below + table[n, d - 1] * LANES
        top = q
        for i in range(n):
            xi = load(y, base + i * LANES)
            for k in range(table[i + 1, d - 1]):
                store(y, q, multiply(xi, load(y, below + k * LANES)))
                store(dy, q, zero)
                q += LANES
        below = top


@_jit
def _close(mirror, degree, table, y, dy, base, at, g):
    """Apply the product rule from the highest degree down; add the derivatives to the gradient."""
    n = g.shape[1]
    top = base
    for d in range(1, degree):
        top += table[n, d] * LANES
    for d in range(degree, 1, -1):
        below = top - table[n, d - 1] * LANES
        q = top
        for i in range(n):
            xi = load(y, base + i * LANES)
            total = splat(0.0)
            for k in range(table[i + 1, d - 1]):
                r = below + k * LANES
                slope = load(dy, q)
                total = fma(slope, load(y, r), total)
                store(dy, r, fma(slope, xi, load(dy, r)))
                q += LANES
            store(dy, base + i * LANES, add(total, load(dy, base + i * LANES)))
        top = below
    for i in range(n):
        here = at + (n - 1 - i if mirror else i) * LANES
        store(g, here, add(load(g, here), load(dy, base + i * LANES)))


@_jit
def _rectangle(c, starts, first, stop, shift, count, ahead, y, dy, at, u, du, base, x):
    """Do rows ``first`` to ``stop`` over one stretch; return the derivative with respect to x."""
    total = splat(0.0)
    tiles = (stop - first + ROWS - 1) // ROWS
    row = first
    for tile in range(tiles):
        rows = (stop - row) // (tiles - tile)
        here = base + row * LANES
        if rows == 6:
            part = _six(c, starts, row, shift, count, ahead, y, dy, at, u, du, here, x)
        elif rows == 5:
            part = _five(c, starts, row, shift, count, ahead, y, dy, at, u, du, here, x)
        elif rows == 4:
            part = _four(c, starts, row, shift, count, ahead, y, dy, at, u, du, here, x)
        elif rows == 3:
            part = _three(c, starts, row, shift, count, ahead, y, dy, at, u, du, here, x)
        elif rows == 2:
            part = _two(c, starts, row, shift, count, ahead, y, dy, at, u, du, here, x)
        else:
            part = _one(c, starts, row, shift, count, ahead, y, dy, at, u, du, here, x)
        total = add(total, part)
        row += rows
    return total


@_jit
def _strip(c, starts, first, stop, y, dy, base, u, du):
    """Do the columns ``first`` to ``stop`` of a triangle, one group of replicas (p = 2)."""
    n = starts.size
    one = splat(1.0)
    at = base + first * LANES
    for row in range(first, stop, ROWS):
        end = min(row + ROWS, stop)
        _rectangle(c, starts, row, end, first, row - first, 0, y, dy, at, u, du, base, one)
        for j in range(row, end):
            here = base + row * LANES
            _rectangle(c, starts, j, j + 1, row, j + 1 - row, 0, y, dy, here, u, du, base, one)
    _rectangle(c, starts, stop, n, first, stop - first, 0, y, dy, at, u, du, base, one)


@_jit
def _middle(c, plan, p, m, x, g, y, dy, u, du):
    """Do the rectangle of middle index ``m`` for all groups, one stretch of tails at a time."""
    groups, n, _ = x.shape
    table, starts = plan
    a, b = _head_degree(p), p // 2
    tails, heads = table[m + 1, b], table[n - m, a]
    top_tail, top_head = y.shape[1] - table[n, b], u.shape[1] - table[n, a]
    first = 0
    stretches = (tails + _STRETCH - 1) // _STRETCH
    for stretch in range(stretches):
        count = (tails - first) // (stretches - stretch)
        shift = table[m, p - a] + first
        for s in range(groups):
            at = (s * y.shape[1] + top_tail + first) * LANES
            base = (s * u.shape[1] + top_head) * LANES
            here = (s * n + m) * LANES
            ahead = tails if s == 0 else 0
            xm = load(x, here)
            total = _rectangle(c, starts, 0, heads, shift, count, ahead, y, dy, at, u, du, base, xm)
            store(g, here, add(total, load(g, here)))
        first += count


@_jit
def gradient(c, plan, p, first, stop, x, g, room):
    """Write the gradient of the terms whose middle index lies in [first, stop).

    By Euler's identity their form is x . g / p.

    Parameters
    ----------
    c : (C(n + p - 1, p),) float64
        Packed coefficients.
    plan : Plan
        From `new_plan`.
    p : int
        Degree, at least 2; for p = 2 all terms are done, whatever the range.
    first, stop : int
        Range of the middle index.
    x : (groups, n, LANES) float64
        Points, replicas innermost.
    g : (groups, n, LANES) float64
        Receives dF/dx.
    room : Room
        Working space from `new_room`, for at least as many groups.
    """
    groups, n, _ = x.shape
    table, starts = plan
    y, dy, u, du = room
    a, b = _head_degree(p), p // 2
    tails, heads = y.shape[1] * LANES, u.shape[1] * LANES
    g[:] = 0.0
    for s in range(groups):
        at = s * n * LANES
        _open(x, at, False, b, table, y, dy, s * tails)
        _open(x, at, p > 2, a, table, u, du, s * heads)
    if p == 2:
        for start in range(0, n, _STRETCH):
            for s in range(groups):
                _strip(c, starts, start, min(start + _STRETCH, n), y, dy, s * tails, u, du)
    else:
        for m in range(first, stop):
            _middle(c, plan, p, m, x, g, y, dy, u, du)
    for s in range(groups):
        at = s * n * LANES
        _close(False, b, table, y, dy, s * tails, at, g)
        _close(p > 2, a, table, u, du, s * heads, at, g)
