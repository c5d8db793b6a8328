"""Orthonormal Hermite functions and their half-line integrals, scaled so that nothing underflows.

``phi_k(x) = H_k(x) exp(-x^2/2) / sqrt(2^k k! sqrt(pi))``.  Far outside the oscillating region
every phi_k is below the smallest double, while their ratios still decide an integral.  So the
values at each point are stored divided by one common factor, whose logarithm is kept.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import erfc

_BIG = 1e120
_LOG_BIG = float(np.log(_BIG))


@dataclass(frozen=True)
class HermiteTable:
    """Values of phi_0 ... phi_count at some points, with a logarithmic scale for each point.

    Attributes
    ----------
    values : ndarray, shape (count + 1, points)
        ``phi_k(x) exp(x^2/2 - log_scale)``; the largest magnitude in each column is 1.
    log_scale : ndarray, shape (points,)
        Logarithm of the factor taken out, without the Gaussian ``exp(-x^2/2)``.
    """

    values: np.ndarray
    log_scale: np.ndarray


def hermite_table(count: int, points: np.ndarray) -> HermiteTable:
    """Evaluate phi_0 ... phi_count at points by the three-term recursion with running rescaling."""
    x = np.asarray(points, dtype=float)
    values = np.empty((count + 1, x.size))
    steps = np.zeros((count + 1, x.size), dtype=np.int32)
    values[0] = np.pi**-0.25
    if count >= 1:
        values[1] = np.sqrt(2.0) * x * values[0]
    last, now, level = values[0], values[min(1, count)], np.zeros(x.size, dtype=np.int32)
    for k in range(1, count):
        last, now = now, np.sqrt(2.0 / (k + 1)) * x * now - np.sqrt(k / (k + 1.0)) * last
        large = np.abs(now) > _BIG
        if large.any():
            now, last = np.where(large, now / _BIG, now), np.where(large, last / _BIG, last)
            level = level + large
        values[k + 1], steps[k + 1] = now, level
    top = steps[-1]
    values *= np.exp(_LOG_BIG * (steps - top))
    peak = np.abs(values).max(axis=0)
    return HermiteTable(values / peak, _LOG_BIG * top + np.log(peak))


def whole_line_integrals(count: int) -> np.ndarray:
    """Integrals of phi_0 ... phi_count over the line, zero for odd degrees; shape (count + 1,)."""
    result = np.zeros(count + 1)
    result[0] = np.sqrt(2.0) * np.pi**0.25
    for k in range(2, count + 1, 2):
        result[k] = np.sqrt((k - 1.0) / k) * result[k - 2]
    return result


def upper_integrals(table: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Integrals of phi_0 ... phi_count over (x, infinity) at points x >= 0, (count + 1, points).

    ``table`` has the unscaled values phi_k(x), of the same shape.  The recursion is the integral of
    ``phi_k' = sqrt(k/2) phi_{k-1} - sqrt((k+1)/2) phi_{k+1}``; both its terms are positive beyond
    the last zero.
    """
    result = np.empty_like(table)
    result[0] = np.pi**0.25 / np.sqrt(2.0) * erfc(points / np.sqrt(2.0))
    if len(table) > 1:
        result[1] = np.sqrt(2.0) * table[0]
    for k in range(1, len(table) - 1):
        result[k + 1] = (np.sqrt(k / 2.0) * result[k - 1] + table[k]) / np.sqrt((k + 1) / 2.0)
    return result
