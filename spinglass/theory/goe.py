"""The exact one-point density of the Gaussian orthogonal ensemble, with its tails.

Convention: joint density of the n eigenvalues proportional to
``prod exp(-x_i^2/2) prod_{i<j} |x_i - x_j|``; off-diagonal entries have variance 1/2, diagonal
ones 1, and the spectrum fills ``[-sqrt(2n), sqrt(2n)]``.  The density integrates to n.
"""

import numpy as np

from spinglass.theory.hermite import hermite_table, upper_integrals, whole_line_integrals


def log_density(n: int, points: np.ndarray) -> np.ndarray:
    """Logarithm of ``exp(x^2/2) rho_n(x)``, relatively accurate in the bulk and in both tails.

    Parameters
    ----------
    n : int
        Number of eigenvalues, at least 1.
    points : ndarray, shape (points,)
        Abscissae.

    Returns
    -------
    ndarray, shape (points,)
        The logarithms, without the Gaussian, which callers combine with others; rho_n integrates
        to n.

    Notes
    -----
    Mehta, Random Matrices (3rd ed.), eq. (7.2.24): ``rho_n = sum_{k<n} phi_k^2
    + sqrt(n/2) phi_{n-1} int eps(x-t) phi_n(t) dt``, plus ``phi_{n-1} / int phi_{n-1}`` for n
    odd, with ``eps(x) = sign(x)/2``.
    """
    x = np.abs(np.asarray(points, dtype=float))
    table = hermite_table(n, x)
    factor = np.exp(table.log_scale - 0.5 * x * x)
    tails = upper_integrals(table.values * factor, x)[n]
    totals = whole_line_integrals(n)
    top = table.values[n - 1]
    linear = np.sqrt(n / 2.0) * (0.5 * totals[n] - tails)
    if n % 2 == 1:
        linear = linear + 1.0 / totals[n - 1]
    scaled = factor * np.einsum("kx,kx->x", table.values[:n], table.values[:n]) + top * linear
    return np.log(scaled) + table.log_scale
