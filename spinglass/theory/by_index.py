"""Exact mean numbers and energies of stationary points of every Morse index at finite n.

The weight of `spinglass.theory.counts` is summed over the tabulated densities of the ordered
eigenvalues; minima and maxima come from the law of the extreme eigenvalue, which reaches further
into the tail.  Index k and index n - 1 - k have the same mean.
"""

import math

import numpy as np

from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.theory.counts import check_energy, exponential, log_mean_minima, log_prefactor
from spinglass.theory.energy import energy_law, energy_step
from spinglass.theory.ordered import ordered_log_densities
from spinglass.theory.ordered_line import IndexLine
from spinglass.theory.parameters import check_dimension, covariance_of

MAXIMUM_INDEXED_DIMENSION = 500
"""Largest n whose table of all ordered densities is computed (its cost grows like n^4)."""


def log_mean_by_index(n: int, covariance: Covariance | int, nu: float | None = None) -> np.ndarray:
    """Logarithm of `mean_by_index`, for counts beyond the range of doubles; shape (n,)."""
    size, law = check_indexed_dimension(n), covariance_of(covariance, nu)
    result = np.empty(size)
    result[0] = result[-1] = log_mean_minima(size, covariance, nu)
    if size > 2:
        _, half, step = _weighted_half(size, law)
        both = np.logaddexp(half, half[::-1])
        top = both.max(axis=1, keepdims=True)
        sums = np.log(np.exp(both - top).sum(axis=1)) + top[:, 0] + math.log(step)
        result[1:-1] = (log_prefactor(size, law) + sums)[1:-1]
    return result


def mean_by_index(n: int, covariance: Covariance | int, nu: float | None = None) -> np.ndarray:
    """Mean number of stationary points of each Morse index, exactly at finite n.

    Parameters
    ----------
    n : int
        Number of spins, 2 <= n <= 500.
    covariance, nu
        As in `spinglass.theory.mean_minima`.

    Returns
    -------
    ndarray, shape (n,)
        E N_k for k = 0 (minima) ... n - 1 (maxima); symmetric, and summing to the mean total.

    Raises
    ------
    InputError
        If an argument is outside its domain.
    """
    return np.array([exponential(float(value)) for value in log_mean_by_index(n, covariance, nu)])


def mean_by_index_below(
    n: int, covariance: Covariance | int, nu: float | None, u: float
) -> np.ndarray:
    """Mean number of points of each Morse index with energy per spin at most u, shape (n,).

    Errors are about 1e-9 of `mean_by_index`; `mean_minima_below` reaches further into the tail.
    Arguments and exceptions are as for `mean_by_index` and `mean_stationary_points_below`.
    """
    size, law = check_indexed_dimension(n), covariance_of(covariance, nu)
    line = IndexLine(size, law)
    shares = np.maximum(line.below(energy_step(size, law, check_energy(u))), 0.0)
    return shares * np.array([exponential(log_prefactor(size, law) + x) for x in line.log_scale])


def energy_by_index(
    n: int, covariance: Covariance | int, nu: float | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread of the energy of a stationary point of each Morse index, at finite n.

    Averages over all points of an index in all samples, every point with the same weight: the
    ratio of two Kac-Rice means, not the mean over samples of an average within a sample.

    Parameters
    ----------
    n, covariance, nu
        As in `mean_by_index`.

    Returns
    -------
    mean, spread : ndarray, shape (n,)
        Mean and standard deviation of H/n for k = 0 ... n - 1; the mean is odd, the spread even
        under k -> n - 1 - k.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Notes
    -----
    Given the eigenvalue s that stands for the radial force, H/n is Gaussian
    (`spinglass.theory.energy`); s itself has the density ``exp(-(B/2) s^2) p_k(s)``, p_k that of
    the k-th smallest eigenvalue.
    """
    size, law = check_indexed_dimension(n), covariance_of(covariance, nu)
    points, half, _ = _weighted_half(size, law)
    top = np.maximum(half.max(axis=1), half[::-1].max(axis=1))[:, None]
    here, mirrored = np.exp(half - top), np.exp(half[::-1] - top)
    mass = (here + mirrored).sum(axis=1)
    first = (here - mirrored) @ points / mass
    second = (here + mirrored) @ points**2 / mass
    slope, spread = energy_law(size, law)
    variance = slope**2 * (second - first**2) + spread**2
    return slope * first, np.sqrt(variance)


def check_indexed_dimension(n: object) -> int:
    """Return n, between 2 and `MAXIMUM_INDEXED_DIMENSION`, or raise InputError."""
    size = check_dimension(n)
    if size > MAXIMUM_INDEXED_DIMENSION:
        raise InputError(
            f"n must be at most {MAXIMUM_INDEXED_DIMENSION} for the counts of every index, got {n}"
        )
    return size


def _weighted_half(n: int, law: Covariance) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the grid s <= 0, the logs of weighted densities, halved at s = 0, and the step."""
    points, log_values, step = ordered_log_densities(n)
    half = log_values - 0.5 * law.plus * points**2
    half[:, 0] -= math.log(2.0)
    return points, half, step
