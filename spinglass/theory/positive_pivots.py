"""Determinants of shifted Gaussian matrices all of whose pivots are positive.

A matrix of the Gaussian orthogonal ensemble with off-diagonal variance 1 is tridiagonal after
Householder's reduction, which leaves the first direction fixed: diagonal entries a are N(0, 2), the
squares of the off-diagonal ones, from the last row upwards, chi^2 with 1, 2, ... degrees of freedom
(Dumitriu and Edelman, arXiv:math-ph/0206043).  Elimination from the last row upwards makes the
pivots

    p_1 = a - y,    p_(j+1) = a - y - chi^2_j / p_j

of the matrix less y, whose product is the determinant.  In the last pivot, that of the first row,
the entry a may have another mean and variance: it is left to the caller.

With F_j(p) the density of p_j, weighed by the product p_1 ... p_j and restricted to positive
pivots, and w = chi^2_j / p_j,

    G_j(w) = integral of F_j(p) p f_j(p w) over p,      f_j the density of chi^2_j,
    F_(j+1)(p) = p * integral of G_j(w) phi(p + w + y) over w,      phi the density of N(0, 2).

Everything is positive: nothing cancels, however small the result.  As functions of the square roots
of p and w all integrands are smooth, and the Gauss-Legendre rule converges exponentially.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import gammaln

_REACH = 160.0
"""Pivots are followed up to where phi has fallen by exp(-40)."""

_SPREAD = 600.0
"""Largest exponent by which columns that share a table of phi may differ."""


@dataclass(frozen=True)
class PositiveShifts:
    """The law of w, which is subtracted from the first entry, for several shifts y of the matrix.

    Attributes
    ----------
    shift : float64, (nodes,)
        Values of w.
    mass : float64, (nodes, columns)
        G(w) dw of each y, times exp(-log).
    log : float64, (columns,)
        Logarithm of the factor taken out.
    """

    shift: np.ndarray
    mass: np.ndarray
    log: np.ndarray


def positive_shifts(rows: int, y: np.ndarray, above: float) -> PositiveShifts:
    """Eliminate all rows but the first of matrices less y, every pivot positive.

    Parameters
    ----------
    rows : int
        Rows of the matrix, at least 2.
    y : float64, (columns,)
        Ascending shifts; those far apart are computed separately.
    above : float
        Largest excess of the first entry's mean over -y, at least 0.
    """
    widest = _SPREAD / (2.0 * (np.abs(y).max() + 13.0))
    if y[-1] - y[0] <= widest:
        return _eliminate(rows, y, above)
    half = len(y) // 2
    parts = [positive_shifts(rows, part, above) for part in (y[:half], y[half:])]
    first, second = parts
    mass = np.zeros((len(first.shift) + len(second.shift), len(y)))
    mass[: len(first.shift), :half], mass[len(first.shift) :, half:] = first.mass, second.mass
    shift, log = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("shift", "log")
    )
    return PositiveShifts(shift, mass, log)


def _eliminate(rows: int, y: np.ndarray, above: float) -> PositiveShifts:
    """Follow F_j for shifts y near each other, which share one grid and one table of phi."""
    low, centre = float(y[0]), 0.5 * float(y[0] + y[-1])
    reach = math.sqrt(max(low, 0.0) ** 2 + _REACH) - low
    p, dp = _squares(reach)
    w, dw = _squares(reach + above)
    least = 0.25 * max(centre, 0.0) ** 2
    table = _phi(p[:, None] + p + centre, least)
    # phi(p + w + y) is the table times a factor of p and y, one of w and y and one of y.
    away = y - centre
    factor = np.exp(-0.5 * np.multiply.outer(p + 0.5 * centre, away))
    last = p[:, None] * np.exp(-0.25 * away**2) * factor
    product = np.multiply.outer(p, p)
    flow, log = p[:, None] * _phi(p[:, None] + y, least), np.full(len(y), -(rows - 1) * least)
    for j in range(1, rows):
        scale = np.log(p) - 0.5 * j * math.log(2.0) - float(gammaln(0.5 * j))
        if j == rows - 1:
            product = np.multiply.outer(w, p)
            mass = dw[:, None] * (_chi(j, product, scale) @ (dp[:, None] * flow))
            break
        mass = dp[:, None] * (_chi(j, product, scale) @ (dp[:, None] * flow))
        flow = last * (table @ (factor * mass))
        top = flow.max(axis=0)
        flow, log = flow / top, log + np.log(top)
    return PositiveShifts(w, mass, log)


def _squares(reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights on [0, reach], by Gauss's rule in the square root."""
    root, weight = gauss_legendre(16 * math.ceil((40.0 + 2.0 * reach) / 16.0))
    half = 0.5 * math.sqrt(reach)
    root = half * (1.0 + root)
    return root**2, 2.0 * half * root * weight


def _chi(j: int, product: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return p f_j(p w) at the products of w and p, of their shape."""
    return np.asarray(np.exp((0.5 * j - 1.0) * np.log(product) - 0.5 * product + scale))


def _phi(a: np.ndarray, least: float) -> np.ndarray:
    """Return the density of N(0, 2), times exp(least)."""
    return np.asarray(np.exp(least - 0.25 * a**2) / math.sqrt(4.0 * math.pi))


@lru_cache(maxsize=64)
def gauss_legendre(nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the nodes and weights of a rule on [-1, 1]."""
    return np.polynomial.legendre.leggauss(nodes)
