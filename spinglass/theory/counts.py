"""Exact mean numbers of stationary points and of minima at finite n (Kac-Rice).

With B = (xi'' - xi')/(xi'' + xi') (`spinglass.covariance`) and x_(0) < ... < x_(n-1) the
eigenvalues of the Gaussian orthogonal ensemble of size n (convention of `spinglass.theory.goe`),

    E N_k = 2 sqrt(1-B) ((1+B)/(1-B))^(n/2) E exp(-(B/2) x_(k)^2)

(Fyodorov, arXiv:1307.2379; Auffinger, Ben Arous, Cerny, arXiv:1003.1129).  A threshold on the
energy multiplies the expectation by the share of points below it (`spinglass.theory.energy`).
The densities depend on n alone: they are computed once and kept, so that a table over many fields
costs little more than one entry.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

import numpy as np

from spinglass.covariance import Covariance
from spinglass.theory.energy import EnergyMirror, EnergyStep, energy_step
from spinglass.theory.extreme import log_smallest_density
from spinglass.theory.goe import log_density
from spinglass.theory.panels import PanelDensity, log_integral, log_sum
from spinglass.theory.parameters import MAXIMUM_ENERGY, check_dimension, covariance_of, real

STEEP = 16.0
"""Largest range of the log-integrand in a panel whose rule integrates it to 1e-10."""

LOST = 22.0
"""A panel below exp(-22) of the largest one need not be integrated accurately."""


def log_mean_stationary_points(
    n: int, covariance: Covariance | int, nu: float | None = None
) -> float:
    """Logarithm of `mean_stationary_points`, for counts beyond the largest double."""
    size, law = check_dimension(n), covariance_of(covariance, nu)
    return log_prefactor(size, law) + _log_total(size, law, None)


def mean_stationary_points(n: int, covariance: Covariance | int, nu: float | None = None) -> float:
    """Mean number of stationary points of all indices on the sphere, exactly at finite n.

    Parameters
    ----------
    n : int
        Number of spins, 2 <= n <= 2000.
    covariance : Covariance or int
        The covariance, or the order p >= 2 of a pure model.
    nu : float, optional
        Standard deviation of each component of the field; by default that of the covariance, 0
        for an order.

    Returns
    -------
    float
        E N; infinite beyond the largest double, where `log_mean_stationary_points` can be used.

    Raises
    ------
    InputError
        If an argument is outside its domain.
    """
    return exponential(log_mean_stationary_points(n, covariance, nu))


def log_mean_minima(n: int, covariance: Covariance | int, nu: float | None = None) -> float:
    """Logarithm of `mean_minima`, for counts beyond the largest double."""
    size, law = check_dimension(n), covariance_of(covariance, nu)
    return log_prefactor(size, law) + _log_smallest(size, law, None)


def mean_minima(n: int, covariance: Covariance | int, nu: float | None = None) -> float:
    """Mean number E N_0 of local minima on the sphere, exactly at finite n, and equally of maxima.

    It follows from the exact law of the extreme eigenvalue.  Arguments and errors are as for
    `mean_stationary_points`.
    """
    return exponential(log_mean_minima(n, covariance, nu))


def log_mean_stationary_points_below(
    n: int, covariance: Covariance | int, nu: float | None, u: float
) -> float:
    """Logarithm of `mean_stationary_points_below`; -inf if the count underflows to nothing."""
    size, law = check_dimension(n), covariance_of(covariance, nu)
    step = energy_step(size, law, check_energy(u))
    return log_prefactor(size, law) + _log_total(size, law, step)


def mean_stationary_points_below(
    n: int, covariance: Covariance | int, nu: float | None, u: float
) -> float:
    """Mean number of stationary points with energy per spin at most u.

    Parameters
    ----------
    n, covariance, nu
        As in `mean_stationary_points`.
    u : float
        Threshold on H/n, finite, at most 1e4 in magnitude.

    Returns
    -------
    float
        The mean number; tends to `mean_stationary_points` for large u.

    Raises
    ------
    InputError
        If an argument is outside its domain.
    """
    return exponential(log_mean_stationary_points_below(n, covariance, nu, u))


def log_mean_minima_below(
    n: int, covariance: Covariance | int, nu: float | None, u: float
) -> float:
    """Logarithm of `mean_minima_below`; -inf if the count underflows to nothing."""
    size, law = check_dimension(n), covariance_of(covariance, nu)
    step = energy_step(size, law, check_energy(u))
    return log_prefactor(size, law) + _log_smallest(size, law, step)


def mean_minima_below(n: int, covariance: Covariance | int, nu: float | None, u: float) -> float:
    """Mean number of local minima with energy per spin at most u; tends to `mean_minima`.

    Arguments and errors are as for `mean_stationary_points_below`.
    """
    return exponential(log_mean_minima_below(n, covariance, nu, u))


def check_energy(u: object) -> float:
    """Return the energy per spin ``u``, or raise InputError if it is outside its domain."""
    return real("u", u, -MAXIMUM_ENERGY, MAXIMUM_ENERGY)


def exponential(logarithm: float) -> float:
    """Return exp(``logarithm``), which is infinite, not an error, beyond the largest double."""
    return math.exp(logarithm) if logarithm < 709.78 else math.inf


def log_prefactor(n: int, law: Covariance) -> float:
    """Logarithm of ``2 sqrt(1-B) ((1+B)/(1-B))^(n/2)``."""
    ratio = math.log(law.plus) - math.log(law.minus)
    return math.log(2.0) + 0.5 * math.log(law.minus) + 0.5 * n * ratio


def _log_total(n: int, law: Covariance, step: EnergyStep | None) -> float:
    """Logarithm of the integral of the one-point density times the weight, over the line."""
    density = _one_point(n)
    if step is None:
        half = log_integral(density, lambda j, best: _term(density, j, law, None, best), True)
        return half + math.log(2.0)
    mirror = EnergyMirror(step)
    return log_integral(density, lambda j, best: _term(density, j, law, mirror, best), True)


def _log_smallest(n: int, law: Covariance, step: EnergyStep | None) -> float:
    """Logarithm of the integral of the smallest eigenvalue's density times the weight."""
    density = _smallest(n)
    return log_integral(density, lambda j, best: _term(density, j, law, step, best))


def _term(
    density: PanelDensity,
    number: int,
    law: Covariance,
    step: EnergyStep | EnergyMirror | None,
    best: float,
) -> float:
    """Logarithm of one panel's contribution to ``int exp(-(B/2) s^2) density(s) share(s) ds``.

    It is accurate only as far as it matters beside ``best``, the largest such logarithm so far.
    """
    ends = density.interval(number)
    cuts = [] if step is None else step.cuts(*ends)
    if step is not None and not cuts and np.all(step.log_share(np.array(ends)) == -math.inf):
        return -math.inf  # the share is 0 between the ends too, where the density may overflow

    def integrand(points: np.ndarray, values: np.ndarray) -> np.ndarray:
        terms = values - 0.5 * law.plus * points**2
        return terms if step is None else terms + step.log_share(points)

    if not cuts:
        nodes, weights, values = density.panel(number)
        terms = integrand(nodes, values)
        value = log_sum(weights + terms)
        if step is None or _spread(terms) <= STEEP or value < best - LOST:
            return value
    return _divided(density, integrand, [ends[0], *cuts, ends[1]], best)


def _divided(
    density: PanelDensity,
    integrand: Callable[[np.ndarray, np.ndarray], np.ndarray],
    edges: list[float],
    best: float,
) -> float:
    """Logarithm of an integral over pieces, each halved until the integrand is flat enough in it.

    With a threshold far below the typical energies, the integrand falls off from the cut within a
    small part of a panel.  Pieces that are negligible beside the largest one are not halved.
    """
    total, left = -math.inf, list(pairwise(edges))
    while left:
        rules = [density.rule(*ends) for ends in left]
        nodes = np.concatenate([points for points, _ in rules])
        terms = np.split(integrand(nodes, density.log_density(nodes)), len(left))
        values = [log_sum(rule[1] + part) for rule, part in zip(rules, terms, strict=True)]
        best, halves = max(best, *values), []
        for (low, high), value, part in zip(left, values, terms, strict=True):
            middle = 0.5 * (low + high)
            if _spread(part) > STEEP and value >= best - LOST and low < middle < high:
                halves += [(low, middle), (middle, high)]
            else:
                total = float(np.logaddexp(total, value))
        left = halves
    return total


def _spread(terms: np.ndarray) -> float:
    """Range of the finite terms; 0 if there are none."""
    finite = terms[np.isfinite(terms)]
    return float(np.ptp(finite)) if finite.size else 0.0


@lru_cache(maxsize=32)
def _one_point(n: int) -> PanelDensity:
    """Panels of the one-point density: two of its oscillations each within the bulk."""
    edge = math.sqrt(2.0 * n)
    bulk = 2.0 * math.pi / edge

    def width(start: float) -> float:
        return bulk if start > -edge else _tail_width(start, n, 0.6 * n ** (-1.0 / 6.0))

    return PanelDensity(lambda s: log_density(n, s), -edge, width, 0.0, 16)


@lru_cache(maxsize=32)
def _smallest(n: int) -> PanelDensity:
    """Panels of the smallest eigenvalue's density: about its standard deviation each."""
    edge, near = math.sqrt(2.0 * n), n ** (-1.0 / 6.0)

    def width(start: float) -> float:
        return near if start >= -edge else _tail_width(start, n, 0.8 * near)

    return PanelDensity(lambda s: log_smallest_density(n, s), -edge, width, edge + 12.0, 14)


def _tail_width(start: float, n: int, near: float) -> float:
    """Width of a panel below the spectrum: ``near`` at the edge, a share of the distance far out.

    Far out the integrand is ``abs(s)^(n-1)`` times a Gaussian: its width is a share
    ``1/sqrt(2n)`` of abs(s).
    """
    edge = math.sqrt(2.0 * n)
    grown = near * (1.0 + 0.5 * (-start - edge) / near * min(1.0, near))
    return min(max(near, grown), max(near, -4.0 * start / edge))
