"""Newton's method on the sphere for a group of replicas, and the certificate of where it ends.

The descent hands over points that it believes to lie in the bowl of a minimum.  Newton's method
accepts one only if the Riemannian Hessian is positive definite there and after the first step, and
the second step is at most a quarter of the first: then the region between is a convex bowl, and
the minimum that Newton finds is the one that the gradient flow would have reached.
"""

import numpy as np
from numba import njit

from spinglass.kernels.dense import cholesky, cholesky_solve
from spinglass.kernels.hessian import quadratic_form, unpack
from spinglass.kernels.riemannian import (
    add_radial,
    form_factor,
    load_points,
    riemannian_parts,
    tangent_spectrum,
)
from spinglass.kernels.simd import LANES

_jit = njit(nogil=True, cache=True, error_model="numpy")

CONVERGED = 0
REFUSED = 1
CONTRACTION = 0.25


@_jit
def _step(hessian, gradient, x):
    """Do one Newton step; return its length, or -1 if the Hessian is not positive definite."""
    n = x.size
    add_radial(hessian, x, 1.0)
    if not cholesky(hessian):
        return -1.0
    cholesky_solve(hessian, gradient)
    length = np.sqrt(np.dot(gradient, gradient) / n)
    x -= gradient
    x *= np.sqrt(n / np.dot(x, x))
    return length


@_jit
def polish(c, p, scale, field, table, points, count, tol, steps, work, outcome, summary):
    """Run Newton's method on the first ``count`` of LANES points and certify where it ends.

    Parameters
    ----------
    c : (C(n + p - 1, p),) float64
        Packed coefficients; H = -scale F - field . x.
    table, work
        As in `hessian.quadratic_form`.
    points : (LANES, n) float64
        Points on the sphere, overwritten where Newton converges, restored where it is refused.
        A point whose gradient is already within ``tol`` is certified as it is.
    tol : float
        Gradient norm / sqrt(n) at which a point is stationary.
    steps : int
        Most Newton steps.
    outcome : (2, LANES) int64
        Receives CONVERGED or REFUSED, and the Morse index where converged.
    summary : (4, LANES) float64
        Receives H/n, gradient norm / sqrt(n), lowest and highest tangent eigenvalue.
    """
    n = points.shape[1]
    factor = form_factor(p, scale)
    packed = np.ones(n * LANES)
    start = points.copy()
    matrix = np.empty((n, n))
    gradient = np.empty(n)
    length = np.full(LANES, -1.0)
    outcome[:] = REFUSED
    active = np.zeros(LANES, np.bool_)
    active[:count] = True
    for iteration in range(steps + 1):
        if not np.any(active):
            break
        load_points(points[:count], packed)
        quadratic_form(c, p, n, packed, table, work)
        for lane in range(count):
            if not active[lane]:
                continue
            x = points[lane]
            unpack(work[0], factor, n, lane, matrix)
            energy, _ = riemannian_parts(matrix, p, x, field, gradient)
            norm = np.sqrt(np.dot(gradient, gradient) / n)
            if norm <= tol:
                spectrum = tangent_spectrum(matrix, x)
                summary[0, lane] = energy / n
                summary[1, lane] = norm
                summary[2, lane] = spectrum[0]
                summary[3, lane] = spectrum[n - 2]
                outcome[1, lane] = np.sum(spectrum < 0.0)
                outcome[0, lane] = CONVERGED
                active[lane] = False
                continue
            step = -1.0 if iteration == steps else _step(matrix, gradient, x)
            wild = iteration == 1 and step > CONTRACTION * length[lane]
            if not step >= 0.0 or wild or step > 0.5:
                x[:] = start[lane]
                active[lane] = False
            length[lane] = step
