"""Complexities at infinite n: how fast the mean numbers of stationary points grow with n.

At energy per spin E and radial force X the number of points of Morse index k grows like
exp(n Theta_k(E, X)), where X <= -2 sqrt(xi'') and

    Theta_k = (1/2) log(xi''/xi') + X^2/(4 xi'') - X^2/(2 (xi' + xi''))
              - (E - a X)^2/(2 v) - (k + 1) I(z),     z = |X| / (2 sqrt(xi'')) >= 1,
    I(z) = z sqrt(z^2 - 1) - log(z + sqrt(z^2 - 1)),
    a = xi'/(xi' + xi''),  v = xi - a xi'

with xi and its derivatives at 1: the determinant of the Hessian, the Gaussian law of (E, X), and
the rate at which k + 1 eigenvalues of the Gaussian orthogonal ensemble leave its spectrum.  In a
pure model without field v = 0 and E = a X (Auffinger, Ben Arous and Cerny, arXiv:1003.1129); with
field, and for mixtures, Fyodorov, arXiv:1307.2379, and Ben Arous, Subag and Zeitouni,
arXiv:1804.10573.  All of them are growth rates of means.
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.theory.energy import check_spread
from spinglass.theory.parameters import MAXIMUM_ENERGY, covariance_of, integer, real

MAXIMUM_LAYER = 10**6
"""Largest index k of a layer energy E_k."""

_RARE = 1e-14
"""A growth rate this far below 0 is negative by more than rounding."""


def threshold_energy(covariance: Covariance | int, nu: float | None = None) -> float:
    """Energy at which the most numerous points turn from saddles into minima.

    Parameters
    ----------
    covariance : Covariance or int
        The covariance, or the order p >= 2 of a pure model.
    nu : float, optional
        Field; by default that of the covariance, 0 for an order.

    Returns
    -------
    float
        ``E_th = [xi (xi' - xi'') - xi'^2] / (xi' sqrt(xi''))``, the energy at which most points
        have the radial force -2 sqrt(xi''); ``-2 sqrt((p-1)/p)`` for a pure model (Folena, Franz
        and Ricci-Tersenghi, arXiv:1903.01421).

    Raises
    ------
    InputError
        If an argument is outside its domain, or if ``Theta_0(E_th, -2 sqrt(xi'')) < 0``: the
        formula then gives an energy at which points are exponentially rare, outside the range of
        the minima.  This happens above the critical field, and for some mixtures near p = 2.
    """
    law = covariance_of(covariance, nu)
    rise = law(1.0) * (law.slope - law.curvature) - law.slope**2
    energy = rise / (law.slope * math.sqrt(law.curvature))
    if _theta(energy, -2.0 * math.sqrt(law.curvature), law, 0) < -_RARE:
        raise InputError(
            "there is a threshold energy where minima turn into saddles, "
            f"got {law.orders} at nu = {law.nu:g}, where points at the energy of the formula, "
            f"{energy:.9g}, are exponentially rare"
        )
    return energy


def rate(ratio: float) -> float:
    """Rate function I of the extreme eigenvalue, at ``ratio = z >= 1``; zero at the edge."""
    excess = ratio - 1.0
    angle = math.log1p(excess + math.sqrt(excess * (excess + 2.0)))
    if angle < 0.05:
        square = (2.0 * angle) ** 2
        series = 1.0 + square / 20.0 * (1.0 + square / 42.0 * (1.0 + square / 72.0))
        return (2.0 * angle) ** 3 / 12.0 * series
    return 0.5 * math.sinh(2.0 * angle) - angle


def plane_complexity(
    energy: ArrayLike,
    force: ArrayLike,
    covariance: Covariance | int,
    k: int | None = 0,
    nu: float | None = None,
) -> float | np.ndarray:
    """Growth rate of the mean number of points at an energy and a radial force.

    Parameters
    ----------
    energy, force : array_like
        H/n and X, of shapes that broadcast.
    covariance, nu
        As in `threshold_energy`, but not a pure model without field, whose points have E = X/p.
    k : int or None
        Morse index; None for points of every index.

    Returns
    -------
    float or ndarray
        Theta_k(E, X); -inf where X > -2 sqrt(xi''), above which no index stays finite.

    Raises
    ------
    InputError
        If an argument is outside its domain.
    """
    law, index = covariance_of(covariance, nu), _index(k)
    check_spread(law)
    pairs = np.broadcast(np.asarray(energy, dtype=float), np.asarray(force, dtype=float))
    flat = [
        _theta(real("energy", float(e), *_BOUNDS), real("force", float(x)), law, index)
        for e, x in pairs
    ]
    return flat[0] if pairs.ndim == 0 else np.array(flat).reshape(pairs.shape)


_BOUNDS = (-MAXIMUM_ENERGY, MAXIMUM_ENERGY)


def complexity(
    u: float | np.ndarray,
    covariance: Covariance | int,
    k: int | None = 0,
    nu: float | None = None,
) -> float | np.ndarray:
    """Growth rate of the mean number of points with energy per spin at most u.

    Parameters
    ----------
    u : float or ndarray
        Energy per spin, finite, at most 1e4 in magnitude.
    covariance, nu
        As in `threshold_energy`.
    k : int or None
        Morse index; None for points of every index.

    Returns
    -------
    float or ndarray
        The largest Theta_k(E, X) with E <= u; of the shape of u.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Notes
    -----
    A pure model without field: ``Theta_k = log(p-1)/2 - (p-2) u^2 / (4 (p-1)) - (k+1) I(z)`` below
    -E_inf, constant above; the total goes on growing up to u = 0 (arXiv:1003.1129, Theorems 2.5
    and 2.8).
    """
    law, index = covariance_of(covariance, nu), _index(k)
    values = np.asarray(u, dtype=float)
    flat = [_below(real("u", float(x), *_BOUNDS), law, index) for x in values.ravel()]
    return flat[0] if values.ndim == 0 else np.array(flat).reshape(values.shape)


def _index(k: int | None) -> int | None:
    return None if k is None else integer("k", k, 0, MAXIMUM_LAYER)


def _slope(law: Covariance) -> float:
    """The a of the module: the mean energy at a radial force X is a X."""
    return law.slope / law.radial


def _theta(energy: float, force: float, law: Covariance, k: int | None) -> float:
    """Theta_k(E, X) of checked arguments; E = a X is assumed if v = 0."""
    edge, variance = 2.0 * math.sqrt(law.curvature), law.energy_variance
    if k is not None and force > -edge * (1.0 - 1e-15):
        return -math.inf
    value = 0.5 * math.log(law.curvature / law.slope) - law.b * force**2 / (4.0 * law.curvature)
    if variance > 0.0:
        value -= (energy - _slope(law) * force) ** 2 / (2.0 * variance)
    ratio = abs(force) / edge
    return value if ratio <= 1.0 else value - (1 if k is None else k + 1) * rate(ratio)


def _below(u: float, law: Covariance, k: int | None) -> float:
    peak = _peak_energy(law, k)
    if law.b < 0.0 and not k and u >= peak:
        return 0.0  # one minimum and one maximum
    energy = min(u, peak)
    return _theta(energy, _best_force(energy, law, k), law, k)


def _peak_energy(law: Covariance, k: int | None) -> float:
    """Energy of the most numerous points of an index: a X at the X that maximises Theta_k(aX, X).

    With B > 0 that is the edge of the spectrum, or 0 for points of every index.  With B < 0 it lies
    where -B z^2 - (k + 1) I(z) has its maximum.
    """
    if k is None and law.b >= 0.0:
        return 0.0
    pull = min(law.b, 0.0) / ((k or 0) + 1)
    return -2.0 * math.sqrt(law.curvature / (1.0 - pull**2)) * _slope(law)


def _best_force(energy: float, law: Covariance, k: int | None) -> float:
    """The X that maximises Theta_k(E, X) at an energy E <= 0, where Theta_k is concave in X.

    With X = -2 sqrt(xi'') cosh(t) the derivative is alpha cosh(t) + gamma sinh(t) - beta.
    """
    edge, variance, slope = 2.0 * math.sqrt(law.curvature), law.energy_variance, _slope(law)
    if variance == 0.0:
        return energy / slope
    pull = -slope * energy / variance
    stiffness = law.b / (2.0 * law.curvature) + slope**2 / variance
    alpha, gamma = stiffness * edge, ((k or 0) + 1) / math.sqrt(law.curvature)
    if pull <= alpha:
        return -pull / stiffness if k is None else -edge
    root = math.sqrt((pull - alpha) * (pull + alpha) + gamma**2)
    return -edge * math.cosh(math.log((pull + root) / (alpha + gamma)))


def layer_energy(covariance: Covariance | int, k: int, nu: float | None = None) -> float:
    """Energy per spin E_k below which points of index k are exponentially rare.

    Parameters
    ----------
    covariance, nu
        As in `threshold_energy`.
    k : int
        Morse index, at least 0.

    Returns
    -------
    float
        The zero of `complexity`; at k = 0 and without field the ground-state energy, if one step
        of replica-symmetry breaking is exact; with field only a lower bound of that energy.

    Raises
    ------
    InputError
        If an argument is outside its domain, or the index is exponentially rare at every energy.
    """
    law, index = covariance_of(covariance, nu), integer("k", k, 0, MAXIMUM_LAYER)
    top = _peak_energy(law, index)
    if law.b <= 0.0:
        if index and law.b < 0.0:
            raise InputError(
                f"points of index {index} are exponentially rare at every energy: k must be 0 "
                f"above the critical field {law.critical_field:.6g}, got {k}"
            )
        return top
    low = 2.0 * top
    while _below(low, law, index) > 0.0:
        low *= 2.0
    return float(brentq(lambda u: _below(u, law, index), low, top, xtol=1e-15, rtol=1e-15))


def total_complexity(covariance: Covariance | int, nu: float | None = None) -> float:
    """Growth rate ``lim (1/n) log E N`` of the number of stationary points.

    It is ``(1/2) log((1+B)/(1-B))`` below the critical field, 0 from there on; arguments and errors
    as for `threshold_energy`, except that no field is refused.
    """
    b = covariance_of(covariance, nu).b
    return math.atanh(b) if b > 0.0 else 0.0


def minima_complexity(covariance: Covariance | int, nu: float | None = None) -> float:
    """Growth rate ``lim (1/n) log E N_min`` of the number of minima.

    It is ``(1/2) log((1+B)/(1-B)) - B`` below the critical field, 0 from there on; arguments and
    errors as for `total_complexity`.
    """
    b = covariance_of(covariance, nu).b
    if b <= 0.0:
        return 0.0
    if b < 1e-2:
        return b**3 * (1.0 / 3.0 + b**2 / 5.0 + b**4 / 7.0 + b**6 / 9.0)
    return math.atanh(b) - b
