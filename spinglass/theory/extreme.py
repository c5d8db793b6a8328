"""The exact law of the smallest eigenvalue of the Gaussian orthogonal ensemble, for every n.

Density and distribution come from one Pfaffian a point (`spinglass.theory.split`, xi = 0), both
accurate relatively where they are small: far below the spectrum, where the density tends to the
one-point density, and inside it, where the probability decays like ``exp(-c n^2)``.
"""

import numpy as np

from spinglass.theory.split import pfaffian_squared, splits


def log_smallest_density(n: int, points: np.ndarray) -> np.ndarray:
    """Logarithm of ``exp(s^2/2) p(s)``, p the density of the smallest of n eigenvalues.

    Parameters
    ----------
    n : int
        Number of eigenvalues, at least 2.
    points : ndarray, shape (points,)
        Abscissae in the convention of `spinglass.theory.goe`.

    Returns
    -------
    ndarray, shape (points,)
        -inf where the density is below the smallest double.
    """
    s = np.asarray(points, dtype=float)
    result = np.empty(s.size)
    for j, split in enumerate(splits(n, s)):
        log_square, ratio = pfaffian_squared(split, 0.0)
        result[j] = 0.5 * log_square.real + split.log_factor
        result[j] += np.log(ratio.real) if ratio.real > 0.0 else -np.inf
    return result


def log_none_below(n: int, points: np.ndarray) -> np.ndarray:
    """Logarithm of the probability that no eigenvalue lies below s.

    Parameters
    ----------
    n : int
        Number of eigenvalues, at least 2.
    points : ndarray, shape (points,)
        The thresholds s.

    Returns
    -------
    ndarray, shape (points,)
        ``log P(x_(0) > s)``.
    """
    pieces = splits(n, np.asarray(points, dtype=float))
    return np.array([0.5 * pfaffian_squared(split, 0.0)[0].real for split in pieces])
