"""Landmarks of the dynamics and of the equilibrium at infinite n, for landscapes without field.

A state of overlap q in itself has the temperature ``1/T^2 = q / ((1-q) xi'(q))`` (stationarity of
the one-step free energy at m = 1; Crisanti and Sommers, Z. Phys. B 87, 341 (1992); mixtures in
Folena, Franz and Ricci-Tersenghi, arXiv:1903.01421).
"""

import math

import numpy as np
from scipy.optimize import brentq

from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.theory.parameters import covariance_of

_GRID = np.linspace(0.0, 1.0, 2001)
_NODES = 200


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

    Parameters
    ----------
    covariance : Covariance or int
        As in `algorithmic_energy`.

    Returns
    -------
    float
        ``T_d^2 = max_q xi'(q) (1-q) / q``.

    Raises
    ------
    InputError
        If an argument is outside its domain, there is a field, or the transition is continuous.
    """
    law = _without_field(covariance, "the mode-coupling temperature")
    return math.sqrt(_squared_temperature(_dynamic_overlap(law), law))


def kauzmann_temperature(covariance: Covariance | int) -> float:
    """Temperature T_K at which the number of equilibrium states stops being exponential.

    Parameters
    ----------
    covariance : Covariance or int
        As in `algorithmic_energy`.

    Returns
    -------
    float
        The T at which ``xi(q)/T^2 + log(1-q) + q = 0`` on the upper branch of
        ``q/(1-q) = xi'(q)/T^2``.

    Raises
    ------
    InputError
        As of `dynamic_temperature`.
    """
    law = _without_field(covariance, "the Kauzmann temperature")

    def deficit(rest: float) -> float:
        q = 1.0 - rest
        return law(q) / _squared_temperature(q, law) + math.log(rest) + q

    rest = brentq(deficit, 1e-12, 1.0 - _dynamic_overlap(law), xtol=1e-16, rtol=1e-14)
    return math.sqrt(_squared_temperature(1.0 - rest, law))


def _without_field(covariance: Covariance | int, what: str) -> Covariance:
    law = covariance_of(covariance)
    if law.nu > 0.0:
        raise InputError(f"{what} is known without field, got nu = {law.nu:g}")
    return law


def _squared_temperature(q: float, law: Covariance) -> float:
    """T^2 of the states of overlap q: xi'(q) (1-q) / q, also at q = 0."""
    return (1.0 - q) * math.fsum(c * p * q ** (p - 2) for p, c in law.weights)


def _dynamic_overlap(law: Covariance) -> float:
    """Overlap at which `_squared_temperature` has its maximum, above 0."""

    def slope(q: float) -> float:
        terms = [(p, c * p) for p, c in law.weights]
        rising = math.fsum(c * (p - 2) * q ** max(p - 3, 0) for p, c in terms if p > 2)
        return rising * (1.0 - q) - math.fsum(c * q ** (p - 2) for p, c in terms)

    values = np.array([_squared_temperature(float(q), law) for q in _GRID])
    best = int(np.argmax(values))
    if best == 0:
        raise InputError(
            "the transition is continuous, and states do not appear with an overlap above 0: "
            f"mode-coupling and Kauzmann temperatures mean nothing for {law.orders}"
        )
    return float(brentq(slope, _GRID[best - 1], _GRID[best + 1], xtol=1e-15, rtol=1e-15))
