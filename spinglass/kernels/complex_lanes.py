"""One complex symmetric matrix in every lane: products, factors, solutions.

All numbers are in one array, ``work``; arguments are flat positions in it, because passing an array
to a kernel, or slicing it, costs more than such short loops.  A complex number of all lanes is two
vectors, its real and then its imaginary part; entry e begins e * `STRIDE` after entry 0.

Symmetric matrices are lower triangles packed by rows.  They are factorised without pivoting, so
that the bits of a lane do not depend on others: A = L D L^T, no conjugate.  The caller must notice
from its results if a pivot nearly vanished.
"""

from spinglass.kernels.compiled import jit as _jit
from spinglass.kernels.simd import (
    LANES,
    add,
    divide,
    fma,
    load,
    multiply,
    negative,
    splat,
    store,
    subtract,
)

STRIDE = 2 * LANES
"""Number of doubles that a complex number of all lanes takes."""


@_jit
def complex_row(i):
    """Return the flat position at which row ``i`` of a triangle begins."""
    return i * (i + 1) // 2 * STRIDE


@_jit
def get(work, at):
    """Return the number at position ``at``."""
    return load(work, at), load(work, at + LANES)


@_jit
def put(work, at, real, imaginary):
    """Store a number at position ``at``."""
    store(work, at, real)
    store(work, at + LANES, imaginary)


@_jit
def minus(real, imaginary):
    """Return minus a number."""
    return negative(real), negative(imaginary)


@_jit
def product(ar, ai, br, bi):
    """Return the product of two numbers."""
    return fma(negative(ai), bi, multiply(ar, br)), fma(ai, br, multiply(ar, bi))


@_jit
def plus_product(real, imaginary, ar, ai, br, bi):
    """Return a number plus the product of two others, every product fused into its sum."""
    return fma(negative(ai), bi, fma(ar, br, real)), fma(ai, br, fma(ar, bi, imaginary))


@_jit
def multiply_add(work, a, b, out):
    """Add the product of the numbers at ``a`` and ``b`` to that at ``out``."""
    put(work, out, *plus_product(*get(work, out), *get(work, a), *get(work, b)))


@_jit
def inner(work, y, x, n, sign):
    """Return the sum of y_i x_i over i < n, or of conj(y_i) x_i if ``sign`` is -1."""
    rr = ii = ri = ir = splat(0.0)
    for q in range(0, n * STRIDE, STRIDE):
        yr, yi = load(work, y + q), multiply(splat(sign), load(work, y + q + LANES))
        xr, xi = get(work, x + q)
        rr, ii = fma(yr, xr, rr), fma(yi, xi, ii)
        ri, ir = fma(yr, xi, ri), fma(yi, xr, ir)
    return subtract(rr, ii), add(ri, ir)


@_jit
def invert(work, a, out):
    """Write the reciprocal of the number at ``a`` to ``out``."""
    real, imaginary = get(work, a)
    factor = divide(splat(1.0), fma(real, real, multiply(imaginary, imaginary)))
    put(work, out, multiply(real, factor), multiply(negative(imaginary), factor))


@_jit
def real_times(matrix, rows, work, b, out):
    """Write the product of a real matrix, the same in all lanes, with the vector at ``b``.

    ``matrix`` is flat; ``rows`` is a multiple of 4.
    """
    columns = matrix.size // rows
    for row in range(0, rows, 4):
        r0 = r1 = r2 = r3 = i0 = i1 = i2 = i3 = splat(0.0)
        first = row * columns
        for j in range(columns):
            br, bi = get(work, b + j * STRIDE)
            q = first + j
            c = splat(matrix[q])
            r0, i0 = fma(c, br, r0), fma(c, bi, i0)
            c = splat(matrix[q + columns])
            r1, i1 = fma(c, br, r1), fma(c, bi, i1)
            c = splat(matrix[q + 2 * columns])
            r2, i2 = fma(c, br, r2), fma(c, bi, i2)
            c = splat(matrix[q + 3 * columns])
            r3, i3 = fma(c, br, r3), fma(c, bi, i3)
        at = out + row * STRIDE
        put(work, at, r0, i0)
        put(work, at + STRIDE, r1, i1)
        put(work, at + 2 * STRIDE, r2, i2)
        put(work, at + 3 * STRIDE, r3, i3)


@_jit
def add_symmetric_times(work, a, n, weight, x, out):
    """Add ``weight`` times A x to ``out``, for the packed symmetric matrix A at ``a``."""
    factor = splat(weight)
    for i in range(n):
        row, at = complex_row(i), i * STRIDE
        xr = multiply(factor, load(work, x + at))
        xi = multiply(factor, load(work, x + at + LANES))
        rr = ii = ri = ir = splat(0.0)
        for q in range(0, at, STRIDE):
            ar, ai = get(work, a + row + q)
            br, bi = get(work, x + q)
            rr, ii = fma(ar, br, rr), fma(ai, bi, ii)
            ri, ir = fma(ar, bi, ri), fma(ai, br, ir)
            put(work, out + q, *plus_product(*get(work, out + q), ar, ai, xr, xi))
        ar, ai = get(work, a + row + at)
        real = fma(factor, subtract(rr, ii), load(work, out + at))
        imaginary = fma(factor, add(ri, ir), load(work, out + at + LANES))
        put(work, out + at, *plus_product(real, imaginary, ar, ai, xr, xi))


@_jit
def _tile(work, a, i, j, w, v):
    """Write entries (i, j), (i, j + 1) of L D to w and those of row i + 1 to v."""
    r0, r1, s0, s1 = complex_row(i), complex_row(i + 1), complex_row(j), complex_row(j + 1)
    at = j * STRIDE
    pr, pi = get(work, a + r0 + at)
    qr, qi = get(work, a + r0 + at + STRIDE)
    ur, ui = get(work, a + r1 + at)
    tr, ti = get(work, a + r1 + at + STRIDE)
    for k in range(0, at, STRIDE):
        nr, ni = minus(*get(work, w + k))
        mr, mi = minus(*get(work, v + k))
        lr, li = get(work, a + s0 + k)
        pr, pi = plus_product(pr, pi, nr, ni, lr, li)
        ur, ui = plus_product(ur, ui, mr, mi, lr, li)
        lr, li = get(work, a + s1 + k)
        qr, qi = plus_product(qr, qi, nr, ni, lr, li)
        tr, ti = plus_product(tr, ti, mr, mi, lr, li)
    lr, li = get(work, a + s1 + at)
    nr, ni = minus(pr, pi)
    mr, mi = minus(ur, ui)
    put(work, w + at, pr, pi)
    put(work, w + at + STRIDE, *plus_product(qr, qi, nr, ni, lr, li))
    put(work, v + at, ur, ui)
    put(work, v + at + STRIDE, *plus_product(tr, ti, mr, mi, lr, li))


@_jit
def _entry(work, a, i, j, w):
    """Write entry (i, j) of L D to w."""
    row, other, at = complex_row(i), complex_row(j), j * STRIDE
    real, imaginary = get(work, a + row + at)
    for k in range(0, at, STRIDE):
        wr, wi = minus(*get(work, w + k))
        real, imaginary = plus_product(real, imaginary, wr, wi, *get(work, a + other + k))
    put(work, w + at, real, imaginary)


@_jit
def _finish_row(work, a, i, inverse, w):
    """Divide row i of L D by D, and find entry i of D."""
    row, at = complex_row(i), i * STRIDE
    real, imaginary = get(work, a + row + at)
    for k in range(0, at, STRIDE):
        wr, wi = get(work, w + k)
        lr, li = product(wr, wi, *get(work, inverse + k))
        put(work, a + row + k, lr, li)
        real, imaginary = plus_product(real, imaginary, *minus(wr, wi), lr, li)
    put(work, a + row + at, real, imaginary)
    invert(work, a + row + at, inverse + at)


@_jit
def factorise(work, a, n, inverse, w, v):
    """Overwrite a packed symmetric matrix with L, and D on the diagonal.

    Parameters
    ----------
    work : (size,) float64
        The array with all numbers.
    a : int
        Position of the triangles, overwritten.
    n : int
        Rows.
    inverse : int
        Position for the reciprocals of D; not finite where a pivot vanished.
    w, v : int
        Positions of working space for n numbers each.
    """
    for i in range(0, n - 1, 2):
        for j in range(0, i, 2):
            _tile(work, a, i, j, w, v)
        _finish_row(work, a, i, inverse, w)
        _entry(work, a, i + 1, i, v)
        _finish_row(work, a, i + 1, inverse, v)
    if n % 2 == 1:
        for j in range(n - 1):
            _entry(work, a, n - 1, j, w)
        _finish_row(work, a, n - 1, inverse, w)


@_jit
def solve_from(work, a, n, inverse, first, b):
    """Overwrite ``b``, n numbers, with the solution of A x = b, given `factorise`'s results.

    The entries of ``b`` before ``first`` must be 0; those of the solution are not computed.
    """
    start = first * STRIDE
    for i in range(first, n):
        row, at = complex_row(i), i * STRIDE
        rr = ii = ri = ir = splat(0.0)
        for q in range(start, at, STRIDE):
            ar, ai = get(work, a + row + q)
            br, bi = get(work, b + q)
            rr, ii = fma(ar, br, rr), fma(ai, bi, ii)
            ri, ir = fma(ar, bi, ri), fma(ai, br, ir)
        br, bi = get(work, b + at)
        put(work, b + at, subtract(br, subtract(rr, ii)), subtract(bi, add(ri, ir)))
    for i in range(n - 1, first - 1, -1):
        row, at = complex_row(i), i * STRIDE
        xr, xi = product(*get(work, b + at), *get(work, inverse + at))
        rr = ii = ri = ir = splat(0.0)
        for q in range(at + STRIDE, n * STRIDE, STRIDE):
            column = complex_row(q // STRIDE) + at
            ar, ai = get(work, a + column)
            br, bi = get(work, b + q)
            rr, ii = fma(ar, br, rr), fma(ai, bi, ii)
            ri, ir = fma(ar, bi, ri), fma(ai, br, ir)
        put(work, b + at, subtract(xr, subtract(rr, ii)), subtract(xi, add(ri, ir)))
