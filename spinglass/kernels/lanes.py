"""One symmetric matrix in every lane: lower triangles packed by rows, replicas innermost.

Entry (i, j), j <= i, of all replicas is the vector at flat position (i (i + 1) / 2 + j) * LANES; a
column vector has entry i at i * LANES.  Sums run in the same order in every lane.
"""

from spinglass.kernels.compiled import jit as _jit
from spinglass.kernels.simd import LANES, fma, load, multiply, splat, store


@_jit
def row_of(i):
    """Return the flat position at which row ``i`` of a triangle begins."""
    return i * (i + 1) // 2 * LANES


@_jit
def dot(a, b, m):
    """Return the inner product of the first ``m`` entries, a vector."""
    total = splat(0.0)
    for q in range(0, m * LANES, LANES):
        total = fma(load(a, q), load(b, q), total)
    return total


@_jit
def times(a, m, x, out):
    """Write A x, of the leading ``m`` rows and columns."""
    for i in range(m):
        row = row_of(i)
        xi = load(x, i * LANES)
        total = splat(0.0)
        for q in range(0, i * LANES, LANES):
            entry = load(a, row + q)
            total = fma(entry, load(x, q), total)
            store(out, q, fma(entry, xi, load(out, q)))
        store(out, i * LANES, fma(load(a, row + i * LANES), xi, total))


@_jit
def subtract_pair(a, m, u, v):
    """Subtract u v^T + v u^T from the leading ``m`` rows and columns."""
    minus = splat(-1.0)
    for i in range(m):
        row = row_of(i)
        ui = multiply(minus, load(u, i * LANES))
        vi = multiply(minus, load(v, i * LANES))
        for q in range(0, (i + 1) * LANES, LANES):
            entry = fma(ui, load(v, q), load(a, row + q))
            store(a, row + q, fma(vi, load(u, q), entry))


@_jit
def add_multiple(y, m, factor, x):
    """Add ``factor``, a vector, times x to y."""
    for q in range(0, m * LANES, LANES):
        store(y, q, fma(factor, load(x, q), load(y, q)))


@_jit
def scale_by(x, m, factor):
    """Multiply the first ``m`` entries by ``factor``, a vector."""
    for q in range(0, m * LANES, LANES):
        store(x, q, multiply(factor, load(x, q)))
