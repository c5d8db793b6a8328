"""Exact mean numbers of stationary points of every Morse index at finite n.

The weight of `spinglass.theory.counts` is summed over the tabulated densities of the ordered
eigenvalues; minima and maxima come from the law of the extreme eigenvalue, which reaches further
into the tail.  Index k and index n - 1 - k have the same mean.
"""

import math

import numpy as np

from spinglass.errors import InputError
from spinglass.theory.counts import exponential, log_mean_minima, log_prefactor
from spinglass.theory.ordered import ordered_log_densities
from spinglass.theory.parameters import check_dimension, field_parameters

MAXIMUM_INDEXED_DIMENSION = 500
"""Largest n whose table of all ordered densities is computed (its cost grows like n^4)."""


def log_mean_by_index(n: int, p: int, nu: float) -> np.ndarray:
    """Logarithm of `mean_by_index`, for counts beyond the range of doubles; shape (n,)."""
    size, field = check_dimension(n), field_parameters(p, nu)
    if size > MAXIMUM_INDEXED_DIMENSION:
        raise InputError(
            f"n must be at most {MAXIMUM_INDEXED_DIMENSION} for the counts of every index; got {n}"
        )
    result = np.empty(size)
    result[0] = result[-1] = log_mean_minima(size, p, nu)
    if size > 2:
        points, log_values, step = ordered_log_densities(size)
        half = log_values - 0.5 * field.plus * points**2
        half[:, 0] -= math.log(2.0)
        both = np.logaddexp(half, half[::-1])
        top = both.max(axis=1, keepdims=True)
        sums = np.log(np.exp(both - top).sum(axis=1)) + top[:, 0] + math.log(step)
        result[1:-1] = (log_prefactor(size, field) + sums)[1:-1]
    return result


def mean_by_index(n: int, p: int, nu: float) -> np.ndarray:
    """Mean number of stationary points of each Morse index, exactly at finite n.

    Parameters
    ----------
    n : int
        Number of spins, 2 <= n <= 500.
    p : int
        Degree of the interaction, at least 2.
    nu : float
        Standard deviation of each component of the field, at least 0.

    Returns
    -------
    ndarray, shape (n,)
        E N_k for k = 0 (minima) ... n - 1 (maxima); symmetric, and summing to the mean total.

    Raises
    ------
    InputError
        If an argument is outside its domain.
    """
    return np.array([exponential(float(value)) for value in log_mean_by_index(n, p, nu)])
