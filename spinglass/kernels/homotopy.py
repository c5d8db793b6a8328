"""Paths of the homotopy from a system whose solutions are known to the one that is wanted.

All couplings and the field are one homogeneous map A(y) of degree d - 1 with n entries, d the
highest order.  Without field, and with one order, y = u; else y = (u, x0).  Followed from t = 0 to
1 are the solutions of

    t A(y) + (1 - t) a u^(d-1) = lambda u    (entry by entry),    u . u = x0^2 where there is x0,

where (y, lambda) and (s y, s^(d-2) lambda) are one solution.  So y is kept at length 1, and a step
is orthogonal to where it begins.

A step is predicted by the Taylor series of the path: all its coefficients are solved for with one
factorised matrix.  Newton's method corrects it.  What keeps a path from jumping to another one is
that a step is refused unless the first correction is small and the second very much smaller; then
the series is used again for half the step.

Every lane follows a path of its own and takes the next one that waits when it has come to the end;
all do the same at the same time.  A path's bits depend on no other.
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
    factorise,
    get,
    inner,
    invert,
    multiply_add,
    product,
    put,
    real_times,
    solve_from,
)
from spinglass.kernels.simd import (
    LANES,
    add,
    aligned_zeros,
    choose,
    divide,
    fma,
    load,
    multiply,
    negative,
    splat,
    store,
    subtract,
)

System = namedtuple("System", "couplings parent variable diagonal")
"""The derivative DA as a real matrix times the monomials of degree d - 2, flat: a row for each pair
i >= j of entries of u, packed, then, where there is x0, a row for each of the n derivatives with
respect to it, then rows of zeros up to a multiple of 4; of each monomial of degree 1 to d - 2 the
one that it is a variable times, and that variable; the monomials u_i^(d-2)."""

Steps = namedtuple("Steps", "tolerance shrink correction contraction most")
"""How long steps are: the last term of the series, at most; its ratio to the term before, at most;
the first correction, at most; the second, relative to the first, at most; how many, at most."""

Layout = namedtuple(
    "Layout",
    "n m degree columns rows count place"
    " series fresh point monomials matrices forms starts a"
    " matrix inverse w v right along aside corner whole pivots row other"
    " t after step first second last size mark item taken",
)
"""Numbers: of sites; of variables y; d; of monomials of degree d - 2; of rows; of monomials of any
degree; of coefficients of DA that are kept.

Where in the room there begin: coefficients of (y, lambda) in use, and those being found; a point;
coefficients of the monomials, of DA, of A, of a u^(d-1); a; the factorised matrix and what belongs
to it; a right-hand side; what the matrix takes to u, and to the derivative with respect to x0; the
corner of the border; for certificates, the factorised matrix with its border and its room.  And of
each lane: t, and after the step; its length; the two corrections; the last terms of the series,
relative to y; the length of y; whether it has a new series; which path, -1 for none; steps made."""

ORDER = 5
"""Highest power of the step in the series."""

_SHORTEST = 1e-9
_SECOND = 1e-4
_ROUNDING = 1e-12
_CORNER = 6


def new_room(system, a, m, degree):
    """Return the room for the lanes of a system, with the coefficients of its start; its layout.

    Parameters
    ----------
    system : System
        What is solved.
    a : (n,) complex128
        Coefficients of the start.
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
    """Return where everything begins, and where the room ends."""
    columns = math.comb(m + degree - 3, degree - 2)
    rows = size // columns
    # Where d = 3, DA is linear, and the higher coefficients are not needed.
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
    """Find coefficient k of the monomials, and of DA if there is a place for it."""
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
    """Add ``weight`` times coefficient a of DA, applied to y's coefficient b, to that of A.

    Which coefficient of A that is: a + b.
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
            cr, ci = get(work, first + q)
            fr, fi = get(work, out + q)
            fr, fi = fma(cr, xr, fr), fma(cr, xi, fi)
            put(work, out + q, fma(negative(ci), xi, fr), fma(ci, xr, fi))


@_jit
def _add_start(system, work, lay, a, b, weight):
    """Add the same of the system at t = 0, whose derivative is (d - 1) a_i u_i^(d-2)."""
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

    Also solves for u and, where there is x0, for the derivative with respect to it.
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
    """Find what is left of the matrix when u is eliminated: rows of patch and sphere.

    The corner receives the coefficients of lambda and of x0 in both, and the reciprocal of the
    determinant; where there is no x0, the one coefficient and its reciprocal.
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
    """Solve the bordered system for its right-hand side, that of the sphere in the corner."""
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
    """Write minus coefficient k of the equations, as far as known, to the right-hand side."""
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
def _size(work, first, count, out):
    """Write the lengths of vectors of ``count`` complex numbers, of each lane."""
    total = splat(0.0)
    for q in range(first, first + count * STRIDE, LANES):
        total = fma(load(work, q), load(work, q), total)
    store(work, out, total)
    for lane in range(out, out + LANES):
        work[lane] = np.sqrt(work[lane])


@_jit
def _newton(system, work, lay, size):
    """Write the point to which Newton's method leads from the first coefficients, and how far."""
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
    _size(work, lay.point, lay.m + 1, size)
    for q in range(0, width, LANES):
        store(work, lay.point + q, add(load(work, lay.point + q), load(work, lay.fresh + q)))


@_jit
def _known(system, work, lay, k):
    """Find coefficient k of A and of the start as far as lower ones of y decide it."""
    for q in range(k * lay.n * STRIDE, (k + 1) * lay.n * STRIDE, LANES):
        store(work, lay.forms + q, splat(0.0))
        store(work, lay.starts + q, splat(0.0))
    for b in range(1, k):
        a = k - b
        _add_start(system, work, lay, a, b, b / k)
        if lay.degree > 3:
            add_times(work, lay, a, b, b / k)
        elif a <= b:  # DA is linear, so that its coefficient a times y_b is the reverse too
            add_times(work, lay, a, b, 1.0 if a < b else 0.5)


@_jit
def _expand(system, work, lay):
    """Find the Taylor series of the path with the matrix of the last step of Newton's method."""
    for k in range(1, ORDER + 1):
        _known(system, work, lay, k)
        _right(work, lay, k)
        _solve(work, lay, lay.fresh + k * (lay.m + 1) * STRIDE)
        if k < ORDER:
            differentiate(system, work, lay, k)
            add_times(work, lay, 0, k, 1.0)
            _add_start(system, work, lay, 0, k, 1.0)


@_jit
def _adopt(work, lay):
    """Let the lanes marked use the new series, from the point, at length 1."""
    m, stride = lay.m, (lay.m + 1) * STRIDE
    _size(work, lay.point, m, lay.size)
    marked, scale = load(work, lay.mark), load(work, lay.size)
    scale = divide(splat(1.0), scale)
    power = scale
    for _ in range(lay.degree - 3):
        power = multiply(power, scale)
    for k in range(ORDER + 1):
        new = lay.point if k == 0 else lay.fresh + k * stride
        old = lay.series + k * stride
        for q in range(0, m * STRIDE, LANES):
            value = choose(marked, multiply(scale, load(work, new + q)), load(work, old + q))
            store(work, old + q, value)
        for q in range(m * STRIDE, stride, LANES):
            value = choose(marked, multiply(power, load(work, new + q)), load(work, old + q))
            store(work, old + q, value)


@_jit
def _choose_steps(work, lay, tolerance, shrink):
    """Choose the next step of the lanes marked."""
    stride = (lay.m + 1) * STRIDE
    _size(work, lay.series + ORDER * stride, lay.m + 1, lay.last)
    _size(work, lay.series + (ORDER - 1) * stride, lay.m + 1, lay.first)
    for lane in range(LANES):
        if work[lay.mark + lane] > 0.0:
            last, before = work[lay.last + lane], work[lay.first + lane]
            step = 1.0 - work[lay.t + lane]
            if last > 0.0:
                longest = (tolerance / last) ** (1.0 / ORDER)
                step = min(step, longest, shrink * before / last)
            work[lay.step + lane] = step


@_jit
def _predict(work, lay):
    """Write to the first coefficients where the series lead, and t there."""
    stride = (lay.m + 1) * STRIDE
    for lane in range(LANES):
        t, step = work[lay.t + lane], work[lay.step + lane]
        work[lay.after + lane] = 1.0 if step >= 1.0 - t else t + step
    step = load(work, lay.step)
    for q in range(lay.series, lay.series + stride, LANES):
        total = load(work, q + ORDER * stride)
        for k in range(ORDER - 1, -1, -1):
            total = fma(step, total, load(work, q + k * stride))
        store(work, lay.fresh + q - lay.series, total)


@_jit
def _take(work, lay, points, lane, item):
    """Begin path number ``item`` in a lane, if there is one; return the number of the next."""
    work[lay.item + lane] = item if item < points.shape[0] else -1
    if item >= points.shape[0]:
        return item
    stride = (lay.m + 1) * STRIDE
    for entry in range(lay.m + 1):
        at = lay.series + entry * STRIDE + lane
        for k in range(ORDER + 1):
            value = points[item, entry] if k == 0 else 0.0j
            work[at + k * stride] = value.real
            work[at + k * stride + LANES] = value.imag
    # The first step goes nowhere: it finds the series at the start.
    work[lay.t + lane] = work[lay.step + lane] = 0.0
    work[lay.taken + lane] = -1
    return item + 1


@_jit
def _put_down(work, lay, points, lane, taken):
    """Write where the path of a lane has come to, and in how many steps."""
    item = int(work[lay.item + lane])
    for entry in range(lay.m + 1):
        at = lay.point + entry * STRIDE + lane
        points[item, entry] = complex(work[at], work[at + LANES])
    taken[item] = int(work[lay.taken + lane])
    return item


@_jit
def _accepted(steps, first, second):
    if not first < steps.correction:
        return False
    return second < steps.contraction * first + _ROUNDING and second < _SECOND * steps.contraction


@_jit
def _judge(work, lay, lane, steps):
    """Accept the step of a lane or halve it; return whether accepted, and whether all is over."""
    if not _accepted(steps, work[lay.first + lane], work[lay.second + lane]):
        work[lay.step + lane] *= 0.5
        return False, not work[lay.step + lane] > _SHORTEST
    work[lay.t + lane] = work[lay.after + lane]
    work[lay.taken + lane] += 1
    return True, work[lay.t + lane] >= 1.0 or work[lay.taken + lane] >= steps.most


@_jit
def track(system, points, steps, work, lay, reached, taken):
    """Follow paths from t = 0 as far as they go.

    Parameters
    ----------
    system : System
        What is solved.
    points : (count, m + 1) complex128
        (u, x0, lambda), or (u, lambda) where there is no x0, of the starts; overwritten by where
        the paths end, multiplied by any number in the sense above.
    steps : Steps
        How long steps may be.
    work, lay
        From `new_room`.
    reached : (count,) float64
        Written: t at the end of each path, 1 where it arrived.
    taken : (count,) int64
        Written: steps made.
    """
    waiting = 0
    for lane in range(LANES):
        waiting = _take(work, lay, points, lane, waiting)
    busy = waiting
    while busy > 0:
        _predict(work, lay)
        _newton(system, work, lay, lay.first)
        for q in range(0, (lay.m + 1) * STRIDE, LANES):
            store(work, lay.fresh + q, load(work, lay.point + q))
        _newton(system, work, lay, lay.second)
        any_marked = False
        for lane in range(LANES):
            work[lay.mark + lane] = 0.0
            if work[lay.item + lane] < 0.0:
                continue
            accepted, over = _judge(work, lay, lane, steps)
            if over:
                item = _put_down(work, lay, points, lane, taken)
                reached[item] = work[lay.t + lane]
                busy -= 1
                before = waiting
                waiting = _take(work, lay, points, lane, waiting)
                busy += waiting - before
            elif accepted:
                work[lay.mark + lane] = 1.0
                any_marked = True
        if any_marked:
            _expand(system, work, lay)
            _adopt(work, lay)
            _choose_steps(work, lay, steps.tolerance, steps.shrink)
