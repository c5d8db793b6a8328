"""One complex symmetric matrix in every lane: products, factors, solutions.

Everything stands in one array, ``work``, and is told by where it begins: to hand an array to a
kernel, or to take a part of one, costs more than such short loops.  A complex number of all lanes
is two vectors, its real and then its imaginary part; entry e is e * `STRIDE` behind the first.

Symmetric matrices are lower triangles packed by rows.  They are factorised without pivoting:
A = L D L^T, no conjugate.  That a pivot may nearly vanish is for the caller to notice in what he
computes; so the bits of a lane depend on no other.
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
"""Doubles of one complex number of all lanes."""


@_jit
def complex_row(i):
    """Return the flat position at which row ``i`` of a triangle begins."""
    return i * (i + 1) // 2 * STRIDE


@_jit
def get(work, at):
    """Return a number."""
    return load(work, at), load(work, at + LANES)


@_jit
def put(work, at, real, imaginary):
    """Store a number."""
    store(work, at, real)
    store(work, at + LANES, imaginary)


@_jit
def product(ar, ai, br, bi):
    """Return the product of two numbers."""
    return fma(negative(ai), bi, multiply(ar, br)), fma(ai, br, multiply(ar, bi))


@_jit
def multiply_add(work, a, b, out):
    """Add the product of two numbers to a third."""
    ar, ai, br, bi = load(work, a), load(work, a + LANES), load(work, b), load(work, b + LANES)
    real, imaginary = load(work, out), load(work, out + LANES)
    store(work, out, fma(negative(ai), bi, fma(ar, br, real)))
    store(work, out + LANES, fma(ai, br, fma(ar, bi, imaginary)))


@_jit
def inner(work, y, x, n, sign):
    """Return the sum of y_i x_i over i < n, of conj(y_i) x_i where ``sign`` is -1."""
    rr = ii = ri = ir = splat(0.0)
    for q in range(0, n * STRIDE, STRIDE):
        yr, yi = load(work, y + q), multiply(splat(sign), load(work, y + q + LANES))
        xr, xi = load(work, x + q), load(work, x + q + LANES)
        rr, ii = fma(yr, xr, rr), fma(yi, xi, ii)
        ri, ir = fma(yr, xi, ri), fma(yi, xr, ir)
    return subtract(rr, ii), add(ri, ir)


@_jit
def invert(work, a, out):
    """Write the reciprocal of a number."""
    real, imaginary = load(work, a), load(work, a + LANES)
    factor = divide(splat(1.0), fma(real, real, multiply(imaginary, imaginary)))
    store(work, out, multiply(real, factor))
    store(work, out + LANES, multiply(negative(imaginary), factor))


@_jit
def real_times(matrix, rows, work, b, out):
    """Write the product of real matrices with a vector b.

    The matrix, the same in all lanes, is given flat; the number of its rows is a multiple of 4.
    """
    columns = matrix.size // rows
    for row in range(0, rows, 4):
        r0 = r1 = r2 = r3 = i0 = i1 = i2 = i3 = splat(0.0)
        first = row * columns
        for j in range(columns):
            br, bi = load(work, b + j * STRIDE), load(work, b + j * STRIDE + LANES)
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
        store(work, at, r0)
        store(work, at + LANES, i0)
        store(work, at + 2 * LANES, r1)
        store(work, at + 3 * LANES, i1)
        store(work, at + 4 * LANES, r2)
        store(work, at + 5 * LANES, i2)
        store(work, at + 6 * LANES, r3)
        store(work, at + 7 * LANES, i3)


@_jit
def add_symmetric_times(work, a, n, weight, x, out):
    """Add ``weight``, one number, times A x of a packed symmetric matrix to ``out``."""
    factor = splat(weight)
    for i in range(n):
        row, at = complex_row(i), i * STRIDE
        xr = multiply(factor, load(work, x + at))
        xi = multiply(factor, load(work, x + at + LANES))
        rr = ii = ri = ir = splat(0.0)
        for q in range(0, at, STRIDE):
            ar, ai = load(work, a + row + q), load(work, a + row + q + LANES)
            br, bi = load(work, x + q), load(work, x + q + LANES)
            rr, ii = fma(ar, br, rr), fma(ai, bi, ii)
            ri, ir = fma(ar, bi, ri), fma(ai, br, ir)
            real, imaginary = load(work, out + q), load(work, out + q + LANES)
            store(work, out + q, fma(negative(ai), xi, fma(ar, xr, real)))
            store(work, out + q + LANES, fma(ai, xr, fma(ar, xi, imaginary)))
        ar, ai = load(work, a + row + at), load(work, a + row + at + LANES)
        real = fma(factor, subtract(rr, ii), load(work, out + at))
        imaginary = fma(factor, add(ri, ir), load(work, out + at + LANES))
        store(work, out + at, fma(negative(ai), xi, fma(ar, xr, real)))
        store(work, out + at + LANES, fma(ai, xr, fma(ar, xi, imaginary)))


@_jit
def _tile(work, a, i, j, w, v):
    """Write entries (i, j), (i, j + 1) of L D to w and those of row i + 1 to v."""
    r0, r1, s0, s1 = complex_row(i), complex_row(i + 1), complex_row(j), complex_row(j + 1)
    at = j * STRIDE
    pr, pi, qr, qi = (
        load(work, a + r0 + at),
        load(work, a + r0 + at + LANES),
        load(work, a + r0 + at + STRIDE),
        load(work, a + r0 + at + STRIDE + LANES),
    )
    ur, ui, tr, ti = (
        load(work, a + r1 + at),
        load(work, a + r1 + at + LANES),
        load(work, a + r1 + at + STRIDE),
        load(work, a + r1 + at + STRIDE + LANES),
    )
    for k in range(0, at, STRIDE):
        wr, wi, vr, vi = (
            load(work, w + k),
            load(work, w + k + LANES),
            load(work, v + k),
            load(work, v + k + LANES),
        )
        nr, ni = negative(wr), negative(wi)
        mr, mi = negative(vr), negative(vi)
        lr, li = load(work, a + s0 + k), load(work, a + s0 + k + LANES)
        pr, pi = fma(wi, li, fma(nr, lr, pr)), fma(ni, lr, fma(nr, li, pi))
        ur, ui = fma(vi, li, fma(mr, lr, ur)), fma(mi, lr, fma(mr, li, ui))
        lr, li = load(work, a + s1 + k), load(work, a + s1 + k + LANES)
        qr, qi = fma(wi, li, fma(nr, lr, qr)), fma(ni, lr, fma(nr, li, qi))
        tr, ti = fma(vi, li, fma(mr, lr, tr)), fma(mi, lr, fma(mr, li, ti))
    lr, li = load(work, a + s1 + at), load(work, a + s1 + at + LANES)
    nr, ni, mr, mi = negative(pr), negative(pi), negative(ur), negative(ui)
    store(work, w + at, pr)
    store(work, w + at + LANES, pi)
    store(work, w + at + STRIDE, fma(pi, li, fma(nr, lr, qr)))
    store(work, w + at + STRIDE + LANES, fma(ni, lr, fma(nr, li, qi)))
    store(work, v + at, ur)
    store(work, v + at + LANES, ui)
    store(work, v + at + STRIDE, fma(ui, li, fma(mr, lr, tr)))
    store(work, v + at + STRIDE + LANES, fma(mi, lr, fma(mr, li, ti)))


@_jit
def _entry(work, a, i, j, w):
    """Write entry (i, j) of L D to w."""
    row, other, at = complex_row(i), complex_row(j), j * STRIDE
    real, imaginary = load(work, a + row + at), load(work, a + row + at + LANES)
    for k in range(0, at, STRIDE):
        wr, wi = load(work, w + k), load(work, w + k + LANES)
        lr, li = load(work, a + other + k), load(work, a + other + k + LANES)
        real = fma(wi, li, fma(negative(wr), lr, real))
        imaginary = fma(negative(wi), lr, fma(negative(wr), li, imaginary))
    store(work, w + at, real)
    store(work, w + at + LANES, imaginary)


@_jit
def _finish_row(work, a, i, inverse, w):
    """Divide row i of L D by D, and find entry i of D."""
    row, at = complex_row(i), i * STRIDE
    real, imaginary = load(work, a + row + at), load(work, a + row + at + LANES)
    for k in range(0, at, STRIDE):
        wr, wi = load(work, w + k), load(work, w + k + LANES)
        dr, di = load(work, inverse + k), load(work, inverse + k + LANES)
        lr = fma(negative(wi), di, multiply(wr, dr))
        li = fma(wi, dr, multiply(wr, di))
        store(work, a + row + k, lr)
        store(work, a + row + k + LANES, li)
        real = fma(wi, li, fma(negative(wr), lr, real))
        imaginary = fma(negative(wi), lr, fma(negative(wr), li, imaginary))
    store(work, a + row + at, real)
    store(work, a + row + at + LANES, imaginary)
    invert(work, a + row + at, inverse + at)


@_jit
def factorise(work, a, n, inverse, w, v):
    """Overwrite a packed symmetric matrix with L, and D on the diagonal.

    Parameters
    ----------
    work : (size,) float64
        Where all stands.
    a : int
        Where the triangles begin, overwritten.
    n : int
        Rows.
    inverse : int
        Where the reciprocals of D are to begin; not finite where a pivot vanished.
    w, v : int
        Where there is room for n numbers each.
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

    The entries of ``b`` before ``first`` must be 0; of the solution they are not found.
    """
    start = first * STRIDE
    for i in range(first, n):
        row, at = complex_row(i), i * STRIDE
        rr = ii = ri = ir = splat(0.0)
        for q in range(start, at, STRIDE):
            ar, ai, br, bi = (
                load(work, a + row + q),
                load(work, a + row + q + LANES),
                load(work, b + q),
                load(work, b + q + LANES),
            )
            rr, ii = fma(ar, br, rr), fma(ai, bi, ii)
            ri, ir = fma(ar, bi, ri), fma(ai, br, ir)
        store(work, b + at, subtract(load(work, b + at), subtract(rr, ii)))
        store(work, b + at + LANES, subtract(load(work, b + at + LANES), add(ri, ir)))
    for i in range(n - 1, first - 1, -1):
        row, at = complex_row(i), i * STRIDE
        dr, di = load(work, inverse + at), load(work, inverse + at + LANES)
        br, bi = load(work, b + at), load(work, b + at + LANES)
        xr = fma(negative(bi), di, multiply(br, dr))
        xi = fma(bi, dr, multiply(br, di))
        rr = ii = ri = ir = splat(0.0)
        for q in range(at + STRIDE, n * STRIDE, STRIDE):
            column = complex_row(q // STRIDE) + at
            ar, ai, br, bi = (
                load(work, a + column),
                load(work, a + column + LANES),
                load(work, b + q),
                load(work, b + q + LANES),
            )
            rr, ii = fma(ar, br, rr), fma(ai, bi, ii)
            ri, ir = fma(ar, bi, ri), fma(ai, br, ir)
        store(work, b + at, subtract(xr, subtract(rr, ii)))
        store(work, b + at + LANES, subtract(xi, add(ri, ir)))
