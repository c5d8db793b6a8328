"""Ground-state energy per spin at infinite n, with one step of replica-symmetry breaking.

The covariance of the landscape with its field is ``xi(q) = q^p + nu^2 q``.  At zero temperature
the ground-state energy is minus the minimum of the Crisanti-Sommers functional (Chen and Sen,
arXiv:1512.08492), which for one step between the overlaps q0 and 1 reads

    2 E = xi'(1) chi + m (xi(1) - xi(q0)) + q0/L + log(L/chi)/m,     L = chi + m (1 - q0).

Stationarity in q0 and chi gives L and chi as functions of q0; what remains is one equation.  One
step is exact for every pure degree in a field, because ``xi''(q)^(-1/2)`` is convex.
"""

import math

from scipy.optimize import brentq

from spinglass.covariance import Covariance
from spinglass.theory.complexity import layer_energy
from spinglass.theory.parameters import pure_covariance

SYMMETRIC = 1.0 - 1e-4
"""Overlap q0 above which the replica-symmetric value is returned: it differs by (1 - q0)^3."""


def ground_state_energy(p: int, nu: float) -> float:
    """Limit of the minimum of H/n over the sphere, at infinite n.

    Parameters
    ----------
    p : int
        Degree, at least 2.
    nu : float
        Field, at least 0.

    Returns
    -------
    float
        ``-sqrt(p + nu^2)`` from the critical field on (replica symmetric), the one-step value
        below it, ``layer_energy(p, 0)`` without field.

    Raises
    ------
    InputError
        If an argument is outside its domain.
    """
    law = pure_covariance(p, nu)
    if law.nu >= law.critical_field:
        return -math.sqrt(law.slope)
    if law.nu < 1e-60:
        return layer_energy(p, 0)
    overlap = _smallest_overlap(law)
    if overlap >= SYMMETRIC:
        return -math.sqrt(law.slope)
    return -_one_step_energy(law, overlap)


def _one_step_energy(law: Covariance, overlap: float) -> float:
    """Value of the functional at its stationary point, positive."""
    (p, _), square = law.weights[0], law.nu**2
    gap = 1.0 - overlap
    slope = p * overlap ** (p - 1) + square
    long = math.sqrt(overlap / slope)
    rise = p * _power_difference(overlap, p - 1)
    chi = gap / (long * rise)
    m = (long - chi) / gap
    value = (p + square) * chi + m * (_power_difference(overlap, p) + square * gap)
    return 0.5 * (value + overlap / long + math.log(long / chi) / m)


def _power_difference(q: float, power: int) -> float:
    """``1 - q^power`` without cancellation near q = 1."""
    return -math.expm1(power * math.log(q))


def _smallest_overlap(law: Covariance) -> float:
    """Overlap q0 of the lower plateau: the root below 1 of the equation for the breaking m."""
    low, high = -300.0 * math.log(10.0), math.log(SYMMETRIC)
    if _breaking(high, law) <= 0.0:
        return 1.0
    return math.exp(brentq(_breaking, low, high, args=(law,), xtol=1e-15, rtol=1e-15))


def _breaking(log_overlap: float, law: Covariance) -> float:
    """Derivative of the functional in m, times ``(L/(1-q0))^2``, at the overlap exp(argument)."""
    (p, _), q = law.weights[0], math.exp(log_overlap)
    gap = -math.expm1(log_overlap)
    square = q / (p * q ** (p - 1) + law.nu**2)
    ratio = square * p * _power_difference(q, p - 1) / gap
    area = (_power_difference(q, p) + law.nu**2 * gap) * square / gap**2
    share = 1.0 - 1.0 / ratio
    if abs(share) < 1e-3:
        last = -0.5 - share * (1.0 / 3.0 + share * (0.25 + share * (0.2 + share / 6.0)))
    else:
        last = (1.0 - math.log(ratio) / share) / share
    return area - q / gap + last
