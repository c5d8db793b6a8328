"""Folds: where a branch of minima meets a branch of saddles of index 1 and turns back in nu.

Along the curve, parametrized by its arc length s, nu(s) has a maximum or a minimum at the fold.
The nu component of the tangent is therefore zero there, and changes its sign.  The rest of the
tangent is the soft mode: the eigenvector of the Hessian whose eigenvalue vanishes at the fold.
"""

import numpy as np
from scipy.optimize import brentq

from spinglass.arrays import Array
from spinglass.following.curve import Curve

_ALONG = 1e-10


def locate_fold(
    curve: Curve, before: Array, tangent: Array, after: Array
) -> tuple[Array, Array] | None:
    """Find the fold between two points of a curve.

    Parameters
    ----------
    curve : Curve
        The equations.
    before, after : (n + 2,) float64
        Points of one curve, a step apart, between which nu turns back.
    tangent : (n + 2,) float64
        Unit tangent at ``before``, towards ``after``.

    Returns
    -------
    (w, tangent) : tuple of (n + 2,) float64
        The fold and the unit tangent there, in the direction of travel; None if the corrector fails
        on the way to it.

    Notes
    -----
    nu is stationary at the fold, so that an error e along the curve is one of order e^2 in nu.
    """
    length = float((after - before) @ tangent)
    bow = (after - before - length * tangent) / length**2
    probes: list[tuple[Array, Array]] = []

    def direction(s: float) -> float:
        guess = before + s * tangent + s**2 * bow
        corrected = curve.correct(guess[None], tangent[None])
        if not corrected.converged[0]:
            raise ArithmeticError("the corrector failed")
        probes.append((corrected.w[0], corrected.tangent[0]))
        return float(corrected.tangent[0, -1])

    try:
        brentq(direction, 0.0, length, xtol=_ALONG, rtol=4.0 * np.finfo(float).eps)
    except ArithmeticError:
        return None
    return min(probes, key=lambda point: abs(point[1][-1]))
