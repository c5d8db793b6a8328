"""Certificates of complex zeros, one in every lane.

`spinglass.search.proofs.complex_zeros` says what is computed and why it is a proof; its slower
certificates need no pivot to be large.  Rounding errors are bounded by norms: an entry of DA with
the coefficients c errs by at most gamma |c| |monomials|, and the vector of monomials of degree e in
y, each counted once, has length at most |y|^e.
"""

from collections import namedtuple

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
    product,
    put,
    solve_from,
)
from spinglass.kernels.path_room import add_times, differentiate
from spinglass.kernels.simd import (
    LANES,
    add,
    divide,
    load,
    multiply,
    negative,
    splat,
    store,
    subtract,
)

Bounds = namedtuple("Bounds", "unit frobenius growth least reach within")
"""The power of two by which the system's couplings are to be multiplied; the Frobenius norm of DA
after that, all entries counted; each order p with its bound of |D^2 A| on the unit ball,
(orders, 2); the smallest scale of lambda; the largest distance within which other zeros are
excluded; and the largest radius of a proven ball."""

_UP = 1.0 + 1e-9
_UNIT = 2.0**-53

_LENGTH, _FORCE, _MATRIX, _VALUE, _INVERSE, _DEFECT, _MOVED, _S, _W, _PIVOTS, _INDEX = range(11)
"""Numbers of each lane: |u|, |lambda|, |DPhi|, |Phi|, |Y|, |1 - Y DPhi|, |Y Phi|, the scales s and
w, the scale of rounding errors in the factors of DPhi, and the positive pivots less one."""

_COUNT = 11


@_jit
def _square(work, first, count):
    """Return in each lane the sum of |z|^2 over ``count`` complex numbers."""
    total = splat(0.0)
    for q in range(first, first + count * STRIDE, LANES):
        total = add(total, multiply(load(work, q), load(work, q)))
    return total


@_jit
def _scale(work, first, count, factor):
    for q in range(first, first + count * STRIDE, LANES):
        store(work, q, multiply(factor, load(work, q)))


@_jit
def _set_out(system, work, lay, bounds):
    """Write Phi at z to the forms and the corner, and J = DA - lambda to the second matrix."""
    n, u = lay.n, lay.fresh
    differentiate(system, work, lay, 0)
    for q in range(0, n * STRIDE, LANES):
        store(work, lay.forms + q, splat(0.0))
    add_times(work, lay, 0, 0, 1.0 / (lay.degree - 1.0))
    unit, other = splat(bounds.unit), lay.matrices + lay.rows * STRIDE
    for q in range(0, complex_row(n), LANES):
        store(work, other + q, multiply(unit, load(work, lay.matrices + q)))
    lr, li = get(work, u + lay.m * STRIDE)
    for i in range(n):
        q = i * STRIDE
        ur, ui = get(work, u + q)
        pr, pi = product(lr, li, ur, ui)
        fr, fi = get(work, lay.forms + q)
        fr, fi = multiply(unit, fr), multiply(unit, fi)
        put(work, lay.forms + q, subtract(fr, pr), subtract(fi, pi))
        at = other + complex_row(i) + q
        jr, ji = get(work, at)
        put(work, at, subtract(jr, lr), subtract(ji, li))
    sr, si = inner(work, u, u, n, 1.0)
    half = splat(0.5)
    put(work, lay.corner, multiply(half, subtract(splat(1.0), sr)), multiply(splat(-0.5), si))


@_jit
def _factorise(work, lay):
    """Factorise J; write J^-1 (-u) to ``along``, and one over its product with -u to the corner."""
    n, other = lay.n, lay.matrices + lay.rows * STRIDE
    for q in range(0, complex_row(n), LANES):
        store(work, lay.matrix + q, load(work, other + q))
    factorise(work, lay.matrix, n, lay.inverse, lay.w, lay.v)
    for q in range(0, n * STRIDE, LANES):
        store(work, lay.along + q, load(work, lay.aside + q))
    solve_from(work, lay.matrix, n, lay.inverse, 0, lay.along)
    sr, si = inner(work, lay.aside, lay.along, n, 1.0)
    put(work, lay.corner + STRIDE, sr, si)
    invert(work, lay.corner + STRIDE, lay.corner + STRIDE)


@_jit
def _polish(system, work, lay, bounds):
    """Make a step of Newton's method."""
    n, m, u = lay.n, lay.m, lay.fresh
    _set_out(system, work, lay, bounds)
    for q in range(0, n * STRIDE, LANES):
        store(work, lay.aside + q, negative(load(work, u + q)))
        store(work, lay.right + q, negative(load(work, lay.forms + q)))
    _factorise(work, lay)
    solve_from(work, lay.matrix, n, lay.inverse, 0, lay.right)
    sr, si = inner(work, lay.aside, lay.right, n, 1.0)
    fr, fi = get(work, lay.corner)
    sr, si = product(add(sr, fr), add(si, fi), *get(work, lay.corner + STRIDE))
    lr, li = get(work, u + m * STRIDE)
    put(work, u + m * STRIDE, add(lr, sr), add(li, si))
    for q in range(0, n * STRIDE, STRIDE):
        pr, pi = product(*get(work, lay.along + q), sr, si)
        zr, zi = get(work, lay.right + q)
        ur, ui = get(work, u + q)
        put(work, u + q, add(ur, subtract(zr, pr)), add(ui, subtract(zi, pi)))


@_jit
def _invert_bordered(work, lay):
    """Write Y: its part in u to the third matrix, its border to ``along``, and its corner."""
    n, inverse = lay.n, lay.matrices + 2 * lay.rows * STRIDE
    sr, si = get(work, lay.corner + STRIDE)
    for i in range(n):
        for q in range(0, n * STRIDE, LANES):
            store(work, lay.right + q, splat(0.0))
        store(work, lay.right + i * STRIDE, splat(1.0))
        solve_from(work, lay.matrix, n, lay.inverse, i, lay.right)
        wr, wi = product(*get(work, lay.along + i * STRIDE), sr, si)
        for k in range(i, n):
            pr, pi = product(*get(work, lay.along + k * STRIDE), wr, wi)
            zr, zi = get(work, lay.right + k * STRIDE)
            at = inverse + complex_row(k) + i * STRIDE
            put(work, at, subtract(zr, pr), subtract(zi, pi))
    for q in range(0, n * STRIDE, STRIDE):
        wr, wi = product(*get(work, lay.along + q), sr, si)
        put(work, lay.along + q, wr, wi)
    put(work, lay.corner + 2 * STRIDE, negative(sr), negative(si))


@_jit
def _apply(work, lay, last):
    """Write Y times (``right``, the number at ``last``) to (``w``, the corner)."""
    n, inverse = lay.n, lay.matrices + 2 * lay.rows * STRIDE
    lr, li = get(work, last)
    for q in range(0, n * STRIDE, STRIDE):
        wr, wi = product(*get(work, lay.along + q), lr, li)
        put(work, lay.w + q, wr, wi)
    add_symmetric_times(work, inverse, n, 1.0, lay.right, lay.w)
    sr, si = inner(work, lay.along, lay.right, n, 1.0)
    pr, pi = product(*get(work, lay.corner + 2 * STRIDE), lr, li)
    put(work, lay.corner + 3 * STRIDE, add(sr, pr), add(si, pi))


@_jit
def _packed_square(work, first, n):
    """Return the sum of squares of all entries of a packed symmetric matrix."""
    total = splat(0.0)
    for i in range(n):
        row = first + complex_row(i)
        off = _square(work, row, i)
        total = add(total, add(add(off, off), _square(work, row + i * STRIDE, 1)))
    return total


@_jit
def _defect(work, lay):
    """Return the sum of squares of 1 - Y DPhi."""
    n, jacobian = lay.n, lay.matrices + lay.rows * STRIDE
    total, zero, minus = splat(0.0), splat(0.0), splat(-1.0)
    for j in range(n + 1):
        last = lay.corner + 4 * STRIDE
        put(work, last, zero, zero)
        for i in range(n):
            low, high = min(i, j), max(i, j)
            at = jacobian + complex_row(high) + low * STRIDE if j < n else lay.aside + i * STRIDE
            real, imaginary = get(work, at)
            put(work, lay.right + i * STRIDE, real, imaginary)
        if j < n:
            real, imaginary = get(work, lay.aside + j * STRIDE)
            put(work, last, real, imaginary)
        _apply(work, lay, last)
        at = lay.w + j * STRIDE if j < n else lay.corner + 3 * STRIDE
        store(work, at, add(minus, load(work, at)))
        total = add(total, _square(work, lay.w, n))
        total = add(total, _square(work, lay.corner + 3 * STRIDE, 1))
    return total


@_jit
def _inertia(work, lay, numbers):
    """Factorise the whole of DPhi, and count the positive pivots.

    L D L^T is off by at most gamma |L| |D| |L^T|, entry by entry; the norm of this is at most the
    sum over the columns of L of their squared lengths times the pivots (Higham, section 9.3).
    """
    n, jacobian = lay.n, lay.matrices + lay.rows * STRIDE
    matrix, last = lay.whole, lay.whole + complex_row(lay.n)
    for q in range(0, complex_row(n), LANES):
        store(work, matrix + q, load(work, jacobian + q))
    for q in range(0, n * STRIDE, LANES):
        store(work, last + q, load(work, lay.aside + q))
    put(work, last + n * STRIDE, splat(0.0), splat(0.0))
    factorise(work, matrix, n + 1, lay.pivots, lay.row, lay.other)
    for lane in range(LANES):
        numbers[_PIVOTS * LANES + lane], numbers[_INDEX * LANES + lane] = 0.0, -1.0
    for k in range(n + 1):
        for lane in range(LANES):
            column = 1.0
            for i in range(k + 1, n + 1):
                column += work[matrix + complex_row(i) + k * STRIDE + lane] ** 2
            pivot = work[matrix + complex_row(k) + k * STRIDE + lane]
            numbers[_PIVOTS * LANES + lane] += abs(pivot) * column
            numbers[_INDEX * LANES + lane] += pivot > 0.0


@_jit
def _choose_units(work, lay, bounds, numbers):
    """Choose the scales: powers of two s near |u| and w near the size of the derivative."""
    store(numbers, _LENGTH * LANES, _square(work, lay.fresh, lay.n))
    store(numbers, _FORCE * LANES, _square(work, lay.fresh + lay.m * STRIDE, 1))
    for lane in range(LANES):
        length = np.sqrt(numbers[_LENGTH * LANES + lane])
        force = np.sqrt(numbers[_FORCE * LANES + lane])
        s = 2.0 ** np.rint(np.log2(length))
        size = 0.0
        for k in range(len(bounds.growth)):
            size += bounds.growth[k, 1] * s ** (bounds.growth[k, 0] - 2.0)
        numbers[_LENGTH * LANES + lane], numbers[_FORCE * LANES + lane] = length, force
        numbers[_S * LANES + lane] = s
        numbers[_W * LANES + lane] = 2.0 ** np.rint(np.log2(max(size, force, bounds.least)))


@_jit
def _rescale(work, lay, numbers):
    """Divide Phi, its derivative and the vector -u by the scales; nothing is rounded."""
    s, w = load(numbers, _S * LANES), load(numbers, _W * LANES)
    s, w = divide(splat(1.0), s), divide(splat(1.0), w)
    _scale(work, lay.forms, lay.n, multiply(s, w))
    _scale(work, lay.corner, 1, multiply(s, s))
    _scale(work, lay.matrices + lay.rows * STRIDE, lay.n * (lay.n + 1) // 2, w)
    for q in range(0, lay.n * STRIDE, LANES):
        store(work, lay.aside + q, multiply(s, negative(load(work, lay.fresh + q))))


@_jit
def _gamma(operations):
    return _UP * operations * _UNIT / (1.0 - operations * _UNIT)


@_jit
def _ball(lay, bounds, number):
    """Return what the numbers of a lane prove; (inf, 0, -1, inf) if they prove nothing.

    That is the radius with one zero, the radius without others, the Morse index if the point is
    real, -1 if that is not proven, and the radius in u alone.
    """
    n, degree, s, w = lay.n, lay.degree, number[_S], number[_W]
    length, force, inverse = number[_LENGTH] * _UP, number[_FORCE] * _UP, number[_INVERSE] * _UP
    matrix, value = number[_MATRIX] * _UP, number[_VALUE] * _UP
    whole = np.sqrt(length * length + (1.0 if lay.m > n else 0.0)) * _UP
    chain = _gamma(2 * lay.columns + 16 * (lay.m + degree) + 100)
    slope = chain * bounds.frobenius * whole ** (degree - 2)
    form = slope * whole / (degree - 1) + chain * (bounds.frobenius * whole ** (degree - 1))
    value_error = (form + chain * force * length) / (s * w) + chain * (1.0 + length**2) / s**2
    matrix_error = slope / w + chain * (matrix + np.sqrt(n) * force / w)
    few = _gamma(4 * (n + 8))
    eta = (number[_MOVED] + inverse * (few * value + value_error)) * _UP
    kappa = (number[_DEFECT] + inverse * (few * matrix + matrix_error) + few * (n + 1)) * _UP
    size, bend = length / s * _UP + bounds.reach, np.sqrt(2.0) * _UP
    for k in range(len(bounds.growth)):
        p, bound = bounds.growth[k, 0], bounds.growth[k, 1]
        bend += bound * s ** (p - 2.0) / w * size ** (p - 3.0) * _UP
    lipschitz = inverse * bend * _UP
    left = (1.0 - kappa) ** 2 / _UP - 2.0 * eta * lipschitz * _UP
    if not (kappa < 1.0 and left > 0.0):
        return np.inf, 0.0, -1.0, np.inf
    root = np.sqrt(left) / _UP
    radius = 2.0 * eta / (1.0 - kappa + root) * _UP
    alone = min((1.0 - kappa + root) / lipschitz / _UP, bounds.reach)
    if not radius < min(alone, bounds.within):
        return np.inf, 0.0, -1.0, np.inf
    # No matrix so near to DPhi is singular, and DPhi is regular all the way to the zero.
    wrong = (_gamma(4 * (n + 20)) * number[_PIVOTS] + matrix_error) * _UP
    index = number[_INDEX] if wrong * inverse < (1.0 - kappa) / _UP else -1.0
    return radius * max(s, w), alone * min(s, w), index, radius * s


@_jit
def _certify_lanes(system, work, lay, bounds, numbers):
    """Polish the points in the lanes and compute the numbers of their certificates."""
    n = lay.n
    _polish(system, work, lay, bounds)
    _set_out(system, work, lay, bounds)
    _choose_units(work, lay, bounds, numbers)
    _rescale(work, lay, numbers)
    border = _square(work, lay.aside, n)
    jacobian = _packed_square(work, lay.matrices + lay.rows * STRIDE, n)
    store(numbers, _MATRIX * LANES, add(jacobian, add(border, border)))
    value = add(_square(work, lay.forms, n), _square(work, lay.corner, 1))
    store(numbers, _VALUE * LANES, value)
    _factorise(work, lay)
    _invert_bordered(work, lay)
    border = _square(work, lay.along, n)
    inverse = _packed_square(work, lay.matrices + 2 * lay.rows * STRIDE, n)
    inverse = add(inverse, _square(work, lay.corner + 2 * STRIDE, 1))
    store(numbers, _INVERSE * LANES, add(inverse, add(border, border)))
    for q in range(0, n * STRIDE, LANES):
        store(work, lay.right + q, load(work, lay.forms + q))
    _apply(work, lay, lay.corner)
    moved = add(_square(work, lay.w, n), _square(work, lay.corner + 3 * STRIDE, 1))
    store(numbers, _MOVED * LANES, moved)
    store(numbers, _DEFECT * LANES, _defect(work, lay))
    _inertia(work, lay, numbers)
    for q in range(_MATRIX * LANES, (_MOVED + 1) * LANES):
        numbers[q] = np.sqrt(numbers[q])


@_jit
def certify(system, z, bounds, work, lay, balls):
    """Try to prove that a zero lies near each of the points, after a step of Newton's method.

    Parameters
    ----------
    system : System
        As for `spinglass.kernels.homotopy.track`.
    z : (count, n + 1) complex128
        Approximate zeros (u, lambda); overwritten by better ones.
    bounds : Bounds
        Bounds for the system.
    work, lay
        From `spinglass.kernels.path_room.new_room`.
    balls : (4, count) float64
        Receives for each point the radius with exactly one zero and the radius without others,
        infinite and 0 if nothing is proven; the Morse index if z is real, -1 if it is not proven;
        and a bound of the distance between the u of that zero and this u.
    """
    n, count = lay.n, len(z)
    numbers, number = np.zeros(_COUNT * LANES), np.empty(_COUNT)
    for first in range(0, count, LANES):
        for lane in range(LANES):
            row = min(first + lane, count - 1)
            for entry in range(lay.m + 1):
                value = 1.0 + 0.0j
                if entry < n or entry == lay.m:
                    value = z[row, min(entry, n)]
                at = lay.fresh + entry * STRIDE + lane
                work[at], work[at + LANES] = value.real, value.imag
        _certify_lanes(system, work, lay, bounds, numbers)
        for lane in range(min(LANES, count - first)):
            for entry in range(n + 1):
                at = lay.fresh + (entry if entry < n else lay.m) * STRIDE + lane
                z[first + lane, entry] = complex(work[at], work[at + LANES])
            for k in range(_COUNT):
                number[k] = numbers[k * LANES + lane]
            row = first + lane
            radius, alone, index, width = _ball(lay, bounds, number)
            balls[0, row], balls[1, row], balls[2, row], balls[3, row] = radius, alone, index, width
