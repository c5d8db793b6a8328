"""Stationary points of any index: Newton and Levenberg-Marquardt searches, many starts at once.

Eigenvector following (Cerjan and Miller, J. Chem. Phys. 75 (1981) 2800; Wales, ibid. 101 (1994)
3750) reaches saddles of index 1 only: uphill along the lowest mode of the Hessian, downhill along
all others.

Lanes share the second derivatives; a lane whose search has ended takes the next start.  What
happens to a start depends on that start alone.
"""

from collections import namedtuple

import numpy as np

from spinglass.kernels.compiled import jit as _jit
from spinglass.kernels.dense import cholesky, cholesky_solve
from spinglass.kernels.riemannian import (
    add_radial,
    riemannian_parts,
    sum_orders,
    tangent_modes,
    top_of,
)
from spinglass.kernels.simd import LANES

NEWTON = 0
SQUARED_GRADIENT = 1
EIGENVECTOR = 2
LONGEST_STEP = 0.35
"""Longest step, relative to the radius: far from a zero the linear model means little."""

_FINISH = 1e-3
_FIRST_DAMPING = 1e-2
_MOST_DAMPING = 1e10


@_jit
def solve(a, b):
    """Overwrite ``b`` with the solution of a x = b, and ``a``; return whether ``a`` was regular."""
    n = b.size
    for k in range(n):
        best = k
        for i in range(k + 1, n):
            if abs(a[i, k]) > abs(a[best, k]):
                best = i
        if not abs(a[best, k]) > 0.0:
            return False
        if best != k:
            for j in range(k, n):
                a[k, j], a[best, j] = a[best, j], a[k, j]
            b[k], b[best] = b[best], b[k]
        for i in range(k + 1, n):
            factor = a[i, k] / a[k, k]
            for j in range(k + 1, n):
                a[i, j] -= factor * a[k, j]
            b[i] -= factor * b[k]
    for k in range(n - 1, -1, -1):
        total = b[k]
        for j in range(k + 1, n):
            total -= a[k, j] * b[j]
        b[k] = total / a[k, k]
    return True


@_jit
def _move(x, step):
    """Move x by minus the step, at most LONGEST_STEP, and retract; return whether it is finite."""
    n = x.size
    length = np.sqrt(np.dot(step, step) / n)
    factor = min(1.0, LONGEST_STEP / length) if length > 0.0 else 1.0
    x -= factor * step
    x *= np.sqrt(n / np.dot(x, x))
    return np.isfinite(length)


@_jit
def _newton(hessian, gradient, x):
    add_radial(hessian, x, 1.0)
    return solve(hessian, gradient) and _move(x, gradient)


@_jit
def _damped(hessian, gradient, x, damping):
    """Step of Levenberg and Marquardt on |g|^2: (H^2 + damping) step = H g."""
    normal = np.dot(hessian, hessian)
    right = np.dot(hessian, gradient)
    for i in range(x.size):
        normal[i, i] += damping
    if not cholesky(normal):
        return False
    cholesky_solve(normal, right)
    return _move(x, right)


@_jit
def _follow_mode(hessian, gradient, x):
    """Step of eigenvector following: g_k / |l_k| near the saddle, at most a radius in each mode."""
    n = x.size
    values, modes = tangent_modes(hessian, x)
    along = np.dot(modes.T, gradient)
    for k in range(n - 1):
        size = abs(values[k])
        along[k] *= 2.0 / (size + np.sqrt(size * size + 4.0 * along[k] * along[k] / n))
    along[0] = -along[0]
    along[n - 1] = 0.0
    return _move(x, np.dot(modes, along))


@_jit
def _search(hessian, gradient, norm, mode, x, back, state):
    """Do one step of one lane; return whether the search can continue.

    ``state`` holds the gradient norm at ``back`` (negative before the first step) and the damping.
    """
    if mode == EIGENVECTOR:
        return _follow_mode(hessian, gradient, x)
    if mode == NEWTON or norm < _FINISH:
        return _newton(hessian, gradient, x)
    if state[0] >= 0.0 and norm > state[0]:
        # The point went uphill: go back and evaluate there again with more damping.
        x[:] = back
        state[0] = -1.0
        state[1] *= 16.0
        return state[1] < _MOST_DAMPING
    back[:] = x
    state[0] = norm
    damping = state[1]
    state[1] *= 0.25
    return _damped(hessian, gradient, x, damping)


Search = namedtuple("Search", "mode tol steps work lower")
"""The mode: NEWTON; SQUARED_GRADIENT, Levenberg-Marquardt on |g|^2 finished by Newton; or
EIGENVECTOR, to saddles of index 1 only.  The gradient norm / sqrt(n) at which a point is
stationary; evaluations allowed to a start; working space from `hessian.new_workspace` and
`riemannian.new_lower`."""

_Hands = namedtuple("_Hands", "packed item spent back state")
"""State of the lanes: points, numbers of starts, evaluations, and two arguments of `_search`."""


@_jit
def _fill(hands, points, following):
    """Give idle lanes the next starts; return the next number, and whether any lane is busy."""
    packed, item, spent, _, state = hands
    busy = False
    for lane in range(LANES):
        if item[lane] < 0 and following < points.shape[0]:
            item[lane] = following
            following += 1
            spent[lane] = 0
            state[lane, 0] = -1.0
            state[lane, 1] = _FIRST_DAMPING
        if item[lane] >= 0:
            busy = True
            for i in range(points.shape[1]):
                packed[i * LANES + lane] = points[item[lane], i]
    return following, busy


@_jit
def seek(forms, points, how, norms):
    """Search for a stationary point from each start.

    Parameters
    ----------
    forms : Forms
        The landscape.
    points : (count, n) float64
        Starts on the sphere, overwritten with the ends of the searches.
    how : Search
        The method, and when it ends.
    norms : (count,) float64
        Receives the gradient norm / sqrt(n) of searches that reach ``how.tol``, else infinity.
    """
    n = points.shape[1]
    matrix, gradient = np.empty((n, n)), np.empty(n)
    item, spent = np.full(LANES, -1, np.int64), np.zeros(LANES, np.int64)
    back, state = np.empty((LANES, n)), np.empty((LANES, 2))
    hands = _Hands(np.ones(n * LANES), item, spent, back, state)
    top = top_of(forms)
    norms[:] = np.inf
    following, busy = _fill(hands, points, 0)
    while busy:
        sum_orders(forms, hands.packed, how.work, how.lower)
        for lane in range(LANES):
            if item[lane] < 0:
                continue
            x = points[item[lane]]
            riemannian_parts(top, how.work.quadratic, how.lower, lane, x, matrix, gradient)
            norm = np.sqrt(np.dot(gradient, gradient) / n)
            spent[lane] += 1
            if norm <= how.tol:
                norms[item[lane]] = norm
                item[lane] = -1
            elif spent[lane] >= how.steps or not _search(
                matrix, gradient, norm, how.mode, x, back[lane], state[lane]
            ):
                item[lane] = -1
        following, busy = _fill(hands, points, following)
