"""Cholesky factors of one symmetric matrix in every lane, and linear systems solved with them."""

import numpy as np

from spinglass.kernels.compiled import inline_jit as _inline
from spinglass.kernels.lanes import row_of
from spinglass.kernels.simd import LANES, fma, load, multiply, splat, store

_ROWS = 4
"""Rows that share each loaded entry of the rows above them."""


@_inline
def _four_rows(a, i, inverse):
    """Write the entries of four rows left of their diagonal block."""
    r0, r1, r2, r3 = row_of(i), row_of(i + 1), row_of(i + 2), row_of(i + 3)
    minus = splat(-1.0)
    for j in range(i):
        above = row_of(j)
        s0 = splat(0.0)
        s1 = splat(0.0)
        s2 = splat(0.0)
        s3 = splat(0.0)
        for q in range(0, j * LANES, LANES):
            entry = load(a, above + q)
            s0 = fma(load(a, r0 + q), entry, s0)
            s1 = fma(load(a, r1 + q), entry, s1)
            s2 = fma(load(a, r2 + q), entry, s2)
            s3 = fma(load(a, r3 + q), entry, s3)
        at = j * LANES
        factor = load(inverse, at)
        store(a, r0 + at, multiply(factor, fma(minus, s0, load(a, r0 + at))))
        store(a, r1 + at, multiply(factor, fma(minus, s1, load(a, r1 + at))))
        store(a, r2 + at, multiply(factor, fma(minus, s2, load(a, r2 + at))))
        store(a, r3 + at, multiply(factor, fma(minus, s3, load(a, r3 + at))))


@_inline
def _row(a, i, first, inverse, positive):
    """Write the entries of a row from column ``first`` to its diagonal."""
    row = row_of(i)
    minus = splat(-1.0)
    for j in range(first, i + 1):
        above = row_of(j)
        total = splat(0.0)
        for q in range(0, j * LANES, LANES):
            total = fma(load(a, row + q), load(a, above + q), total)
        at = j * LANES
        entry = fma(minus, total, load(a, row + at))
        store(a, row + at, multiply(load(inverse, at), entry) if j < i else entry)
    for lane in range(LANES):
        pivot = a[row + i * LANES + lane]
        if not pivot > 0.0:
            positive[lane] = False
        inverse[i * LANES + lane] = 1.0 / np.sqrt(pivot) if pivot > 0.0 else 0.0


@_inline
def factorise(a, n, inverse, positive):
    """Overwrite each A = L L^T with L, except its diagonal.

    Parameters
    ----------
    a : (n (n + 1) / 2 * LANES,) float64
        Triangles, overwritten.
    n : int
        Rows.
    inverse : (n * LANES,) float64
        Receives one over the diagonal of L.
    positive : (LANES,) bool
        Receives whether A is positive definite; if not, L means nothing.
    """
    positive[:] = True
    first = 0
    for stop in range(n % _ROWS, n + 1, _ROWS):
        if first > 0:
            _four_rows(a, first, inverse)
        for i in range(first, stop):
            _row(a, i, first, inverse, positive)
        first = stop


@_inline
def solve(a, n, inverse, b):
    """Overwrite ``b``, (n * LANES,), with the solution of A x = b, given `factorise`'s results."""
    minus = splat(-1.0)
    for i in range(n):
        row = row_of(i)
        total = splat(0.0)
        for q in range(0, i * LANES, LANES):
            total = fma(load(a, row + q), load(b, q), total)
        at = i * LANES
        store(b, at, multiply(load(inverse, at), fma(minus, total, load(b, at))))
    for i in range(n - 1, -1, -1):
        row, at = row_of(i), i * LANES
        x = multiply(load(inverse, at), load(b, at))
        store(b, at, x)
        back = multiply(minus, x)
        for q in range(0, at, LANES):
            store(b, q, fma(back, load(a, row + q), load(b, q)))
