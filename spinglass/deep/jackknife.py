"""Standard errors estimated from the spread between independent networks."""

from collections.abc import Callable

import numpy as np

from spinglass.arrays import Array


def jackknife(rows: Array, statistic: Callable[[Array], Array | float]) -> tuple[Array, Array]:
    """Return a statistic of independent rows (axis 0) and its delete-one jackknife error.

    The error accounts for correlations between the numbers within a row.
    """
    count = len(rows)
    left_out = np.array([statistic(np.delete(rows, k, axis=0)) for k in range(count)])
    error = np.sqrt((count - 1) * np.mean((left_out - left_out.mean(axis=0)) ** 2, axis=0))
    return np.asarray(statistic(rows)), error
