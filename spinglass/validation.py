"""All stationary points of many small samples against the exact means of theory, index by index."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from spinglass.checks import integer_at_least
from spinglass.model import Array, PSpin
from spinglass.stationary import find_stationary_points
from spinglass.theory import mean_by_index


@dataclass(frozen=True)
class Validation:
    """Found against exact; indices k and n - 1 - k, equal in law, are pooled.

    Attributes
    ----------
    found, error : (ceil(n / 2),) float64
        Mean number of points of index k or n - 1 - k a sample, and its standard error.
    exact : (ceil(n / 2),) float64
        The mean over disorder, from `mean_by_index`.
    samples, incomplete : int
        Samples made, and those for which a completeness check failed; they are counted all the
        same, since leaving them out would bias the mean.
    """

    found: Array
    error: Array
    exact: Array
    samples: int
    incomplete: int

    @property
    def z(self) -> Array:
        """Deviations in standard errors; nan where all samples agree."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.error > 0.0, (self.found - self.exact) / self.error, np.nan)


def validate_counts(
    n: int,
    p: int,
    nu: float,
    samples: int = 100,
    *,
    seed: int = 0,
    sweep: int = 512,
    threads: int | None = None,
    progress: Callable[[int], Any] | None = None,
) -> Validation:
    """Find all stationary points of samples and compare their mean numbers with theory.

    Parameters
    ----------
    n, p, nu : int, int, float
        As in `PSpin`; n <= 10 for p = 3 and n <= 6 for p = 4 is what completeness is checked for.
    samples : int
        At least 2; sample number k has the seed ``seed`` + k.
    sweep, threads
        As in `find_stationary_points`.
    progress : callable, optional
        Called with 1 after every sample.

    Raises
    ------
    InputError
        If an argument is not allowed.
    """
    number = integer_at_least("samples", samples, 2)
    half = (integer_at_least("n", n, 2) + 1) // 2
    rows, incomplete = [], 0
    exact = mean_by_index(n, p, nu)
    for sample in range(number):
        model = PSpin(n, p, nu, seed + sample, threads=threads)
        points = find_stationary_points(model, sweep=sweep)
        incomplete += not points.complete
        rows.append(points.counts(n))
        if progress:
            progress(1)
    counts = np.array(rows, float)
    pooled = _pool(counts, half)
    return Validation(
        pooled.mean(axis=0),
        pooled.std(axis=0, ddof=1) / math.sqrt(number),
        _pool(exact[None], half)[0],
        number,
        incomplete,
    )


def _pool(counts: Array, half: int) -> Array:
    """Add index k and n - 1 - k; the middle index of odd n stands alone."""
    pooled = (counts + counts[:, ::-1])[:, :half]
    if counts.shape[1] % 2:
        pooled[:, -1] *= 0.5
    return pooled
