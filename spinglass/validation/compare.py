"""Mean numbers of points, by index, and of minima below an energy, compared with exact ones."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import chi2

from spinglass.arrays import Array
from spinglass.averaging import mean_and_error
from spinglass.covariance import Covariance, Name
from spinglass.search.coverage import richness
from spinglass.theory import mean_by_index, mean_minima, mean_minima_below
from spinglass.validation.point import MINIMA, Point
from spinglass.validation.samples import Record

SHARES = (0.25, 0.5, 0.75)
"""Minima are counted below the energies under which, in the mean, these shares of them lie."""

_ENERGY_TOLERANCE = 1e-6


class Counted(StrEnum):
    """The points that are counted in each sample, in the order in which they are shown."""

    INDEX = "index"
    ALL = "all"
    BELOW = "lowest minima"
    MINIMA = "minima"
    CHAO1 = "Chao1"


@dataclass(frozen=True)
class Quantity:
    """A number with an exact mean; it is the same quantity at every point of a validation.

    Attributes
    ----------
    counted : Counted
        The points that are counted.
    value : int or float, optional
        For ``INDEX`` the index: points of index k and n - 1 - k, equal in law, are counted together
        under the lower.  For ``BELOW`` the share: minima are counted below the energy under which,
        in the mean, this share of them lies.  None for the others.
    """

    counted: Counted
    value: float | None = None

    def __str__(self) -> str:
        if self.counted == Counted.BELOW:
            return f"lowest {self.value:.0%} of minima"
        return self.counted if self.value is None else f"{self.counted} {self.value}"


@dataclass(frozen=True)
class Comparison:
    """A mean over the samples compared with the exact one.

    Attributes
    ----------
    quantity : Quantity
        The quantity that is compared.
    words : str
        The quantity in words, with the pooled indices or the energy at this point.
    found, error, exact : float
        Mean over the samples, its standard error, and the mean over all disorder.
    """

    quantity: Quantity
    words: str
    found: float
    error: float
    exact: float

    @property
    def z(self) -> float:
        """Deviation in standard errors; nan where all samples agree."""
        return (self.found - self.exact) / self.error if self.error > 0.0 else math.nan


def compare(point: Point, record: Record) -> list[Comparison]:
    """Compare the means over the samples of a point with the exact means.

    For censuses of minima, the mean of Chao's estimates, which add unseen minima, is compared too.
    """
    below = [_below(point, record, share) for share in SHARES]
    if point.kind == MINIMA:
        exact = _exact_minima(point)
        minima = _row(Quantity(Counted.MINIMA), "minima", _counts(record, record.index == 0), exact)
        ends = np.cumsum(np.bincount(record.of_sample, minlength=record.samples))
        hits = np.split(record.hits, ends)[:-1]
        chao = np.array([richness(numbers).estimate for numbers in hits])
        by_chao = _row(Quantity(Counted.CHAO1), "minima by Chao1", chao, exact)
        return [minima, by_chao, *below]
    half = (point.n + 1) // 2
    exact_numbers = mean_by_index(point.n, point.covariance)
    rows = [_pooled(point.n, k, record, exact_numbers) for k in range(half)]
    everything = _counts(record, record.index >= 0)
    return [
        *rows,
        _row(Quantity(Counted.ALL), "all", everything, float(exact_numbers.sum())),
        *below,
    ]


def scores_by_quantity(
    rows: Iterable[Comparison],
) -> dict[Quantity, tuple[int, float, float]]:
    """Return the number of z scores of each quantity, their rms and the largest |z|."""
    scores: dict[Quantity, list[float]] = {}
    for row in rows:
        if not math.isnan(row.z):
            scores.setdefault(row.quantity, []).append(row.z)
    return {
        quantity: (len(z), math.sqrt(float(np.mean(np.square(z)))), float(np.max(np.abs(z))))
        for quantity, z in scores.items()
    }


def usual_rms(count: int) -> tuple[float, float]:
    """Return the 95 % range of the rms of ``count`` standard normal scores."""
    low, high = chi2.ppf([0.025, 0.975], count) / count
    return math.sqrt(low), math.sqrt(high)


def _row(quantity: Quantity, words: str, numbers: Array, exact: float) -> Comparison:
    return Comparison(quantity, words, *mean_and_error(numbers), exact)


def _counts(record: Record, chosen: NDArray[np.bool_]) -> Array:
    """Return the number of chosen points in each sample."""
    return np.bincount(record.of_sample[chosen], minlength=record.samples).astype(float)


def _pooled(n: int, k: int, record: Record, exact: Array) -> Comparison:
    mirror, quantity = n - 1 - k, Quantity(Counted.INDEX, k)
    if k == mirror:
        numbers, mean = _counts(record, record.index == k), exact[k]
        return _row(quantity, f"index {k}", numbers, float(mean))
    numbers = _counts(record, (record.index == k) | (record.index == mirror))
    return _row(quantity, f"index {k}, {mirror}", numbers, float(exact[k] + exact[mirror]))


def _below(point: Point, record: Record, share: float) -> Comparison:
    energy = energy_of_share(point.n, point.covariance, None, share)
    numbers = _counts(record, (record.index == 0) & (record.energy <= energy))
    words = f"minima < {energy:#.5g}"
    return _row(Quantity(Counted.BELOW, share), words, numbers, share * _exact_minima(point))


def _exact_minima(point: Point) -> float:
    """Return the exact mean number of minima, of pairs for a census of even samples."""
    pairs = point.kind == MINIMA and point.covariance.is_even
    return mean_minima(point.n, point.covariance) / (2.0 if pairs else 1.0)


@lru_cache(maxsize=256)
def energy_of_share(n: int, orders: Covariance | Name, nu: float | None, share: float) -> float:
    """Return the energy per spin below which, in the exact mean, a share of the minima lies.

    By default ``nu`` is the field of the covariance.
    """
    law = Covariance.of(orders, nu)
    unit = math.sqrt(math.fsum(c for _, c in law.weights))
    weights = tuple((p, c / unit**2) for p, c in law.weights)
    law = law if unit == 1.0 else Covariance(weights, law.nu / unit)
    whole = mean_minima(n, law)
    reach = 2.0 * math.sqrt(law.slope) + 2.0

    def excess(energy: float) -> float:
        return mean_minima_below(n, law, None, energy) / whole - share

    return unit * float(brentq(excess, -reach, reach, xtol=_ENERGY_TOLERANCE))
