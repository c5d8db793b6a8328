"""Newton's method for the homotopy, and the Taylor series of its paths.

Both solve with one factorised matrix, bordered by a row for the patch, y at length 1, and, if there
is x0, one for the sphere, u . u = x0^2.  `spinglass.kernels.homotopy` states the equations.
"""

import numpy as np

from spinglass.kernels.compiled import jit as _jit
from spinglass.kernels.complex_lanes import (
    STRIDE,
    complex_row,
    factorise,
    get,
    inner,
    invert,
    product,
    put,
    solve_from,
)
from spinglass.kernels.path_room import ORDER, add_times, differentiate
from spinglass.kernels.simd import (
    LANES,
    add,
    fma,
    load,
    multiply,
    negative,
    splat,
    store,
    subtract,
)


@_jit
def _add_start(system, work, lay, a, b, weight):
    """Do as `add_times` for the system at t = 0, whose derivative is (d - 1) a_i u_i^(d-2)."""
    factor = splat(weight * (lay.degree - 1))
    powers = lay.monomials + a * lay.count * STRIDE
    y, out = lay.fresh + b * (lay.m + 1) * STRIDE, lay.starts + (a + b) * lay.n * STRIDE
    for i in range(lay.n):
        q = i * STRIDE
        ar, ai = get(work, lay.a + q)
        yr, yi = get(work, y + q)
        ar, ai = product(multiply(factor, ar), multiply(factor, ai), yr, yi)
        ar, ai = product(ar, ai, *get(work, powers + system.diagonal[i] * STRIDE))
        fr, fi = get(work, out + q)
        put(work, out + q, add(fr, ar), add(fi, ai))


@_jit
def _linearise(system, work, lay):
    """Factorise the derivative with respect to u at the first coefficients.

    Also solves for the right-hand side u and, if there is x0, for the derivative by x0.
    """
    n, t, force = lay.n, load(work, lay.after), lay.fresh + lay.m * STRIDE
    rest = multiply(splat(lay.degree - 1.0), subtract(splat(1.0), t))
    for q in range(0, complex_row(n), LANES):
        store(work, lay.matrix + q, multiply(t, load(work, lay.matrices + q)))
    lr, li = get(work, force)
    for i in range(n):
        at, power = lay.matrix + complex_row(i) + i * STRIDE, system.diagonal[i] * STRIDE
        ar, ai = get(work, lay.a + i * STRIDE)
        cr, ci = get(work, lay.monomials + power)
        ar, ai = product(multiply(rest, ar), multiply(rest, ai), cr, ci)
        cr, ci = get(work, at)
        put(work, at, add(ar, subtract(cr, lr)), add(ai, subtract(ci, li)))
    factorise(work, lay.matrix, n, lay.inverse, lay.w, lay.v)
    for q in range(0, n * STRIDE, LANES):
        store(work, lay.along + q, load(work, lay.fresh + q))
    solve_from(work, lay.matrix, n, lay.inverse, 0, lay.along)
    if lay.m > n:
        first = lay.matrices + complex_row(n)
        for q in range(0, n * STRIDE, LANES):
            store(work, lay.aside + q, multiply(t, load(work, first + q)))
        solve_from(work, lay.matrix, n, lay.inverse, 0, lay.aside)


@_jit
def _border(work, lay):
    """Compute the Schur complement that is left when u is eliminated: rows of patch and sphere.

    The corner receives the coefficients of lambda and of x0 in both rows, and the reciprocal of the
    determinant; without x0, the only coefficient and its reciprocal.
    """
    n, y, corner = lay.n, lay.fresh, lay.corner
    pr, pi = inner(work, y, lay.along, n, -1.0)
    put(work, corner, pr, pi)
    if lay.m > n:
        sr, si = inner(work, y, lay.along, n, 1.0)
        put(work, corner + 2 * STRIDE, negative(sr), negative(si))
        xr, xi = get(work, y + n * STRIDE)
        ar, ai = inner(work, y, lay.aside, n, -1.0)
        br, bi = inner(work, y, lay.aside, n, 1.0)
        ar, ai = subtract(xr, ar), subtract(negative(xi), ai)
        br, bi = add(xr, br), add(xi, bi)
        put(work, corner + STRIDE, ar, ai)
        put(work, corner + 3 * STRIDE, br, bi)
        pr, pi = product(pr, pi, br, bi)
        qr, qi = product(ar, ai, sr, si)
        pr, pi = add(pr, qr), add(pi, qi)
    put(work, corner + 4 * STRIDE, pr, pi)
    invert(work, corner + 4 * STRIDE, corner + 4 * STRIDE)


@_jit
def _solve(work, lay, out):
    """Solve the bordered system for ``right`` and, in the corner, the sphere's right-hand side."""
    n, m, y, corner = lay.n, lay.m, lay.fresh, lay.corner
    solve_from(work, lay.matrix, n, lay.inverse, 0, lay.right)
    ar, ai = inner(work, y, lay.right, n, -1.0)
    ar, ai = negative(ar), negative(ai)
    dr, di = get(work, corner + 4 * STRIDE)
    xr = xi = splat(0.0)
    if m > n:
        br, bi = inner(work, y, lay.right, n, 1.0)
        sr, si = get(work, corner + 5 * STRIDE)
        br, bi = add(br, sr), add(bi, si)
        er, ei = product(*get(work, corner), br, bi)
        fr, fi = product(*get(work, corner + 2 * STRIDE), ar, ai)
        xr, xi = product(subtract(er, fr), subtract(ei, fi), dr, di)
        er, ei = product(*get(work, corner + 3 * STRIDE), ar, ai)
        fr, fi = product(*get(work, corner + STRIDE), br, bi)
        ar, ai = subtract(er, fr), subtract(ei, fi)
        put(work, out + n * STRIDE, xr, xi)
        xr, xi = negative(xr), negative(xi)
    vr, vi = product(ar, ai, dr, di)
    put(work, out + m * STRIDE, vr, vi)
    for q in range(0, n * STRIDE, STRIDE):
        zr, zi = get(work, lay.right + q)
        pr, pi = product(*get(work, lay.along + q), vr, vi)
        zr, zi = add(zr, pr), add(zi, pi)
        if m > n:
            pr, pi = product(*get(work, lay.aside + q), xr, xi)
            zr, zi = add(zr, pr), add(zi, pi)
        put(work, out + q, zr, zi)


@_jit
def _right(work, lay, k):
    """Write minus the known part of coefficient k of the equations to the right-hand side."""
    n, m, stride = lay.n, lay.m, (lay.m + 1) * STRIDE
    t = load(work, lay.after)
    rest, width = subtract(splat(1.0), t), n * STRIDE
    first, stop = (1, k) if k > 0 else (0, 1)
    for q in range(0, width, LANES):
        at = k * width + q
        total = multiply(rest, load(work, lay.starts + at))
        total = fma(t, load(work, lay.forms + at), total)
        if k > 0:
            at -= width
            change = subtract(load(work, lay.forms + at), load(work, lay.starts + at))
            total = add(total, change)
        store(work, lay.right + q, negative(total))
    for b in range(first, stop):
        u = lay.fresh + (k - b) * stride
        fr, fi = get(work, lay.fresh + b * stride + m * STRIDE)
        for q in range(0, width, STRIDE):
            pr, pi = product(fr, fi, *get(work, u + q))
            rr, ri = get(work, lay.right + q)
            put(work, lay.right + q, add(rr, pr), add(ri, pi))
    if m > n:
        sr = si = splat(0.0)
        for b in range(first, stop):
            one, other = lay.fresh + b * stride, lay.fresh + (k - b) * stride
            xr, xi = product(*get(work, one + width), *get(work, other + width))
            ur, ui = inner(work, one, other, n, 1.0)
            sr, si = add(sr, subtract(xr, ur)), add(si, subtract(xi, ui))
        half = splat(-0.5)
        put(work, lay.corner + 5 * STRIDE, multiply(half, sr), multiply(half, si))


@_jit
def size_of(work, first, count, out):
    """Write each lane's length of the vector of ``count`` complex numbers at ``first``."""
    total = splat(0.0)
    for q in range(first, first + count * STRIDE, LANES):
        total = fma(load(work, q), load(work, q), total)
    store(work, out, total)
    for lane in range(out, out + LANES):
        work[lane] = np.sqrt(work[lane])


@_jit
def newton(system, work, lay, size):
    """Take one Newton step from the first coefficients; write the point and the step's length."""
    weight, width = 1.0 / (lay.degree - 1.0), (lay.m + 1) * STRIDE
    differentiate(system, work, lay, 0)
    for q in range(0, lay.n * STRIDE, LANES):
        store(work, lay.forms + q, splat(0.0))
        store(work, lay.starts + q, splat(0.0))
    add_times(work, lay, 0, 0, weight)
    _add_start(system, work, lay, 0, 0, weight)
    _linearise(system, work, lay)
    _border(work, lay)
    _right(work, lay, 0)
    _solve(work, lay, lay.point)
    size_of(work, lay.point, lay.m + 1, size)
    for q in range(0, width, LANES):
        store(work, lay.point + q, add(load(work, lay.point + q), load(work, lay.fresh + q)))


@_jit
def _known(system, work, lay, k):
    """Compute the part of coefficient k of A and of the start that lower coefficients of y fix."""
    for q in range(k * lay.n * STRIDE, (k + 1) * lay.n * STRIDE, LANES):
        store(work, lay.forms + q, splat(0.0))
        store(work, lay.starts + q, splat(0.0))
    for b in range(1, k):
        a = k - b
        _add_start(system, work, lay, a, b, b / k)
        if lay.degree > 3:
            add_times(work, lay, a, b, b / k)
        elif a <= b:  # DA is linear and symmetric: coefficient a times y_b equals b times y_a
            add_times(work, lay, a, b, 1.0 if a < b else 0.5)


@_jit
def expand(system, work, lay):
    """Find the Taylor series of the path with the matrix of the last step of Newton's method."""
    for k in range(1, ORDER + 1):
        _known(system, work, lay, k)
        _right(work, lay, k)
        _solve(work, lay, lay.fresh + k * (lay.m + 1) * STRIDE)
        if k < ORDER:
            differentiate(system, work, lay, k)
            add_times(work, lay, 0, k, 1.0)
            _add_start(system, work, lay, 0, k, 1.0)
