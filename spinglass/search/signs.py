"""Whether eigenvalues computed near a stationary point have the signs that they have at the point.

At a point that is stationary to 1e-11 an eigenvalue can be 1e-6 although the true one is 0; then
its sign, and so the Morse index, means nothing.  The theorem of Newton and Kantorovich on the
sphere (Ferreira and Svaiter, J. Complexity 18, 304 (2002)): if every eigenvalue of the Riemannian
Hessian exceeds sqrt(2 K |g|) in size, with K a Lipschitz constant of the Hessian, a true stationary
point is so near that no eigenvalue changes its sign on the way to it.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinglass.arrays import Array
from spinglass.landscape.model import Landscape
from spinglass.search.descent import DEGENERATE_BELOW
from spinglass.search.proofs.certificates import prove_stationary
from spinglass.search.proofs.enclosures import hessian_lipschitz

_ROUNDING = 1e-15
"""Rounding error of a gradient norm / sqrt(n), in the landscape's unit."""


def known_signs(
    model: Landscape, points: Array, gap: ArrayLike, gradient_norm: ArrayLike
) -> NDArray[np.bool_]:
    """Return at which points the eigenvalues have the signs of those at a true point nearby.

    Parameters
    ----------
    model : Landscape
        The landscape, in its own unit.
    points : (count, n) float64
        Nearly stationary points on the sphere.
    gap : (count,) array_like
        The smallest absolute value of a tangent eigenvalue at each.
    gradient_norm : (count,) array_like
        |g| / sqrt(n) at each.

    Returns
    -------
    (count,) bool
        True where gap and gradient norm show it, or else `prove_stationary` proves it.
    """
    size, slope = np.asarray(gap, dtype=float), np.asarray(gradient_norm, dtype=float)
    enough = 2.0 * hessian_lipschitz(model) * (slope + _ROUNDING)
    known: NDArray[np.bool_] = (size > DEGENERATE_BELOW) & (size**2 > enough)
    doubtful = np.flatnonzero(~known)
    if doubtful.size:
        known[doubtful] = [proof.proven for proof in prove_stationary(model, points[doubtful])]
    return known
