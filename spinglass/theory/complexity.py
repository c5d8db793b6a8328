"""Complexities at infinite n: how fast the numbers of stationary points grow with n.

Without field (Auffinger, Ben Arous, Cerny, arXiv:1003.1129): Theta_k(u), the growth rate of the
mean number of points of index k with energy per spin at most u, and its zeros -E_k.  With field
(Fyodorov, arXiv:1307.2379): the growth rates of all points and of the minima, functions of B.
"""

import math

import numpy as np
from scipy.optimize import brentq

from spinglass.theory.parameters import (
    MAXIMUM_ENERGY,
    check_degree,
    integer,
    pure_covariance,
    real,
)

MAXIMUM_LAYER = 10**6
"""Largest index k of a layer energy E_k."""


def threshold_energy(p: int) -> float:
    """Energy per spin ``-E_inf = -2 sqrt((p-1)/p)`` above which minima are exponentially rare.

    Parameters
    ----------
    p : int
        Degree, at least 2.

    Returns
    -------
    float
        The threshold, negative.

    Raises
    ------
    InputError
        If p is outside its domain.
    """
    degree = check_degree(p)
    return -2.0 * math.sqrt((degree - 1) / degree)


def rate(ratio: float) -> float:
    """Rate function I_1 of the extreme eigenvalue, at ``ratio = -u / E_inf >= 1``.

    ``I_1 = ratio sqrt(ratio^2 - 1) - log(ratio + sqrt(ratio^2 - 1))``; zero at the edge.
    """
    excess = ratio - 1.0
    angle = math.log1p(excess + math.sqrt(excess * (excess + 2.0)))
    if angle < 0.05:
        square = (2.0 * angle) ** 2
        series = 1.0 + square / 20.0 * (1.0 + square / 42.0 * (1.0 + square / 72.0))
        return (2.0 * angle) ** 3 / 12.0 * series
    return 0.5 * math.sinh(2.0 * angle) - angle


def complexity(u: float | np.ndarray, p: int, k: int | None = 0) -> float | np.ndarray:
    """Growth rate of the mean number of points with energy per spin at most u, without field.

    Parameters
    ----------
    u : float or ndarray
        Energy per spin, finite, at most 1e4 in magnitude.
    p : int
        Degree, at least 2.
    k : int or None
        Morse index; None for points of every index.

    Returns
    -------
    float or ndarray
        Theta_k(u), or Theta(u) for ``k=None``; of the shape of u.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Notes
    -----
    Auffinger, Ben Arous, Cerny, arXiv:1003.1129, Theorems 2.5 and 2.8.  Below -E_inf,
    ``Theta_k = log(p-1)/2 - (p-2) u^2 / (4 (p-1)) - (k+1) I_1(u)``; above it Theta_k is constant,
    while the total goes on growing, ``log(p-1)/2 - (p-2) u^2 / (4 (p-1))``, up to u = 0.
    """
    degree = check_degree(p)
    index = None if k is None else integer("k", k, 0, MAXIMUM_LAYER)
    values = np.asarray(u, dtype=float)
    flat = [
        _complexity(real("u", float(x), -MAXIMUM_ENERGY, MAXIMUM_ENERGY), degree, index)
        for x in values.ravel()
    ]
    return flat[0] if values.ndim == 0 else np.array(flat).reshape(values.shape)


def _complexity(u: float, p: int, k: int | None) -> float:
    """Theta_k(u) at one checked energy."""
    edge = threshold_energy(p)
    energy = min(u, 0.0) if k is None else min(u, edge)
    bulk = 0.5 * math.log(p - 1) - (p - 2) * energy**2 / (4.0 * (p - 1))
    if energy >= edge:
        return bulk
    return bulk - (1 if k is None else k + 1) * rate(energy / edge)


def layer_energy(p: int, k: int) -> float:
    """Energy per spin -E_k below which points of index k are exponentially rare, without field.

    Parameters
    ----------
    p : int
        Degree, at least 2.
    k : int
        Morse index, at least 0.

    Returns
    -------
    float
        The zero of Theta_k below ``threshold_energy(p)``; at k = 0 the ground-state energy.

    Raises
    ------
    InputError
        If an argument is outside its domain.
    """
    degree, index = check_degree(p), integer("k", k, 0, MAXIMUM_LAYER)
    edge = threshold_energy(degree)
    if degree == 2:
        return edge
    low = 2.0 * edge
    while _complexity(low, degree, index) > 0.0:
        low *= 2.0
    return float(brentq(lambda u: _complexity(u, degree, index), low, edge, xtol=1e-15, rtol=1e-15))


def total_complexity(p: int, nu: float) -> float:
    """Growth rate ``lim (1/n) log E N`` of the number of stationary points, in a field.

    Parameters
    ----------
    p : int
        Degree, at least 2.
    nu : float
        Field, at least 0.

    Returns
    -------
    float
        ``(1/2) log((1+B)/(1-B))`` below the critical field, 0 from there on.

    Raises
    ------
    InputError
        If an argument is outside its domain.
    """
    law = pure_covariance(p, nu)
    return math.atanh(law.b) if law.b > 0.0 else 0.0


def minima_complexity(p: int, nu: float) -> float:
    """Growth rate ``lim (1/n) log E N_min`` of the number of minima, in a field.

    Parameters
    ----------
    p : int
        Degree, at least 2.
    nu : float
        Field, at least 0.

    Returns
    -------
    float
        ``(1/2) log((1+B)/(1-B)) - B`` below the critical field, 0 from there on.

    Raises
    ------
    InputError
        If an argument is outside its domain.
    """
    b = pure_covariance(p, nu).b
    if b <= 0.0:
        return 0.0
    if b < 1e-2:
        return b**3 * (1.0 / 3.0 + b**2 / 5.0 + b**4 / 7.0 + b**6 / 9.0)
    return math.atanh(b) - b
