"""Landscapes with a hidden point s*: where descent from it ends, and what lies at each latitude.

A signal xi_s(q) = sum_p a_p q^p is subtracted from H: H(x) = H_0(x) - n xi_s(m), with the latitude
m = x . s* / n and noise H_0 of covariance n xi.  An equilibrium planted at temperature T has
xi_s = xi / T.

At infinite n the minimum in the valley of s* has the least
``e(m) = -xi_s(m) - sqrt((1 - m^2) xi'(1))`` there, as long as ``(1 - m^2) xi''(1) < xi'(1)`` at
its latitude (Ros, Ben Arous, Biroli and Cammarota, arXiv:1804.02686; Folena, Franz and
Ricci-Tersenghi, arXiv:1903.01421).

At finite n the mean number of stationary points at a latitude follows from Kac and Rice.  In the
frame of t, the tangent towards s*, the Hessian is M - theta t t^T - X with theta = xi_s''(m)
(1 - m^2), M symmetric Gaussian and X ~ N(-m xi_s'(m), (xi' + xi'') / n).  Householder's reduction
leaves t fixed, so that M becomes tridiagonal (Dumitriu and Edelman, arXiv:math-ph/0206043).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import gammaln

from spinglass.arrays import Array
from spinglass.checks import integer_at_least, positive_number, real_array
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.theory.parameters import check_dimension, check_index, covariance_of

Terms = tuple[tuple[int, float], ...]

_GRID = np.linspace(0.0, 1.0, 4001)[1:-1]
SAMPLED_UP_TO = 20
"""Spins up to which `latitude_density` has an error that says how wrong it may be."""

_BATCH = 4096
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


@dataclass(frozen=True)
class LatitudeDensity:
    """Mean number of stationary points per unit of latitude, sampled.

    Attributes
    ----------
    density, error : float64
        Means and their standard errors, of the shape of the latitudes.  All latitudes share their
        draws, so errors at different ones go together.
    """

    density: Array
    error: Array


def inherent_structure(covariance: Covariance | int, temperature: float) -> Valley:
    """Where descent ends from an equilibrium configuration, at infinite n.

    Parameters
    ----------
    covariance : Covariance or int
        The covariance, without field, or the order p >= 2 of a pure model.
    temperature : float
        T below T_SF (`stability_temperature`).  Below the Kauzmann temperature this is the valley
        of a planted configuration, which is no longer one of equilibrium.

    Raises
    ------
    InputError
        If an argument is outside its domain; from T_SF on the valley has no minimum of its own.
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
        The mode-coupling temperature for pure p >= 3; of mixtures it differs.
    """
    law = _noise(covariance)
    return 1.0 / _critical_factor(law, law.weights)


def critical_spike(covariance: Covariance | int, order: int) -> float:
    """Least strength at which a spike has a minimum in its own valley, at infinite n.

    Parameters
    ----------
    covariance : Covariance or int
        Of the noise, as in `inherent_structure`.
    order : int
        Order of the spike, at least 1.

    Returns
    -------
    float
        1 / T_d in pure noise of the same order p >= 3; for order 1 the critical field, sqrt(xi'' -
        xi') of the noise, or 0 where that is trivial.
    """
    return _critical_factor(_noise(covariance), ((_order(order), 1.0),))


def spiked_minimum(covariance: Covariance | int, order: int, strength: float) -> Valley:
    """Return the minimum in the valley of a spike, at infinite n; arguments as of `critical_spike`.

    Raises
    ------
    InputError
        If an argument is outside its domain, or the strength not above `critical_spike`.
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

    It is normal, -xi(1)/T with variance xi(1)/n, at every n.

    Parameters
    ----------
    n : int
        Spins.
    covariance : Covariance or int
        Of the noise; a field takes part.
    temperature : float
        T.
    """
    law, size = covariance_of(covariance), check_dimension(n)
    mean = -law(1.0) / positive_number("temperature", temperature)
    return mean, math.sqrt(law(1.0) / size)


def latitude_density(
    n: int,
    covariance: Covariance | int,
    signal: dict[int, float],
    latitude: ArrayLike,
    index: int | None = None,
    draws: int = 100_000,
    seed: int = 0,
) -> LatitudeDensity:
    """Mean number of stationary points per unit of latitude at finite n, sampled with its error.

    The determinants are drawn as they come, and the larger n is, the more of their mean is carried
    by rare draws: trust it up to `SAMPLED_UP_TO` spins, and where the error is a small part of it.

    Parameters
    ----------
    n : int
        Spins, at least 3.
    covariance : Covariance or int
        Of the noise.
    signal : dict of int to float
        a_p by order p >= 1; {3: 1.3} is a spike of order 3.
    latitude : array_like of float
        m, each in (-1, 1).
    index : int, optional
        Only points of this Morse index.
    draws : int
        Random matrices.
    seed : int
        Of the draws.

    Raises
    ------
    InputError
        If an argument is outside its domain.
    """
    law, size = covariance_of(covariance), integer_at_least("n", check_dimension(n), 3)
    count = integer_at_least("draws", draws, 2)
    terms = tuple((_order(p), float(a)) for p, a in signal.items())
    m = real_array("latitude", latitude)
    if not np.all(np.abs(m) < 1.0):
        raise InputError(f"latitude must be between -1 and 1, both excluded, got {latitude!r}")
    wanted = None if index is None else check_index(index, size)
    generator = np.random.default_rng(integer_at_least("seed", seed, 0))
    flat = m.reshape(-1)
    logs = np.array([_log_factor(size, law, terms, float(one)) for one in flat])
    total, squares = np.zeros(flat.size), np.zeros(flat.size)
    for first in range(0, count, _BATCH):
        parts = _draw(generator, size, law, min(_BATCH, count - first))
        for k, one in enumerate(flat):
            dets = _log_determinants(parts, size, law, terms, float(one), wanted)
            values = np.exp(logs[k] + dets)
            total[k] += values.sum()
            squares[k] += (values**2).sum()
    mean = total / count
    variance = np.maximum(squares / count - mean**2, 0.0) * count / (count - 1)
    return LatitudeDensity(mean.reshape(m.shape), np.sqrt(variance / count).reshape(m.shape))


Parts = tuple[Array, Array, Array]


def _draw(generator: np.random.Generator, n: int, law: Covariance, count: int) -> Parts:
    """Draw tridiagonal matrices of n - 1 rows, and standard normals for X.

    Returns diagonals (n - 1, count), squared off-diagonals (n - 2, count) and normals (count,).
    """
    sigma2 = law.curvature / n
    diagonal = math.sqrt(2.0 * sigma2) * generator.standard_normal((n - 1, count))
    freedom = np.arange(n - 2, 0, -1)[:, None]
    squared = sigma2 * generator.chisquare(freedom, (n - 2, count))
    return diagonal, squared, generator.standard_normal(count)


def _log_determinants(
    parts: Parts, n: int, law: Covariance, terms: Terms, m: float, index: int | None
) -> Array:
    """Return log|det(M - theta t t^T - X)| of each draw; -inf where the index is another.

    The pivots of Gaussian elimination have the product and the signs of the eigenvalues.
    """
    diagonal, squared, normal = parts
    x = -m * _derivative(terms, m, 1) + math.sqrt(law.radial / n) * normal
    pivot = diagonal[0] - _derivative(terms, m, 2) * (1.0 - m * m) - x
    logs, negative = np.log(np.abs(pivot)), (pivot < 0.0).astype(int)
    for row in range(1, n - 1):
        pivot = diagonal[row] - x - squared[row - 1] / pivot
        logs += np.log(np.abs(pivot))
        negative += pivot < 0.0
    return logs if index is None else np.where(negative == index, logs, -math.inf)


def _log_factor(n: int, law: Covariance, terms: Terms, m: float) -> float:
    """Return the logarithm of all that stands before the mean of the determinant."""
    half, rest = (n - 1) / 2.0, 1.0 - m * m
    volume = math.log(2.0) + half * math.log(math.pi) - float(gammaln(half))  # of S^{n-2}
    pull = _derivative(terms, m, 1)
    return (
        volume
        + half * math.log(n / (2.0 * math.pi * law.slope))
        + (n - 3) / 2.0 * math.log(rest)
        - n * pull**2 * rest / (2.0 * law.slope)
    )


def _valley(law: Covariance, terms: Terms) -> Valley:
    """Return the highest latitude at which e is stationary, known to be a stable minimum."""

    def excess(m: float) -> float:
        return _reach(terms, m) - math.sqrt(law.slope)

    lowest = max(_lowest_latitude(law, terms), _SMALLEST)
    m = float(brentq(excess, lowest, 1.0, xtol=1e-15, rtol=1e-15))
    rest = math.sqrt((1.0 - m * m) * law.slope)
    energy = -_derivative(terms, m, 0) - rest
    # X = -(1 / r + xi'' r) with the response r; the marginal minimum, r = xi''^(-1/2), is at -2
    # sqrt(xi'').
    ratio = math.sqrt((1.0 - m * m) / law.slope)
    return Valley(m, energy, -1.0 / ratio - law.curvature * ratio)


def _critical_factor(law: Covariance, terms: Terms) -> float:
    """Return the factor of a signal at which its valley begins to have a stable minimum."""
    return math.sqrt(law.slope) / _reach(terms, _lowest_latitude(law, terms))


def _reach(terms: Terms, m: float) -> float:
    """Return xi_s'(m) sqrt(1 - m^2) / m, which is sqrt(xi'(1)) at a stationary latitude."""
    if m == 0.0 and any(p == 1 for p, _ in terms):
        return math.inf
    return math.sqrt(max(1.0 - m * m, 0.0)) * math.fsum(a * p * m ** (p - 2) for p, a in terms)


def _lowest_latitude(law: Covariance, terms: Terms) -> float:
    """Return the latitude from which on stationary ones are stable minima of their valley."""
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


def _derivative(terms: Terms, m: float, order: int) -> float:
    return math.fsum(a * math.perm(p, order) * m ** (p - order) for p, a in terms if p >= order)


def _order(value: object) -> int:
    return integer_at_least("the order of a spike", value, 1, 64)


def _noise(covariance: Covariance | int) -> Covariance:
    law = covariance_of(covariance)
    if law.nu > 0.0:
        raise InputError(f"valleys of hidden points are known without field, got nu = {law.nu:g}")
    return law
