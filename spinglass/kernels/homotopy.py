"""Paths of the homotopy from a system whose solutions are known to the one that is wanted.

With y = (x0, u), all couplings and the field are one homogeneous map B y^(d-1), d the highest
order.  Followed from t = 0 to 1 are the solutions of

    t B y^(d-1) + (1 - t) a u^(d-1) = lambda u    (entry by entry),    u . u = x0^2,

where (y, lambda) and (s y, s^(d-2) lambda) are one solution.  So y is kept at length 1, and a step
is orthogonal to where it begins.

A step is predicted by the Taylor series of the path: all its coefficients are solved for with one
factorised matrix.  Newton's method corrects it.  What keeps a path from jumping to another one is
that a step is refused unless the first correction is small and the second very much smaller; then
the series is used again for half the step.  No path knows of another, so its bits are its own.
"""

from collections import namedtuple

import numpy as np

from spinglass.kernels.compiled import jit as _jit

System = namedtuple("System", "tensor start degree")
"""B as a matrix (n + 1, (n + 1)^(d-2) n), whose columns run over the other d - 2 indices of y and
then, fastest, the n equations; a, (n,) complex; d >= 3."""

Steps = namedtuple("Steps", "tolerance shrink correction contraction most")
"""How long steps are: the last term of the series, at most; its ratio to the term before, at most;
the first correction, at most; the second, relative to the first, at most; how many, at most."""

Room = namedtuple("Room", "series levels powers matrix pivots right point")
"""What a path works in: coefficients of (x0, u, lambda); of B contracted with y to so many indices;
of the powers of u; the factorised matrix; a right-hand side; a point."""

ORDER = 5
"""Highest power of the step in the series."""

_SHORTEST = 1e-9
_SECOND = 1e-4
_ROUNDING = 1e-12


@_jit
def new_room(n, degree):
    """Return the room for the paths of a system of n equations."""
    m = n + 1
    series = np.zeros((ORDER + 1, m + 1), np.complex128)
    levels = np.zeros((degree - 1, ORDER + 1, m ** (degree - 2) * n), np.complex128)
    powers = np.zeros((degree, ORDER + 1, n), np.complex128)
    matrix = np.zeros((m + 1, m + 1), np.complex128)
    pivots = np.zeros(m + 1, np.int64)
    right = np.zeros(m + 1, np.complex128)
    return Room(series, levels, powers, matrix, pivots, right, np.zeros(m + 1, np.complex128))


@_jit
def _factorise(a, pivots):
    """Overwrite ``a`` with its triangular factors; return whether it is regular."""
    n = a.shape[0]
    for k in range(n):
        best, largest = k, 0.0
        for i in range(k, n):
            size = a[i, k].real ** 2 + a[i, k].imag ** 2
            if size > largest:
                best, largest = i, size
        if not largest > 0.0:
            return False
        pivots[k] = best
        for j in range(n):
            a[k, j], a[best, j] = a[best, j], a[k, j]
        inverse = 1.0 / a[k, k]
        for i in range(k + 1, n):
            factor = a[i, k] * inverse
            a[i, k] = factor
            for j in range(k + 1, n):
                a[i, j] -= factor * a[k, j]
    return True


@_jit
def _solve(a, pivots, b):
    """Overwrite ``b`` with the solution of the factorised system."""
    n = b.size
    for k in range(n):
        best = pivots[k]
        b[k], b[best] = b[best], b[k]
    for k in range(n):
        for j in range(k):
            b[k] -= a[k, j] * b[j]
    for k in range(n - 1, -1, -1):
        for j in range(k + 1, n):
            b[k] -= a[k, j] * b[j]
        b[k] /= a[k, k]


@_jit
def _contract(system, room, k):
    """Find coefficient k of B contracted with y, and of the powers of u, from the series."""
    m, width = system.tensor.shape
    n, top = m - 1, system.degree - 2
    out = room.levels[top, k]
    out[:] = 0.0
    for j in range(m):
        factor, row = room.series[k, j], system.tensor[j]
        if factor != 0.0:
            for r in range(width):
                out[r] += factor * row[r]
    for level in range(top - 1, -1, -1):
        width //= m
        out = room.levels[level, k]
        out[:width] = 0.0
        for a in range(k + 1):
            above = room.levels[level + 1, a]
            for j in range(m):
                factor = room.series[k - a, j]
                if factor != 0.0:
                    for r in range(width):
                        out[r] += factor * above[j * width + r]
    room.powers[1, k] = room.series[k, 1:m]
    for q in range(2, system.degree):
        for i in range(n):
            total = 0.0j
            for a in range(k + 1):
                total += room.powers[q - 1, a, i] * room.series[k - a, 1 + i]
            room.powers[q, k, i] = total


@_jit
def _residual(system, room, t, k):
    """Write minus coefficient k of the equations, at t + the step, to the right-hand side."""
    m = system.tensor.shape[0]
    n, series, right = m - 1, room.series, room.right
    power = room.powers[system.degree - 1]
    for i in range(n):
        total = t * room.levels[0, k, i] + (1.0 - t) * system.start[i] * power[k, i]
        if k > 0:
            total += room.levels[0, k - 1, i] - system.start[i] * power[k - 1, i]
        for a in range(k + 1):
            total -= series[a, m] * series[k - a, 1 + i]
        right[i] = -total
    sphere = 0.0j
    for a in range(k + 1):
        sphere += series[a, 0] * series[k - a, 0]
        for i in range(n):
            sphere -= series[a, 1 + i] * series[k - a, 1 + i]
    right[n] = -sphere
    right[m] = 0.0


@_jit
def _linearise(system, room, t):
    """Write the derivative at the series' first term to the matrix; the last row is the patch."""
    m = system.tensor.shape[0]
    n, d, v, matrix = m - 1, system.degree, room.series[0], room.matrix
    matrix[:] = 0.0
    for i in range(n):
        for j in range(m):
            matrix[i, j] = t * (d - 1) * room.levels[1, 0, j * n + i]
        power = room.powers[d - 2, 0, i]
        matrix[i, 1 + i] += (1.0 - t) * (d - 1) * system.start[i] * power - v[m]
        matrix[i, m] = -v[1 + i]
        matrix[n, 1 + i] = -2.0 * v[1 + i]
    matrix[n, 0] = 2.0 * v[0]
    for j in range(m):
        matrix[m, j] = np.conj(v[j])


@_jit
def _expand(system, room, t):
    """Find the Taylor series of the path from where it is; return whether it is regular there."""
    _contract(system, room, 0)
    _linearise(system, room, t)
    if not _factorise(room.matrix, room.pivots):
        return False
    for k in range(1, ORDER + 1):
        room.series[k] = 0.0
        _contract(system, room, k)
        _residual(system, room, t, k)
        _solve(room.matrix, room.pivots, room.right)
        room.series[k] = room.right
        _contract(system, room, k)
    return True


@_jit
def _size(v):
    total = 0.0
    for z in v:
        total += z.real**2 + z.imag**2
    return np.sqrt(total)


@_jit
def _correct(system, room, t):
    """Make a step of Newton's method from the series' first term; return its length."""
    _contract(system, room, 0)
    _linearise(system, room, t)
    if not _factorise(room.matrix, room.pivots):
        return np.inf
    _residual(system, room, t, 0)
    _solve(room.matrix, room.pivots, room.right)
    room.series[0] += room.right
    return _size(room.right)


@_jit
def _normalise(v, degree):
    """Scale y to length 1, and lambda with it."""
    factor = 1.0 / _size(v[:-1])
    v[:-1] *= factor
    v[-1] *= factor ** (degree - 2)


@_jit
def _advance(system, room, steps, t):
    """Make one step from the point; return t after it, or nan where none is short enough."""
    room.series[0] = room.point
    if not _expand(system, room, t):
        return np.nan
    last, before = _size(room.series[ORDER]), _size(room.series[ORDER - 1])
    step = 1.0 - t
    if last > 0.0:
        step = min(step, (steps.tolerance / last) ** (1.0 / ORDER), steps.shrink * before / last)
    while step > _SHORTEST:
        after = 1.0 if step >= 1.0 - t else t + step
        room.series[0] = room.series[ORDER]
        for k in range(ORDER - 1, 0, -1):
            room.series[0] = room.series[k] + step * room.series[0]
        room.series[0] = room.point + step * room.series[0]
        first = _correct(system, room, after)
        second = _correct(system, room, after) if first < steps.correction else np.inf
        if second < steps.contraction * first + _ROUNDING and second < _SECOND * steps.contraction:
            room.point[:] = room.series[0]
            _normalise(room.point, system.degree)
            return after
        step *= 0.5
    return np.nan


@_jit
def track(system, points, steps, room, reached, taken):
    """Follow paths from t = 0 as far as they go, one after the other.

    Parameters
    ----------
    system : System
        What is solved.
    points : (count, n + 2) complex128
        (x0, u, lambda) of the starts; overwritten by where the paths end, x0 and u of length 1.
    steps : Steps
        How long steps may be.
    room : Room
        To work in.
    reached : (count,) float64
        Written: t at the end of each path, 1 where it arrived.
    taken : (count,) int64
        Written: steps made.
    """
    for row in range(points.shape[0]):
        room.point[:] = points[row]
        _normalise(room.point, system.degree)
        t, count = 0.0, 0
        while t < 1.0 and count < steps.most:
            after = _advance(system, room, steps, t)
            if not after > t:
                break
            t = after
            count += 1
        points[row] = room.point
        reached[row], taken[row] = t, count
