"""Newton's method on the sphere for a group of replicas, and certificates of the ends.

The descent hands over points that it believes to lie in the bowl of a minimum.  Newton's method
accepts one only if the Riemannian Hessian is positive definite there and after the first step, and
the second step is at most a quarter of the first: then the region between is a convex bowl, and
the minimum that Newton finds is the one that the gradient flow would have reached.

All lanes are factorised at once; no lane depends on the others.
"""

from collections import namedtuple
from collections.abc import Sequence

import numpy as np

from spinglass.kernels.compiled import inline_jit as _inline
from spinglass.kernels.compiled import jit as _jit
from spinglass.kernels.form import form_of
from spinglass.kernels.hessian import new_workspace, quadratic_form
from spinglass.kernels.lane_cholesky import factorise, solve
from spinglass.kernels.lane_spectrum import count_below, eigenvalue, tridiagonalise
from spinglass.kernels.lanes import add_multiple, dot, row_of, scale_by, subtract_pair, times
from spinglass.kernels.riemannian import load_points
from spinglass.kernels.simd import LANES, add, aligned_zeros, fma, load, multiply, splat, store

CONVERGED = 0
REFUSED = 1
CONTRACTION = 0.25
_LONGEST = 0.5

Space = namedtuple(
    "Space", "x gradient unit image inverse diagonal off partial energy norm radial inner work sums"
)
"""Working space: columns (n * LANES,), numbers (LANES,), that of `quadratic_form`, and room for the
sum of second derivatives over the orders if there are several."""

Goal = namedtuple("Goal", "tol steps")
"""The gradient norm / sqrt(n) at which a point is stationary, and the largest number of steps."""


def new_space(n: int, orders: Sequence[int]) -> Space:
    """Allocate the working space of `polish` for landscapes with these orders."""
    columns = [aligned_zeros((n * LANES,)) for _ in range(8)]
    numbers = [aligned_zeros((LANES,)) for _ in range(4)]
    sums = aligned_zeros((n * (n + 1) // 2 * LANES if len(orders) > 1 else 0,))
    return Space(*[*columns, *numbers, new_workspace(n, max(orders)), sums])


@_inline
def _second_derivatives(a, n, factor):
    """Turn the coefficients of the quadratic forms into matrices, in place."""
    scale_by(a, n * (n + 1) // 2, splat(factor))
    for i in range(n):
        q = row_of(i) + i * LANES
        store(a, q, multiply(splat(2.0), load(a, q)))


@_inline
def _add_order(a, n, p, first, space):
    """Add D x, gradients and energies of one order, from its second derivatives D."""
    x, gradient, image = space.x, space.gradient, space.image
    partial = image if first else space.partial
    times(a, n, x, partial)
    inner = splat(0.0)
    for i in range(n):
        q = i * LANES
        slope = multiply(splat(1.0 / (p - 1)), load(partial, q))
        inner = fma(load(x, q), slope, inner)
        store(gradient, q, slope if first else add(slope, load(gradient, q)))
        if not first:
            store(image, q, add(load(partial, q), load(image, q)))
    energy = multiply(splat(1.0 / p), inner)
    store(space.energy, 0, energy if first else add(energy, load(space.energy, 0)))
    store(space.inner, 0, inner if first else add(inner, load(space.inner, 0)))


@_inline
def _derivatives(forms, n, space):
    """Write gradients, energies, radial forces, D and D x; return the array that holds D."""
    count = forms.orders.size
    a = space.work.quadratic
    for k in range(count):
        p = forms.orders[k]
        quadratic_form(form_of(forms, k), space.x, space.work)
        _second_derivatives(a, n, -forms.scales[k])
        _add_order(a, n, p, k == 0, space)
        if count > 1:
            for q in range(0, space.sums.size, LANES):
                below = splat(0.0) if k == 0 else load(space.sums, q)
                store(space.sums, q, add(load(a, q), below))
    _add_field(forms.field, n, space)
    return space.sums if count > 1 else a


@_inline
def _add_field(field, n, space):
    """Add the field to gradients and energies; project the gradients and compute their norms."""
    x, gradient = space.x, space.gradient
    inner = load(space.inner, 0)
    along = splat(0.0)
    for i in range(n):
        q = i * LANES
        along = fma(load(x, q), splat(field[i]), along)
        store(gradient, q, add(load(gradient, q), splat(-field[i])))
    store(space.energy, 0, fma(splat(-1.0), along, load(space.energy, 0)))
    radial = multiply(splat(1.0 / n), fma(splat(-1.0), along, inner))
    store(space.radial, 0, radial)
    add_multiple(gradient, n, multiply(splat(-1.0), radial), x)
    store(space.norm, 0, dot(gradient, gradient, n))
    for lane in range(LANES):
        space.norm[lane] = np.sqrt(space.norm[lane] / n)


@_jit
def _project(a, n, shift, space):
    """Turn D into P D P - X P + shift x x^T / |x|^2: (radial direction, eigenvalue ``shift``).

    With D x in ``image`` and u = x / |x| this is D - X - u v^T - v u^T, where
    v = D u - (u . D u + X + shift) u / 2.
    """
    x, unit, image = space.x, space.unit, space.image
    length = np.empty(LANES)
    store(length, 0, dot(x, x, n))
    for lane in range(LANES):
        length[lane] = 1.0 / np.sqrt(length[lane])
    inverse = load(length, 0)
    for q in range(0, n * LANES, LANES):
        store(unit, q, multiply(inverse, load(x, q)))
    scale_by(image, n, inverse)
    radial = load(space.radial, 0)
    twice = add(dot(unit, image, n), add(radial, splat(shift)))
    add_multiple(image, n, multiply(splat(-0.5), twice), unit)
    subtract_pair(a, n, unit, image)
    for i in range(n):
        q = row_of(i) + i * LANES
        store(a, q, fma(splat(-1.0), radial, load(a, q)))


@_inline
def _move(n, lane, space):
    """Move one lane by minus the step in ``gradient`` and retract; return the step's length."""
    x, step = space.x, space.gradient
    length = 0.0
    square = 0.0
    for q in range(lane, n * LANES, LANES):
        length += step[q] * step[q]
        x[q] -= step[q]
        square += x[q] * x[q]
    factor = np.sqrt(n / square)
    for q in range(lane, n * LANES, LANES):
        x[q] *= factor
    return np.sqrt(length / n)


@_inline
def _certify(a, n, space, outcome, summary):
    """Write energy, gradient norm, lowest and highest tangent eigenvalue, and the index."""
    tridiagonalise(a, n, space.x, space.diagonal, space.off, space.unit, space.image)
    for end in range(2):
        eigenvalue(space.diagonal, space.off, n - 1, end * (n - 2), summary[2 + end])
    count_below(space.diagonal, space.off, n - 1, np.zeros(LANES), outcome[1])
    for lane in range(LANES):
        summary[0, lane] = space.energy[lane] / n
        summary[1, lane] = space.norm[lane]


@_jit
def polish(forms, points, count, goal, space, outcome, summary):
    """Run Newton's method on the first ``count`` of LANES points and certify the ends.

    Parameters
    ----------
    forms : Forms
        The landscape.
    points : (LANES, n) float64
        Points on the sphere, overwritten if Newton converges, kept if they are refused.
        A point whose gradient is already within the goal is certified as it is.
    count : int
        Number of points.
    goal : Goal
        When a point is stationary, and when to give up.
    space : Space
        From `new_space`.
    outcome : (2, LANES) int64
        Receives CONVERGED or REFUSED, and the Morse index of converged points.
    summary : (4, LANES) float64
        Receives H/n, gradient norm / sqrt(n), lowest and highest tangent eigenvalue.
    """
    n = points.shape[1]
    last = np.empty(LANES)
    positive = np.empty(LANES, np.bool_)
    active = np.arange(LANES) < count
    outcome[0] = REFUSED
    space.x[: n * LANES] = 1.0
    load_points(points[:count], space.x)
    for iteration in range(goal.steps + 1):
        a = _derivatives(forms, n, space)
        for lane in range(count):
            if active[lane] and space.norm[lane] <= goal.tol:
                outcome[0, lane] = CONVERGED
                active[lane] = False
        if iteration == goal.steps or not active.any():
            break
        _project(a, n, 1.0, space)
        factorise(a, n, space.inverse, positive)
        solve(a, n, space.inverse, space.gradient)
        for lane in range(count):
            if not active[lane]:
                continue
            length = _move(n, lane, space) if positive[lane] else np.inf
            wild = iteration == 1 and length > CONTRACTION * last[lane]
            active[lane] = length <= _LONGEST and not wild
            last[lane] = length
        if not active.any() and not (outcome[0] == CONVERGED).any():
            return
    _project(a, n, 0.0, space)
    _certify(a, n, space, outcome, summary)
    for lane in range(count):
        if outcome[0, lane] == CONVERGED:
            for i in range(n):
                points[lane, i] = space.x[i * LANES + lane]
