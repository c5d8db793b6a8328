"""Determinants of shifted Gaussian matrices by the number of their negative pivots.

The pivots are those of `spinglass.theory.positive_pivots`, of either sign now, and negative ones
are counted.  F_j(p) is the density of p_j weighed by |p_1 ... p_j|, one function for each number of
negative pivots.  In the step

    F_(j+1)(p) = |p| * integral of F_j(p') T_j(p + y, p') over p'

T_j is the density of t = a - chi^2_j / p' at a given pivot p' > 0,

    T_j(t, p') = p'^(j/2) / (sqrt(4 pi) 2^(j/2) Gamma(j/2))
                 * integral of s^(j/2 - 1) exp(-p' s / 2 - (t + s)^2 / 4) over s > 0,

and T_j(t, -p') = T_j(-t, p').  A small pivot makes the next one large, so that the densities have
tails like |p|^-2.  At both ends they are smooth on a logarithmic scale: pivots form a geometric
grid, on which the trapezoidal rule converges exponentially.  T_j is computed where it matters, and
does not depend on y: its integrals over p', smooth functions of t, are interpolated at t = p + y.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.special import gammaln

from spinglass.theory.equidistant import STENCIL, lagrange_weights
from spinglass.theory.positive_pivots import gauss_legendre

_LOW, _HIGH = -18.0, 13.0
"""Logarithms of the smallest and the largest pivot, in units of sqrt(rows)."""

_NEGLIGIBLE = -50.0


@dataclass(frozen=True)
class SignedFlow:
    """The law of the pivot of the second row, for several shifts y of the matrix.

    Attributes
    ----------
    pivot : float64, (pivots,)
        Values of p, of either sign.
    mass : float64, (counts, columns, pivots)
        F(p) dp, for every number of negative pivots, times exp(-log).
    log : float64, (columns,)
        Logarithm of the factor taken out.
    """

    pivot: np.ndarray
    mass: np.ndarray
    log: np.ndarray


def signed_flow(rows: int, y: np.ndarray, most: int | None) -> SignedFlow:
    """Eliminate all rows but the first of matrices less y.

    Parameters
    ----------
    rows : int
        Rows of the matrix, at least 2.
    y : float64, (columns,)
        Shifts.
    most : int or None
        Largest number of negative pivots to distinguish; None to sum over all numbers.
    """
    grid = _PivotGrid(rows, most is not None, float(np.abs(y).max()))
    counts, size = 1 if most is None else most + 1, len(grid.signed)
    take = grid.interpolation(y)
    first = np.add.outer(y, grid.signed)
    arrived = np.zeros((counts, len(y), size))
    arrived[0] = np.abs(grid.signed) * np.exp(-0.25 * first**2) / math.sqrt(4.0 * math.pi)
    log = np.zeros(len(y))
    for j in range(1, rows):
        flow = arrived if most is None else _counted(arrived)
        top = flow.max(axis=(0, 2), initial=1e-300)
        flow, log = flow * (grid.weight / top[:, None]), log + np.log(top)
        if j == rows - 1:
            break
        kernel = _transition(j, grid) / grid.decay(grid.t)[:, None]
        kernel = np.hstack([kernel, kernel[::-1]])  # T_j(t, -p') = T_j(-t, p'), t is symmetric
        summed = (flow.reshape(-1, size) @ kernel.T).reshape(counts, -1)
        arrived = np.maximum((take @ summed.T).T, 0.0).reshape(counts, len(y), size)
    return SignedFlow(grid.signed, flow, log)


class _PivotGrid:
    """Grids of pivots and of t; steps resolve sqrt(2 / rows), the width of T_j on a log scale.

    Densities of one count fall faster than their sum, and need smaller steps.  Far outside the
    spectrum pivots are within about the deviation of an entry of -y.
    """

    def __init__(self, rows: int, counted: bool, farthest: float):
        width = math.sqrt(2.0 / rows) * (0.7 if counted else 1.0)
        step = min(0.5 * width, 0.1, 2.0 / max(farthest, 1.0))
        self.unit = math.sqrt(rows)
        self.pivot = self.unit * np.exp(np.arange(_LOW, _HIGH, step))
        weight = self.pivot * step
        weight[-1] /= -math.expm1(-step)  # F falls like p^-2 from there on
        self.signed = np.concatenate([self.pivot, -self.pivot])
        self.weight = np.concatenate([weight, weight])
        step = min(0.3 * width, 0.08)
        half = math.ceil((_HIGH + 2.0) / step)
        self.position = (np.arange(2 * half) - half + 0.5) * step
        self.t = 2.0 * self.unit * np.sinh(self.position)

    def decay(self, t: np.ndarray) -> np.ndarray:
        """Return the decay of densities in t, which is divided out before interpolation."""
        return np.asarray((1.0 + (t / self.unit) ** 2) ** -1.5)

    def interpolation(self, y: np.ndarray) -> sparse.csr_matrix:
        """Return the matrix that maps functions of t, for each y, to |p| times them at p + y."""
        points = np.add.outer(y, self.signed).reshape(-1)
        columns, weights = lagrange_weights(np.arcsinh(points / (2.0 * self.unit)), self.position)
        weights *= (self.decay(points) * np.tile(np.abs(self.signed), len(y)))[:, None]
        columns += np.repeat(np.arange(len(y)) * len(self.t), len(self.signed))[:, None]
        shape = len(points), len(y) * len(self.t)
        starts = np.arange(0, columns.size + 1, STENCIL)
        return sparse.csr_matrix((weights.reshape(-1), columns.reshape(-1), starts), shape)


def _counted(arrived: np.ndarray) -> np.ndarray:
    """Move negative pivots to the next count; those beyond the last count are dropped."""
    half = arrived.shape[2] // 2
    flow = arrived.copy()
    flow[1:, :, half:] = arrived[:-1, :, half:]
    flow[0, :, half:] = 0.0
    return flow


def _transition(j: int, grid: _PivotGrid) -> np.ndarray:
    """Return T_j(t, p'), p' > 0, by Gauss's rule about the peak of its integrand in v = sqrt(s)."""
    t, pivot = grid.t, grid.pivot
    sums = np.add.outer(t, pivot)
    root = np.sqrt(sums**2 + 4.0 * (j - 1.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        peak = np.where(sums > 0.0, 2.0 * (j - 1.0) / (sums + root), 0.5 * (root - sums))
    start = 0.5 * j * np.log(0.5 * pivot) - 0.5 * math.log(math.pi) - float(gammaln(0.5 * j))
    highest = _exponent(j, np.sqrt(peak), pivot, t[:, None])
    weighed = highest + start + np.log(pivot) - np.log(grid.decay(t))[:, None]
    rows, columns = np.nonzero(weighed > _NEGLIGIBLE)
    sums, root, peak = sums[rows, columns], root[rows, columns], np.sqrt(peak[rows, columns])
    width = 1.0 / np.sqrt(np.maximum(root if j == 1 else 2.0 * root, 0.5))
    # The fewer the degrees of freedom, the less Gaussian the integrand.
    nodes, left, right = (40, 11.0, 8.5) if j < 10 else (28, 7.5, 7.5)
    low, high = np.maximum(peak - left * width, 0.0), peak + right * width
    total, half = np.zeros(len(rows)), 0.5 * (high - low)
    for node, weight in zip(*gauss_legendre(nodes), strict=True):
        total += weight * np.exp(
            _exponent(j, low + half * (1.0 + node), pivot[columns], t[rows])
            - highest[rows, columns]
        )
    result = np.zeros((len(t), len(pivot)))
    result[rows, columns] = total * half * np.exp(highest[rows, columns] + start[columns])
    return result


def _exponent(j: int, v: np.ndarray, pivot: np.ndarray, t: np.ndarray) -> np.ndarray:
    square = v**2
    power = 0.0 if j == 1 else (j - 1.0) * np.log(v)
    return np.asarray(power - 0.5 * pivot * square - 0.25 * (t + square) ** 2)
