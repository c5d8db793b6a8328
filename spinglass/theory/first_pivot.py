"""Mean determinants, from the pivot of the first row, which is their last factor.

The first entry a is normal with a mean and a deviation of its own, and the pivot is a - w, where w
comes from the elimination of the other rows.  With z = (mean - w) / deviation, the mean of the
positive part (a - w)^+ is deviation * (z Phi(z) + phi(z)), and the mean of (a - mean) (a - w)^+ is
deviation^2 Phi(z).
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import erfcx, gammaln, log_ndtr, ndtr

from spinglass.theory.equidistant import STENCIL, lagrange_weights
from spinglass.theory.positive_pivots import PositiveShifts, gauss_legendre, positive_shifts
from spinglass.theory.signed_pivots import SignedFlow

_ROOT_2PI = math.sqrt(2.0 * math.pi)
_TINY = 1e-290
_SQUARES = 48
"""Number of nodes for averages over chi^2."""


@dataclass(frozen=True)
class Averages:
    """Means of |determinant| over matrices of the wanted index, for several shifts y.

    Attributes
    ----------
    log : float64, (columns,) or (means, columns)
        Logarithm of the mean.
    excess : float64, the same
        Mean excess of the first entry over its mean, weighed by |determinant|.
    """

    log: np.ndarray
    excess: np.ndarray


class PositiveColumns:
    """Matrices M - y without negative pivots, for several shifts y.

    Parameters
    ----------
    rows : int
        Rows of the matrix, at least 2.
    y : float64, (columns,)
        Ascending shifts.
    above : float
        Largest excess of the first entry's mean over -y, at least 0.
    """

    def __init__(self, rows: int, y: np.ndarray, above: float):
        self._shifts: PositiveShifts = positive_shifts(rows, y, above)

    def averages(self, mean: np.ndarray, deviation: float) -> Averages:
        """Return averages for means (columns,) and a deviation of the first entry of M - y."""
        known = self._shifts
        value, share = positive_part(mean - known.shift[:, None], deviation)
        top = value[0]  # at the smallest w
        total = np.sum(known.mass * np.exp(value - top), axis=0)
        excess = deviation**2 * np.sum(known.mass * np.exp(share - top), axis=0) / total
        return Averages(known.log + top + np.log(total), excess)

    def pairs(self, means: np.ndarray, deviation: float) -> Averages:
        """Return the averages for every pair of a mean and a shift: (means, columns)."""
        size = len(self._shifts.log)
        rows = [self.averages(np.full(size, mean), deviation) for mean in means]
        return Averages(np.array([row.log for row in rows]), np.array([r.excess for r in rows]))


class SignedColumns:
    """Matrices M - y with a given number of negative pivots, or with any number.

    Parameters
    ----------
    flow : SignedFlow
        The law of the pivots of their second rows.
    rows : int
        Rows of the matrix, at least 2.
    index : int or None
        Number of negative pivots; None for any.
    """

    def __init__(self, flow: SignedFlow, rows: int, index: int | None):
        self._flow, self._rows, self._index = flow, rows, index
        self._means: np.ndarray = np.zeros(0)
        self._table: np.ndarray = np.zeros((2, 0, len(flow.log)))

    def part(self, columns: slice) -> "SignedColumns":
        """Return the matrices of some of the shifts."""
        flow = self._flow
        taken = SignedFlow(flow.pivot, flow.mass[:, columns], flow.log[columns])
        part = SignedColumns(taken, self._rows, self._index)
        part._means, part._table = self._means, self._table[..., columns]
        return part

    def tabulate(self, least: float, most: float, deviation: float) -> None:
        """Tabulate averages at one deviation, for `averages` to interpolate between two means."""
        step = 0.35 * deviation
        count = STENCIL + math.ceil((most - least) / step)
        means = 0.5 * (least + most + (np.arange(count) * 2.0 - (count - 1)) * step)
        known = self.pairs(means, deviation)
        self._means, self._table = means, np.array([known.log, known.excess])

    def averages(self, mean: np.ndarray, deviation: float) -> Averages:
        """Return averages for means (columns,) and a deviation of the first entry of M - y."""
        across = np.arange(len(mean))
        if not self._table.size:
            every = self.pairs(mean, deviation)
            return Averages(every.log[across, across], every.excess[across, across])
        inside = np.clip(mean, self._means[0], self._means[-1])
        places, weights = lagrange_weights(inside, self._means)
        taken = self._table[:, places, across[:, None]]
        return Averages(*np.sum(taken * weights, axis=-1))

    def pairs(self, means: np.ndarray, deviation: float) -> Averages:
        """Return the averages for every pair of a mean and a shift: (means, columns)."""
        pivot, mass = self._flow.pivot, self._flow.mass
        parts = [np.zeros((len(means), len(pivot))) for _ in range(4)]
        for square, chance in zip(*_chi_square(self._rows - 1), strict=True):
            for part, more in zip(
                parts, _parts(means[:, None] - square / pivot, deviation), strict=True
            ):
                part += chance * more
        up, up_share, down, down_share = parts
        # If the last pivot is negative, one fewer must be negative before it.
        kept = mass[0 if self._index is None else self._index].T
        before = kept if self._index is None else mass[self._index - 1].T
        total = np.maximum(up @ kept + down @ before, _TINY)
        excess = deviation**2 * (up_share @ kept - down_share @ before)
        return Averages(self._flow.log + np.log(total), excess / total)


def _chi_square(freedom: int) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes of chi^2 with ``freedom`` degrees of freedom, and their probabilities."""
    node, weight = gauss_legendre(_SQUARES)
    low, high = max(0.0, math.sqrt(freedom) - 6.5), math.sqrt(freedom) + 6.5
    v = low + 0.5 * (high - low) * (1.0 + node)
    law = (freedom - 1.0) * np.log(v) - 0.5 * v**2 - (0.5 * freedom - 1.0) * math.log(2.0)
    return v**2, 0.5 * (high - low) * weight * np.exp(law - float(gammaln(0.5 * freedom)))


def _parts(mean: np.ndarray, deviation: float) -> tuple[np.ndarray, ...]:
    """Return E[v^+] and P(v > 0) for a normal variable v, then the same for -v."""
    z = mean / deviation
    density = np.exp(-0.5 * z**2) / _ROOT_2PI
    unlikely = math.sqrt(0.5 * math.pi) * density * erfcx(np.abs(z) / math.sqrt(2.0))
    least = deviation * np.maximum(density - np.abs(z) * unlikely, 0.0)
    positive = np.where(z > 0.0, 1.0 - unlikely, unlikely)
    return least + np.maximum(mean, 0.0), positive, least - np.minimum(mean, 0.0), 1.0 - positive


def positive_part(mean: np.ndarray, deviation: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the logarithms of E[v^+] and P(v > 0) for a normal variable v."""
    z = mean / deviation
    low = np.clip(z, -30.0, 0.0)
    square = 1.0 / np.minimum(z, -30.0) ** 2
    # 1 + z Phi(z) / phi(z), whose terms cancel far below 0
    near = 1.0 + low * erfcx(-low / math.sqrt(2.0)) * math.sqrt(0.5 * math.pi)
    far = square * (1.0 - square * (3.0 - square * (15.0 - 105.0 * square)))
    below = np.log(np.where(z < -30.0, far, near)) - 0.5 * z**2 - math.log(_ROOT_2PI)
    high = np.maximum(z, 0.0)
    above = np.log(high * ndtr(high) + np.exp(-0.5 * high**2) / _ROOT_2PI)
    return math.log(deviation) + np.where(z > 0.0, above, below), log_ndtr(z)
