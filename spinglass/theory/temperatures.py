"""Landmarks of the dynamics and of the equilibrium at infinite n, for landscapes without field.

States of self-overlap q have the temperature ``1/T^2 = q / ((1-q) xi'(q))`` (stationarity of
the one-step free energy at m = 1; Crisanti and Sommers, Z. Phys. B 87, 341 (1992); mixtures in
Folena, Franz and Ricci-Tersenghi, arXiv:1903.01421).  A mixture of distant orders has several
branches of such states: both temperatures are global maxima over all of them.
"""

import math
from collections.abc import Callable

import numpy as np

from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.theory.highest import UNIT, Array, highest
from spinglass.theory.parameters import covariance_of

_NODES = 200
_TERMS = 20
_CONTINUOUS = 1e-12
"""Relative excess over the value at q = 0 that counts as rounding."""
_BOTH = (
    "there are mode-coupling and Kauzmann temperatures where states appear at an overlap above 0"
)
_KAUZMANN = "there is a Kauzmann temperature where equilibrium jumps to an overlap above 0"


def algorithmic_energy(covariance: Covariance | int) -> float:
    """Energy ``-int_0^1 sqrt(xi''(q)) dq`` that descent by Hessian directions reaches.

    Parameters
    ----------
    covariance : Covariance or int
        The covariance, without field, or the order p >= 2 of a pure model.

    Returns
    -------
    float
        The energy (Subag, arXiv:1812.04588); the threshold for a pure model.

    Raises
    ------
    InputError
        If an argument is outside its domain, or there is a field.
    """
    law = _without_field(covariance, "the algorithmic energy")
    least = law.weights[0][0]
    x, weights = np.polynomial.legendre.leggauss(_NODES)
    t = 0.5 * (x + 1.0)  # q = t^2, in which the integrand is smooth at 0 for every order
    curvature = sum(c * p * (p - 1) * t ** (2 * (p - least)) for p, c in law.weights)
    return -float(np.sum(weights * t ** (least - 1) * np.sqrt(curvature)))


def dynamic_temperature(covariance: Covariance | int) -> float:
    """Mode-coupling temperature T_d, below which equilibrium states trap the dynamics.

    ``T_d^2 = max_q xi'(q) (1-q) / q``.  Arguments and errors are as for `algorithmic_energy`;
    `InputError` too if the transition is continuous.
    """
    law = _without_field(covariance, "the mode-coupling temperature")
    return math.sqrt(_highest_above_zero(_states, law, _BOTH))


def kauzmann_temperature(covariance: Covariance | int) -> float:
    """Temperature T_K at which the number of equilibrium states stops being exponential.

    ``T_K^2 = max_q xi(q) / (-log(1-q) - q)``: below it the one-step free energy at m = 1 gains by
    an overlap above 0, ``xi(q)/T^2 + log(1-q) + q > 0``.  Arguments and errors are as for
    `dynamic_temperature`; `InputError` too if states appear at an overlap above 0, but the
    equilibrium loses its stability continuously before they dominate it.
    """
    law = _without_field(covariance, "the Kauzmann temperature")
    _highest_above_zero(_states, law, _BOTH)
    return math.sqrt(_highest_above_zero(_stability, law, _KAUZMANN))


def _without_field(covariance: Covariance | int, what: str) -> Covariance:
    law = covariance_of(covariance)
    if law.nu > 0.0:
        raise InputError(f"{what} is known without field, got nu = {law.nu:g}")
    return law


def _states(q: Array, law: Covariance) -> Array:
    """T^2 of the states of overlap q: xi'(q) (1-q) / q, also at q = 0."""
    return (1.0 - q) * sum(c * p * q ** (p - 2) for p, c in law.weights)


def _stability(q: Array, law: Covariance) -> Array:
    """T^2 at which an overlap q costs nothing: xi(q) / (-log(1-q) - q), also at q = 0."""
    near = np.minimum(q, 0.1)
    series = np.polynomial.polynomial.polyval(near, 1.0 / np.arange(2.0, 2.0 + _TERMS))
    far = np.maximum(q, 0.1)
    cost = np.where(q < 0.1, series, (-np.log1p(-far) - far) / far**2)
    return sum(c * q ** (p - 2) for p, c in law.weights) / cost


def _highest_above_zero(
    squares: Callable[[Array, Covariance], Array], law: Covariance, why: str
) -> float:
    """Global maximum of T^2 over the overlaps; raise `InputError` if it is at q = 0."""
    value = highest(lambda q: squares(q, law), UNIT)[1]
    if value <= (1.0 + _CONTINUOUS) * float(squares(UNIT[:1], law)[0]):
        raise InputError(f"{why}, got {law.orders}, whose transition is continuous")
    return value
