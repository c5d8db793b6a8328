"""The homogeneous system of the paths, and the arrays in which kernels follow them.

All couplings and the field are one homogeneous map A(y) of degree d - 1 with n entries, d the
highest order.  Without field, and with one order, y = u; else y = (u, x0).
"""

import math
from collections import namedtuple
from functools import lru_cache

import numpy as np

from spinglass.kernels.compiled import jit as _jit
from spinglass.kernels.complex_lanes import (
    STRIDE,
    add_symmetric_times,
    complex_row,
    get,
    multiply_add,
    plus_product,
    put,
    real_times,
)
from spinglass.kernels.simd import LANES, aligned_zeros, load, multiply, splat, store

System = namedtuple("System", "couplings parent variable diagonal")
"""``couplings``: DA as a real matrix, flat, that multiplies the monomials of degree d - 2; it has a
row for each pair i >= j of entries of u, packed, a row for each of the n derivatives with respect
to x0, if there is x0, and rows of zeros up to a multiple of 4.  ``parent``, ``variable``: the
factors of monomials (`monomial_tree`).  ``diagonal``: the numbers of the monomials u_i^(d-2)."""

Layout = namedtuple(
    "Layout",
    "n m degree columns rows count place"
    " series fresh point monomials matrices forms starts a"
    " matrix inverse w v right along aside corner whole pivots row other"
    " t after step first second last size mark item taken",
)
"""Numbers: of spins; of variables y; d; of monomials of degree d - 2; of rows of DA; of monomials
of all degrees; of Taylor coefficients of DA that are kept.

Positions in the room: Taylor coefficients of (y, lambda), those in use and those being computed; a
point; coefficients of the monomials, of DA, of A, of a u^(d-1); a; the factorised matrix with its
inverse pivots and two rows of space; a right-hand side; the solutions for the right-hand sides u
and dA/dx0; the corner of the border; for certificates, the factorised matrix with its border, the
pivots and space.  And for each lane: t now and after the step; the step; sizes of the first and
second correction, also of terms of the series, and of the last term; the length of y; a mark if
the series is new; the number of the path, -1 for none; steps made."""

ORDER = 5
"""Highest power of the step in the series."""

_CORNER = 6


def new_room(system, a, m, degree):
    """Return working space for the lanes of a system, with ``a`` written to it, and its layout.

    Parameters
    ----------
    system : System
        The system to solve.
    a : (n,) complex128
        Coefficients of the start system.
    m, degree : int
        Number of variables y; d, at least 3.
    """
    lay, size = _layout(len(a), m, degree, len(system.couplings), len(system.parent))
    room = aligned_zeros((size,))
    parts = np.stack([a.real, a.imag], axis=1)
    room[lay.a : lay.matrix] = np.repeat(parts.reshape(-1), LANES)
    return room, lay


@lru_cache(maxsize=32)
def _layout(n, m, degree, size, count):
    """Return the layout, and the size of the room."""
    columns = math.comb(m + degree - 3, degree - 2)
    rows = size // columns
    # For d = 3 DA is linear, and its higher coefficients are not needed.
    place = 3 if degree == 3 else ORDER
    numbers = {
        "series": (ORDER + 1) * (m + 1),
        "fresh": (ORDER + 1) * (m + 1),
        "point": m + 1,
        "monomials": ORDER * count,
        "matrices": place * rows,
        "forms": (ORDER + 1) * n,
        "starts": (ORDER + 1) * n,
        "a": n,
        "matrix": n * (n + 1) // 2,
        "inverse": n,
        "w": n,
        "v": n,
        "right": n,
        "along": n,
        "aside": n,
        "corner": _CORNER,
        "whole": (n + 1) * (n + 2) // 2,
        "pivots": n + 1,
        "row": n + 1,
        "other": n + 1,
        **dict.fromkeys(Layout._fields[-10:], 1),
    }
    ends = np.cumsum([0, *numbers.values()]) * STRIDE
    return Layout(n, m, degree, columns, rows, count, place, *map(int, ends[:-1])), int(ends[-1])


@_jit
def differentiate(system, work, lay, k):
    """Compute Taylor coefficient k of the monomials, and of DA if that coefficient is kept."""
    stride = (lay.m + 1) * STRIDE
    y, monomials = lay.fresh + k * stride, lay.monomials + k * lay.count * STRIDE
    for q in range(0, lay.m * STRIDE, LANES):
        store(work, monomials + q, load(work, y + q))
    for q in range(lay.m, lay.count):
        at = monomials + q * STRIDE
        put(work, at, splat(0.0), splat(0.0))
        above, here = system.parent[q] * STRIDE, system.variable[q] * STRIDE
        for a in range(k + 1):
            one = lay.monomials + a * lay.count * STRIDE + above
            multiply_add(work, one, lay.fresh + (k - a) * stride + here, at)
    if k < lay.place:
        last = monomials + (lay.count - lay.columns) * STRIDE
        out = lay.matrices + k * lay.rows * STRIDE
        real_times(system.couplings, lay.rows, work, last, out)


@_jit
def add_times(work, lay, a, b, weight):
    """Add ``weight`` times coefficient a of DA, applied to coefficient b of y, to one of A.

    That coefficient of A is a + b.
    """
    n = lay.n
    matrix = lay.matrices + a * lay.rows * STRIDE
    y, out = lay.fresh + b * (lay.m + 1) * STRIDE, lay.forms + (a + b) * n * STRIDE
    add_symmetric_times(work, matrix, n, weight, y, out)
    if lay.m > n:
        first, factor = matrix + complex_row(n), splat(weight)
        xr, xi = get(work, y + n * STRIDE)
        xr, xi = multiply(factor, xr), multiply(factor, xi)
        for q in range(0, n * STRIDE, STRIDE):
            more = plus_product(*get(work, out + q), *get(work, first + q), xr, xi)
            put(work, out + q, *more)
