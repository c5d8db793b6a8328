"""Whether an eigenvalue computed near a stationary point has the sign that it has at the point.

A point found stationary to 1e-11 can have an eigenvalue of 1e-6 where the true one is 0, and its
sign, and so the Morse index, is then worth nothing.  Newton and Kantorovich, on the sphere
(Ferreira and Svaiter, J. Complexity 18, 304 (2002)): where every eigenvalue of the Riemannian
Hessian is larger than sqrt(2 K |g|), K a Lipschitz constant of it, a stationary point is so near
that none of them changes its sign on the way.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinglass.arrays import Array
from spinglass.landscape.model import Landscape
from spinglass.search.descent import DEGENERATE_BELOW
from spinglass.search.proofs.certificates import prove_stationary
from spinglass.search.proofs.enclosures import hessian_lipschitz

_ROUNDING = 1e-15
"""What a gradient norm / sqrt(n) of zero may be in truth, in the landscape's unit."""


def known_signs(
    model: Landscape, points: Array, gap: ArrayLike, gradient_norm: ArrayLike
) -> NDArray[np.bool_]:
    """Say at which points the eigenvalues surely have the signs of those at a true point nearby.

    Parameters
    ----------
    model : Landscape
        The landscape, in its own unit.
    points : (count, n) float64
        Nearly stationary points on the sphere.
    gap : (count,) array_like
        The smallest size of a tangent eigenvalue there.
    gradient_norm : (count,) array_like
        |g| / sqrt(n) there.

    Returns
    -------
    (count,) bool
        Shown by these numbers, or else proven.
    """
    size, slope = np.asarray(gap, dtype=float), np.asarray(gradient_norm, dtype=float)
    enough = 2.0 * hessian_lipschitz(model) * (slope + _ROUNDING)
    known: NDArray[np.bool_] = (size > DEGENERATE_BELOW) & (size**2 > enough)
    doubtful = np.flatnonzero(~known)
    if doubtful.size:
        known[doubtful] = [proof.proven for proof in prove_stationary(model, points[doubtful])]
    return known
