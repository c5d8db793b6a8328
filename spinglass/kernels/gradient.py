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
in stretches that stay in the fastest cache.  The first group to meet a rectangle prefetches the
coefficients of the next one: the rows of a head for successive m follow each other.  A lane sees
the same operations in the same order whatever is in other lanes and however many groups there are.
"""

import math
from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np

from spinglass.kernels.compiled import inline_jit as _inline
from spinglass.kernels.compiled import jit as _jit
from spinglass.kernels.form import Plan
from spinglass.kernels.packing import advance, binomials
from spinglass.kernels.simd import LANES, add, aligned_zeros, fma, load, multiply, splat, store
from spinglass.kernels.tile import ROWS, Arrays, Lines, TileRoom, tile_of

_STRETCH = 128
_BAND = 6
"""Rows of a triangle (p = 2) that are done together up to where the first of them ends."""

_TILES = tuple(tile_of(min(rows, ROWS)) for rows in range(1, 7))
_one, _two, _three, _four, _five, _six = _TILES


@lru_cache(maxsize=32)
def new_plan(n: int, p: int) -> Plan:
    """Return the plan for (n, p); it is cached and must not be changed."""
    table = binomials(n, p)
    return Plan(table, table[:n, 2].copy() if p == 2 else _row_starts(table, n, p))


def new_room(groups: int, n: int, orders: Iterable[int]) -> TileRoom:
    """Allocate the working space of `gradient`, for groups of replicas and any of the orders."""
    tails = heads = 0
    for p in orders:
        table = binomials(n, p)
        tails = max(tails, int(table[n, 1 : p // 2 + 1].sum()))
        heads = max(heads, int(table[n, 1 : _head_degree(p) + 1].sum()))
    return TileRoom(
        *(aligned_zeros((groups, size, LANES)) for size in (tails, tails, heads, heads))
    )


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
    """Return the position of each head's first row; heads are in the packed order of n - 1 - i."""
    degree = _head_degree(p)
    starts = np.zeros(table[n, degree], np.int64)
    mirrored = np.zeros(degree, np.int64)
    for head in range(starts.size):
        for place in range(degree):
            starts[head] += table[n - 1 - mirrored[degree - 1 - place], p - place]
        advance(mirrored, n)
    return starts


@_jit
def _open(x, at, degree, table, monomials, base, mirror):
    """Write all monomials up to a degree, and zeros for their derivatives."""
    y, dy = monomials
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
def _close(g, at, degree, table, monomials, base, mirror):
    """Apply the product rule from the highest degree down; add the derivatives to the gradient."""
    y, dy = monomials
    n = g.shape[1]
    top = base + _below(table, n, degree) * LANES
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
def _below(table, n, degree):
    """Return how many monomials of degrees 1 to ``degree - 1`` there are."""
    count = 0
    for d in range(1, degree):
        count += table[n, d]
    return count


@_jit
def _rectangle(arrays, lines, stop, at, base, x, slope):
    """Do the rows up to ``stop`` over one stretch; return the derivative with respect to x.

    ``slope`` is that derivative so far.
    """
    row, shift, count, ahead = lines
    tiles = (stop - row + ROWS - 1) // ROWS
    for tile in range(tiles):
        rows = (stop - row) // (tiles - tile)
        here = base + row * LANES
        these = Lines(row, shift, count, ahead)
        if rows == 6:
            slope = _six(arrays, these, at, here, x, slope)
        elif rows == 5:
            slope = _five(arrays, these, at, here, x, slope)
        elif rows == 4:
            slope = _four(arrays, these, at, here, x, slope)
        elif rows == 3:
            slope = _three(arrays, these, at, here, x, slope)
        elif rows == 2:
            slope = _two(arrays, these, at, here, x, slope)
        else:
            slope = _one(arrays, these, at, here, x, slope)
        row += rows
    return slope


@_inline
def _strip(arrays, first, stop, tails, base):
    """Do the columns ``first`` to ``stop`` of a triangle, one group of replicas (p = 2).

    The group's tails begin at ``tails``, and its rows' monomials at ``base``.
    """
    n = arrays.starts.size
    one, none = splat(1.0), splat(0.0)
    at = tails + first * LANES
    for row in range(first, stop, _BAND):
        end = min(row + _BAND, stop)
        _rectangle(arrays, Lines(row, first, row - first, 0), end, at, base, one, none)
        own = tails + row * LANES
        for j in range(row, end):
            _one(arrays, Lines(j, row, j + 1 - row, 0), own, base + j * LANES, one, none)
    _rectangle(arrays, Lines(stop, first, stop - first, 0), n, at, base, one, none)


@_inline
def _middle(arrays, p, table, m, x, g):
    """Do the rectangle of middle index ``m`` for all groups, one stretch of tails at a time."""
    groups, n, _ = x.shape
    tail_room, head_room = arrays.y.shape[1], arrays.u.shape[1]
    a, b = _head_degree(p), p // 2
    tails, heads = table[m + 1, b], table[n - m, a]
    top_tail, top_head = _below(table, n, b), _below(table, n, a)
    first = 0
    stretches = (tails + _STRETCH - 1) // _STRETCH
    for stretch in range(stretches):
        count = (tails - first) // (stretches - stretch)
        shift = table[m, p - a] + first
        for s in range(groups):
            at = (s * tail_room + top_tail + first) * LANES
            base = (s * head_room + top_head) * LANES
            here = (s * n + m) * LANES
            lines = Lines(0, shift, count, tails if s == 0 else 0)
            slope = _rectangle(arrays, lines, heads, at, base, load(x, here), load(g, here))
            store(g, here, slope)
        first += count


@_jit
def gradient(form, first, stop, x, g, room):
    """Write the gradient of the terms whose middle index lies in [first, stop).

    By Euler's identity the form of these terms is x . g / p.

    Parameters
    ----------
    form : Form
        The packed coefficients, of degree 2 at least, with the plan from `new_plan`.
    first, stop : int
        Range of the middle index; at degree 2 all terms are done, whatever the range.
    x : (groups, n, LANES) float64
        Points, replicas innermost.
    g : (groups, n, LANES) float64
        Receives dF/dx.
    room : TileRoom
        Working space from `new_room`, for at least as many groups.
    """
    groups, n, _ = x.shape
    table, p = form.plan.table, form.p
    arrays = Arrays(form.c, form.plan.starts, room.y, room.dy, room.u, room.du)
    tail_room, head_room = (room.y, room.dy), (room.u, room.du)
    a, b = _head_degree(p), p // 2
    tails, heads = room.y.shape[1] * LANES, room.u.shape[1] * LANES
    g[:] = 0.0
    for s in range(groups):
        at = s * n * LANES
        _open(x, at, b, table, tail_room, s * tails, False)
        _open(x, at, a, table, head_room, s * heads, p > 2)
    if p == 2:
        for start in range(0, n, _STRETCH):
            for s in range(groups):
                _strip(arrays, start, min(start + _STRETCH, n), s * tails, s * heads)
    else:
        for m in range(first, stop):
            _middle(arrays, p, table, m, x, g)
    for s in range(groups):
        at = s * n * LANES
        _close(g, at, b, table, tail_room, s * tails, False)
        _close(g, at, a, table, head_room, s * heads, p > 2)
