"""How much of a landscape has been seen: estimates from how often each point was met.

f_k is the number of points met exactly k times in N draws (Good, Biometrika 40, 237 (1953); Chao,
Scandinavian Journal of Statistics 11, 265 (1984), and Biometrics 43, 783 (1987)).  A draw is a
descent that ended in a minimum, or a search for a saddle.  A search may rightly end without a
saddle, and then counts as a draw too; a descent that stopped short of its minimum has failed, says
nothing and is left out.
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
    """Chao's estimate of the number of points, seen and unseen.

    Attributes
    ----------
    estimate : float
        A lower bound in expectation, whatever the basin weights.
    low, high : float
        Its 95 % interval from the log-normal approximation; never below the number seen.  If
        no point was met, ``high`` is nan.
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
        N, including draws that met nothing; by default the sum of ``counts``.

    Returns
    -------
    float
        The estimate; nan without a draw.
    """
    once, total = _drawn(counts, draws)
    return once / total if total else math.nan


def unseen_limit(counts: ArrayLike, draws: int | None = None) -> float:
    """Return an upper 95 % limit of the mean of the share that `unseen_share` estimates.

    The estimate is f_1 / N, and f_1 is a sum of almost independent indicators, which is spread no
    wider than a Poisson variable of the same mean (Hoeffding, Annals of Mathematical Statistics
    27, 713 (1956)).  So the limit is that of the Poisson mean over N: 3.0 / N if no point was met
    exactly once.  It is at most 1, its value without a draw.  It does not account for a number of
    draws that was chosen by looking at f_1.
    """
    once, total = _drawn(counts, draws)
    return min(1.0, 0.5 * float(chi2.ppf(0.95, 2 * (once + 1))) / total) if total else 1.0


def unseen_words(share: float, limit: float) -> str:
    """Return the estimated unseen share and its limit in words."""
    known = "unknown" if math.isnan(share) else f"{share:.2e}"
    return f"unseen {known} (95 % limit {limit:.2e})"


def richness(counts: ArrayLike) -> Richness:
    """Return the Chao1 estimate of the number of basins, with its interval.

    If no point was met exactly twice, the bias-corrected form f_1 (f_1 - 1) / 2 is used.
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
