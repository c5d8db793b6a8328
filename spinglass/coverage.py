"""How much of a landscape has been seen: estimates from how often each minimum was met.

With f_k the number of minima met exactly k times in N descents (Good, Biometrika 40, 237 (1953);
Chao, Scandinavian Journal of Statistics 11, 265 (1984), and Biometrics 43, 783 (1987)).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from spinglass.errors import InputError

_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True)
class Richness:
    """Chao's estimate of how many there are.

    Attributes
    ----------
    estimate : float
        A lower bound in expectation, whatever the basin weights.
    low, high : float
        Its 95 % interval from the log-normal approximation; never below what was seen.
    """

    estimate: float
    low: float
    high: float


def unseen_share(counts: ArrayLike) -> float:
    """Return the Good-Turing estimate f_1 / N of the basin weight of what was never met."""
    numbers = _checked(counts)
    return float(np.sum(numbers == 1) / numbers.sum()) if numbers.size else 1.0


def unseen_limit(counts: ArrayLike) -> float:
    """Return an upper 95 % limit of the mean unseen weight after so many descents.

    Its estimate is f_1 / N, and f_1 a sum of almost independent indicators, which is spread no
    wider than a Poisson variable of the same mean (Hoeffding, Annals of Mathematical Statistics
    27, 713 (1956)): the limit is that of the Poisson mean, 3.0 / N where nothing was met just once.
    A number of descents chosen by looking at f_1 is not accounted for.
    """
    numbers = _checked(counts)
    if not numbers.size:
        return 1.0
    once = int(np.sum(numbers == 1))
    return min(1.0, 0.5 * float(chi2.ppf(0.95, 2 * (once + 1))) / int(numbers.sum()))


def richness(counts: ArrayLike) -> Richness:
    """Return the Chao1 estimate of the number of basins, with its interval.

    Where nothing was met exactly twice the bias-corrected form f_1 (f_1 - 1) / 2 is used.
    """
    numbers = _checked(counts)
    seen, total = numbers.size, int(numbers.sum())
    once, twice = int(np.sum(numbers == 1)), int(np.sum(numbers == 2))
    if seen == 0 or once == 0:
        return Richness(float(seen), float(seen), float(seen))
    a = (total - 1) / total
    if twice:
        ratio = once / twice
        missing = a * once * ratio / 2.0
        variance = twice * (a * ratio**2 / 2.0 + a**2 * ratio**3 + a**2 * ratio**4 / 4.0)
    else:
        missing = a * once * (once - 1) / 2.0
        variance = a * once * (once - 1) / 2.0 + a**2 * once * (2 * once - 1) ** 2 / 4.0
        variance -= a**2 * once**4 / (4.0 * (seen + missing))
    if missing <= 0.0:
        return Richness(float(seen), float(seen), float(seen) + _NORMAL_95 * math.sqrt(variance))
    factor = math.exp(_NORMAL_95 * math.sqrt(math.log1p(variance / missing**2)))
    return Richness(seen + missing, seen + missing / factor, seen + missing * factor)


def basin_entropy(counts: ArrayLike) -> float:
    """Return the entropy of the basin weights in nats, with Miller and Madow's correction."""
    numbers = _checked(counts)
    if not numbers.size:
        return math.nan
    total = float(numbers.sum())
    weights = numbers / total
    return float(-np.sum(weights * np.log(weights)) + (numbers.size - 1) / (2.0 * total))


def _checked(counts: ArrayLike) -> NDArray[np.int64]:
    numbers = np.asarray(counts)
    if numbers.ndim != 1 or (
        numbers.size and (numbers.dtype.kind not in "iu" or numbers.min() < 1)
    ):
        raise InputError("counts must be a list of integers >= 1")
    return numbers.astype(np.int64)
