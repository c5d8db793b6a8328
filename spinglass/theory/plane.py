"""The exact mean density of stationary points over energy and radial force, at finite n.

A point at the eigenvalue s of `spinglass.theory.counts` has the radial force
``X = s sqrt(2 xi'' / n)``, and given X its energy is Gaussian (`spinglass.theory.energy`): the
density of (E, X) is that of s times a Gaussian density.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.theory.by_index import check_indexed_dimension
from spinglass.theory.counts import log_prefactor
from spinglass.theory.energy import check_spread, energy_law
from spinglass.theory.extreme import log_smallest_density
from spinglass.theory.goe import log_density
from spinglass.theory.ordered_line import IndexLine
from spinglass.theory.parameters import check_dimension, check_index, covariance_of


def log_mean_density(
    n: int,
    covariance: Covariance | int,
    energy: ArrayLike,
    force: ArrayLike,
    index: int | None = 0,
    nu: float | None = None,
) -> np.ndarray:
    """Logarithm of `mean_density`, for densities beyond the range of doubles."""
    size, law = check_dimension(n), covariance_of(covariance, nu)
    check_spread(law)
    energies, forces = np.asarray(energy, dtype=float), np.asarray(force, dtype=float)
    if not (np.isfinite(energies).all() and np.isfinite(forces).all()):
        raise InputError("energy and force must be finite, got nan or inf")
    places, back = np.unique(forces, return_inverse=True)
    stretch = math.sqrt(2.0 * law.curvature / size)
    along = _log_line(size, law, places / stretch, index) - math.log(stretch)
    slope, spread = energy_law(size, law)
    distance = (energies - slope / stretch * forces) / spread
    across = -0.5 * distance**2 - math.log(spread * math.sqrt(2.0 * math.pi))
    return log_prefactor(size, law) + along[back].reshape(forces.shape) + across


def mean_density(
    n: int,
    covariance: Covariance | int,
    energy: ArrayLike,
    force: ArrayLike,
    index: int | None = 0,
    nu: float | None = None,
) -> np.ndarray:
    """Mean number of stationary points per unit of energy and of radial force, at finite n.

    Parameters
    ----------
    n : int
        Number of spins, 2 <= n <= 2000 (500 for an index between minima and maxima).
    covariance : Covariance or int
        The covariance, not of a pure model without field, or the order p >= 2 of a pure model.
    energy, force : array_like
        H/n and X = x . dH / n, of shapes that broadcast.
    index : int or None
        Morse index; None for points of every index.
    nu : float, optional
        Field; by default that of the covariance, 0 for an order.

    Returns
    -------
    ndarray
        The density; its integral over both is the mean number of points.  For an index between
        minima and maxima, values below 1e-10 of the largest are lost to rounding, some of them 0.

    Raises
    ------
    InputError
        If an argument is outside its domain.
    """
    with np.errstate(over="ignore"):
        return np.exp(log_mean_density(n, covariance, energy, force, index, nu))


def _log_line(n: int, law: Covariance, s: np.ndarray, index: int | None) -> np.ndarray:
    """Logarithm of the density along s of the points of an index, or of all."""
    if index is None:
        return log_density(n, s) - 0.5 * law.plus * s**2
    k = check_index(index, n)
    if k in (0, n - 1):
        mirrored = s if k == 0 else -s
        return log_smallest_density(n, mirrored) - 0.5 * law.plus * s**2
    line = IndexLine(check_indexed_dimension(n), law)
    with np.errstate(divide="ignore"):
        return np.log(line.density(k, s)) + line.log_scale[k]
