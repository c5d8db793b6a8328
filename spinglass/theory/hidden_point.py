"""Landscapes with a hidden point s*: the valley in which it lies, at infinite n.

A signal xi_s(q) = sum_p a_p q^p is subtracted from H: H(x) = H_0(x) - n xi_s(m), with the latitude
m = x . s* / n and noise H_0 of covariance n xi.  An equilibrium planted at temperature T has
xi_s = xi / T.

At infinite n the minimum in the valley of s* is at the latitude that minimises
``e(m) = -xi_s(m) - sqrt((1 - m^2) xi'(1))`` in this valley, provided that
``(1 - m^2) xi''(1) < xi'(1)`` there (Ros, Ben Arous, Biroli and Cammarota, arXiv:1804.02686;
Folena, Franz and Ricci-Tersenghi, arXiv:1903.01421).
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq

from spinglass.checks import integer_at_least, positive_number
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.theory.latitude_law import SignalTerms, signal_derivative
from spinglass.theory.parameters import check_dimension, covariance_of

_GRID = np.linspace(0.0, 1.0, 4001)[1:-1]
_SMALLEST = 1e-9


@dataclass(frozen=True)
class Valley:
    """The minimum at the bottom of the valley of the hidden point, at infinite n.

    Attributes
    ----------
    overlap : float
        Its latitude m.
    energy : float
        Its H/n.
    radial_force : float
        Its X = x . dH / n.
    """

    overlap: float
    energy: float
    radial_force: float


def inherent_structure(covariance: Covariance | int, temperature: float) -> Valley:
    """Return the minimum in which descent from equilibrium ends, at infinite n.

    Parameters
    ----------
    covariance : Covariance or int
        The covariance, without field, or the order p >= 2 of a pure model.
    temperature : float
        T below T_SF (`stability_temperature`).  Below the Kauzmann temperature the result is the
        valley of a planted configuration, which is no longer in equilibrium.

    Raises
    ------
    InputError
        If an argument is outside its domain; at T_SF and above the valley has no minimum.
    """
    law = _noise(covariance)
    beta = 1.0 / positive_number("temperature", temperature)
    highest = stability_temperature(law)
    if beta * highest <= 1.0:
        raise InputError(
            f"temperature must be below T_SF = {highest:.9g} of {law.orders}, got {temperature!r}"
        )
    return _valley(law, tuple((p, beta * c) for p, c in law.weights))


def stability_temperature(covariance: Covariance | int) -> float:
    """T_SF, up to which an equilibrium configuration lies in a valley with a minimum of its own.

    Parameters
    ----------
    covariance : Covariance or int
        As in `inherent_structure`.

    Returns
    -------
    float
        T_SF: the mode-coupling temperature for pure p >= 3; for mixtures they differ.
    """
    law = _noise(covariance)
    return 1.0 / _critical_factor(law, law.weights)


def critical_spike(covariance: Covariance | int, order: int) -> float:
    """Least strength at which a spike has a minimum in its own valley, at infinite n.

    Parameters
    ----------
    covariance : Covariance or int
        The covariance of the noise, as in `inherent_structure`.
    order : int
        Order of the spike, at least 1.

    Returns
    -------
    float
        1 / T_d in pure noise of the same order p >= 3; for order 1 the noise's critical field,
        sqrt(xi'' - xi'), or 0 if the noise alone is trivial.
    """
    return _critical_factor(_noise(covariance), ((_order(order), 1.0),))


def spiked_minimum(covariance: Covariance | int, order: int, strength: float) -> Valley:
    """Return the minimum in the valley of a spike at infinite n; arguments as for `critical_spike`.

    Raises
    ------
    InputError
        If an argument is outside its domain, or the strength is not above `critical_spike`.
    """
    law, least = _noise(covariance), critical_spike(covariance, order)
    value = positive_number("the strength of a spike", strength)
    if value <= least:
        raise InputError(
            f"the strength of a spike of order {order} must be above {least:.9g} in noise of "
            f"{law.orders}, got {strength!r}"
        )
    return _valley(law, ((_order(order), value),))


def planted_energy(n: int, covariance: Covariance | int, temperature: float) -> tuple[float, float]:
    """Mean and standard deviation of the energy per spin of a planted point that is not pinned.

    At every n the energy is normal with mean -xi(1)/T and variance xi(1)/n.

    Parameters
    ----------
    n : int
        Spins.
    covariance : Covariance or int
        The covariance of the noise, with its field.
    temperature : float
        T.
    """
    law, size = covariance_of(covariance), check_dimension(n)
    mean = -law(1.0) / positive_number("temperature", temperature)
    return mean, math.sqrt(law(1.0) / size)


@lru_cache(maxsize=4096)
def _valley(law: Covariance, terms: SignalTerms) -> Valley:
    """Return the valley at the highest stationary latitude of e, which must be a stable minimum."""

    def excess(m: float) -> float:
        return _reach(terms, m) - math.sqrt(law.slope)

    lowest = max(_lowest_latitude(law, terms), _SMALLEST)
    m = float(brentq(excess, lowest, 1.0, xtol=1e-15, rtol=1e-15))
    rest = math.sqrt((1.0 - m * m) * law.slope)
    energy = -signal_derivative(terms, m, 0) - rest
    # X = -(1 / r + xi'' r) with the response r; the marginal minimum, r = xi''^(-1/2), is at
    # X = -2 sqrt(xi'').
    ratio = math.sqrt((1.0 - m * m) / law.slope)
    return Valley(m, energy, -1.0 / ratio - law.curvature * ratio)


@lru_cache(maxsize=64)
def _critical_factor(law: Covariance, terms: SignalTerms) -> float:
    """Return the least factor of a signal at which its valley has a stable minimum."""
    return math.sqrt(law.slope) / _reach(terms, _lowest_latitude(law, terms))


def _reach(terms: SignalTerms, m: float) -> float:
    """Return xi_s'(m) sqrt(1 - m^2) / m, which is sqrt(xi'(1)) at a stationary latitude."""
    if m == 0.0 and any(p == 1 for p, _ in terms):
        return math.inf
    return math.sqrt(max(1.0 - m * m, 0.0)) * math.fsum(a * p * m ** (p - 2) for p, a in terms)


def _lowest_latitude(law: Covariance, terms: SignalTerms) -> float:
    """Return the latitude above which stationary latitudes are stable minima of the valley."""
    stable = math.sqrt(max(0.0, 1.0 - law.slope / law.curvature))
    values = [_reach(terms, float(m)) for m in _GRID]
    top = int(np.argmax(values))
    if top == 0:
        return stable

    def slope(m: float) -> float:
        """Return the derivative of the reach, times the root of 1 - m^2."""
        rising = math.fsum(a * p * (p - 2) * m ** (p - 3) for p, a in terms)
        return rising * (1.0 - m * m) - math.fsum(a * p * m ** (p - 1) for p, a in terms)

    peak = brentq(slope, _GRID[top - 1], _GRID[top + 1], xtol=1e-15)
    return max(stable, float(peak))


def _order(value: object) -> int:
    return integer_at_least("the order of a spike", value, 1, 64)


def _noise(covariance: Covariance | int) -> Covariance:
    law = covariance_of(covariance)
    if law.nu > 0.0:
        raise InputError(f"valleys of hidden points are known without field, got nu = {law.nu:g}")
    return law
