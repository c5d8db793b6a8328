"""How long a step along a curve may be if the next point must be proven to be on that curve.

Let A be the derivative of the curve's equations at w, bordered by the unit tangent t, b the norm of
its inverse and K the Lipschitz constant of the derivative.  Started at w, Newton's method for the
point of the curve in the hyperplane at distance s along t has the first step s t, so by Newton and
Kantorovich (h = b K s <= 1/2) that hyperplane holds, for every s <= 1 / (2 b K), exactly one zero
within 1 / (b K) of w: these zeros are one smooth piece of curve that begins at w.  A zero found in
that range is on this curve, however it was predicted; only two folds within one step would go
unnoticed.  Rounding is not enclosed, unlike in `spinglass.search.proofs.certificates`; instead
steps stay 2 % shorter than allowed.
"""

import math

import numpy as np

from spinglass.arrays import Array
from spinglass.following.curve import Curve
from spinglass.search.proofs.enclosures import third_derivative_bound

_SAFETY = 0.98


def lipschitz_constant(curve: Curve) -> float:
    """Return K of DG in the variables w, within a distance 1 / sqrt(n) of the sphere of u.

    The second derivatives of H contribute sqrt(n) times `third_derivative_bound`; u and X enter the
    other blocks linearly and contribute sqrt(2) together; the pull of a planted point is quadratic
    in nu and contributes its second derivative.
    """
    root, bend = math.sqrt(curve.n), curve.model.pull_at(0.0, 2)
    return root * third_derivative_bound(curve.model, 1.001 * root + 1.0) + math.sqrt(2.0) + bend


def longest_steps(curve: Curve, w: Array, tangent: Array, lipschitz: float) -> Array:
    """Return the longest proven step from each point, shape (count,)."""
    matrix = curve.bordered(w, tangent)[1]
    smallest = np.linalg.svd(matrix, compute_uv=False)[:, -1]
    return np.minimum(_SAFETY * smallest / (2.0 * lipschitz), 0.5 / math.sqrt(curve.n))


def on_the_same_curve(w: Array, tangent: Array, longest: Array, zeros: Array) -> np.ndarray:
    """Whether each found zero is proven to be on the curve through w, shape (count,)."""
    moved = zeros - w
    along = np.sum(moved * tangent, axis=1)
    near = np.linalg.norm(moved, axis=1) <= 2.0 * _SAFETY * longest
    return (along >= 0.0) & (along <= longest) & near
