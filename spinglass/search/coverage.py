"""How much of a landscape has been seen: estimates from how often each point was met.

With f_k the number of points met exactly k times in N draws (Good, Biometrika 40, 237 (1953);
Chao, Scandinavian Journal of Statistics 11, 265 (1984), and Biometrics 43, 783 (1987)).  Draws are
descents that ended in minima, or searches for saddles.  Where a draw may rightly end in nothing, as
a search does where there is no saddle, it counts as one; where it has merely failed, as a descent
that stopped short of its minimum, it says nothing and is left out.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from spinglass.checks import integer_at_least
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
        Its 95 % interval from the log-normal approximation; never below what was seen.  Where
        nothing was met there is no upper end, nan.
    """

    estimate: float
    low: float
    high: float


def unseen_share(counts: ArrayLike, draws: int | None = None) -> float:
    """Return the Good-Turing estimate f_1 / N of the share of draws that meet something new.

    Parameters
    ----------
    counts : (met,) int
        How often each point was met.
    draws : int, optional
        N, with those that met nothing; by default every draw met something.

    Returns
    -------
    float
        nan without a draw.
    """
    once, total = _drawn(counts, draws)
    return once / total if total else math.nan


def unseen_limit(counts: ArrayLike, draws: int | None = None) -> float:
    """Return an upper 95 % limit of the mean of what `unseen_share` estimates.

    The estimate is f_1 / N, and f_1 a sum of almost independent indicators, which is spread no
    wider than a Poisson variable of the same mean (Hoeffding, Annals of Mathematical Statistics
    27, 713 (1956)): the limit is that of the Poisson mean, 3.0 / N where nothing was met just once,
    and never above 1, the limit without a draw.
    A number of draws chosen by looking at f_1 is not accounted for.
    """
    once, total = _drawn(counts, draws)
    return min(1.0, 0.5 * float(chi2.ppf(0.95, 2 * (once + 1))) / total) if total else 1.0


def unseen_words(share: float, limit: float) -> str:
    """Say what share is estimated to be unseen, and its limit."""
    known = "unknown" if math.isnan(share) else f"{share:.2e}"
    return f"unseen {known} (95 % limit {limit:.2e})"


def richness(counts: ArrayLike) -> Richness:
    """Return the Chao1 estimate of the number of basins, with its interval.

    Where nothing was met exactly twice the bias-corrected form f_1 (f_1 - 1) / 2 is used.
    """
    numbers = _checked(counts)
    seen, total = numbers.size, int(numbers.sum())
    once, twice = int(np.sum(numbers == 1)), int(np.sum(numbers == 2))
    if seen == 0:
        return Richness(0.0, 0.0, math.nan)
    if once == 0:
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


def _drawn(counts: ArrayLike, draws: int | None) -> tuple[int, int]:
    """Return f_1 and N."""
    numbers = _checked(counts)
    met = int(numbers.sum())
    total = met if draws is None else integer_at_least("draws", draws, met)
    return int(np.sum(numbers == 1)), total


def _checked(counts: ArrayLike) -> NDArray[np.int64]:
    numbers = np.asarray(counts)
    if numbers.ndim != 1 or (
        numbers.size and (numbers.dtype.kind not in "iu" or numbers.min() < 1)
    ):
        raise InputError(f"counts must be a list of integers >= 1, got {numbers.tolist()}")
    return numbers.astype(np.int64)
