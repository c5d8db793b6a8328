"""The ends of the spectrum of one symmetric matrix in every lane.

Householder reflections bring each matrix to tridiagonal form; the signs of its Sturm sequence
count the eigenvalues below any number, and bisection finds the wanted ones (Golub and Van Loan,
Matrix Computations, sections 8.3.1 and 8.4.1).
"""

import numpy as np

from spinglass.kernels.compiled import inline_jit as _inline
from spinglass.kernels.compiled import jit as _jit
from spinglass.kernels.lanes import add_multiple, dot, row_of, scale_by, subtract_pair, times
from spinglass.kernels.simd import LANES, load, multiply, splat, store

_HALVINGS = 56
_TINY = 1e-290


@_jit
def _aim(u, m, pivot, square):
    """Turn u into the Householder vector that maps it to a multiple of its last entry's axis.

    ``pivot`` receives that multiple and ``square`` half the squared length of the new u.
    """
    last = (m - 1) * LANES
    store(square, 0, dot(u, u, m))
    for lane in range(LANES):
        size = np.sqrt(square[lane])
        if u[last + lane] > 0.0:
            size = -size
        square[lane] -= u[last + lane] * size
        u[last + lane] -= size
        pivot[lane] = size


@_jit
def _reflect(a, m, u, square, image, half):
    """Replace the leading block A by H A H with H = 1 - u u^T / square."""
    times(a, m, u, image)
    for lane in range(LANES):
        square[lane] = 1.0 / square[lane] if square[lane] > 0.0 else 0.0
    inverse = load(square, 0)
    scale_by(image, m, inverse)
    store(half, 0, multiply(multiply(splat(-0.5), inverse), dot(u, image, m)))
    add_multiple(image, m, load(half, 0), u)
    subtract_pair(a, m, u, image)


@_inline
def tridiagonalise(a, n, x, diagonal, off, u, image):
    """Reduce matrices with null vector x, on the space orthogonal to it, to tridiagonal form.

    Parameters
    ----------
    a : (n (n + 1) / 2 * LANES,) float64
        Triangles, overwritten.
    n : int
        Rows.
    x : (n * LANES,) float64
        Null vectors.
    diagonal, off : (n * LANES,) float64
        Receive the n - 1 diagonal entries; off[i] is the one between i - 1 and i.
    u, image : (n * LANES,) float64
        Working space.
    """
    pivot, square, half = np.empty(LANES), np.empty(LANES), np.empty(LANES)
    for q in range(0, n * LANES, LANES):
        store(u, q, load(x, q))
    _aim(u, n, pivot, square)
    _reflect(a, n, u, square, image, half)
    store(off, 0, splat(0.0))
    for i in range(n - 2, 0, -1):
        row = row_of(i)
        for q in range(0, i * LANES, LANES):
            store(u, q, load(a, row + q))
        _aim(u, i, pivot, square)
        store(off, i * LANES, load(pivot, 0))
        _reflect(a, i, u, square, image, half)
    for i in range(n - 1):
        store(diagonal, i * LANES, load(a, row_of(i) + i * LANES))


@_jit
def count_below(diagonal, off, m, bound, count):
    """Count the eigenvalues of the leading ``m`` rows below ``bound``, (LANES,), in every lane."""
    pivot = np.ones(LANES)
    for lane in range(LANES):
        count[lane] = 0
    for i in range(m):
        for lane in range(LANES):
            q = i * LANES + lane
            here = diagonal[q] - bound[lane] - off[q] * off[q] / pivot[lane]
            here = -_TINY if -_TINY < here < _TINY else here
            pivot[lane] = here
            count[lane] += here < 0.0


@_jit
def eigenvalue(diagonal, off, m, which, found):
    """Write one eigenvalue of every lane, up to rounding errors of the matrix.

    Parameters
    ----------
    diagonal, off : (m * LANES,) float64
        From `tridiagonalise`; off[0] is 0.
    m : int
        Rows.
    which : int
        0 for the lowest, m - 1 for the highest.
    found : (LANES,) float64
        Receives the eigenvalues.
    """
    low, high = np.empty(LANES), np.empty(LANES)
    for lane in range(LANES):
        low[lane], high[lane] = np.inf, -np.inf
    for i in range(m):
        for lane in range(LANES):
            q = i * LANES + lane
            reach = abs(off[q]) + (abs(off[q + LANES]) if i + 1 < m else 0.0)
            low[lane] = min(low[lane], diagonal[q] - reach)
            high[lane] = max(high[lane], diagonal[q] + reach)
    count = np.empty(LANES, np.int64)
    for halving in range(_HALVINGS + 1):
        for lane in range(LANES):
            found[lane] = 0.5 * (low[lane] + high[lane])
        if halving == _HALVINGS:
            break
        count_below(diagonal, off, m, found, count)
        for lane in range(LANES):
            if count[lane] > which:
                high[lane] = found[lane]
            else:
                low[lane] = found[lane]
