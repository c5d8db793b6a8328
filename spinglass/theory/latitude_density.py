"""Mean numbers of stationary points by their latitude beside a hidden point, exactly at finite n.

In the frame of t, the tangent towards s*, the Hessian at latitude m is M - X with M symmetric and
Gaussian.  Elimination goes from the last row upwards to the pivot of the first row, whose entry
alone depends on the signal.  So the mean of |det(M - X)| over matrices with a given number of
negative pivots follows from a recursion over the densities of the pivots, which depends on X alone
(`positive_pivots` for minima, `signed_pivots` for others), and an integral over the Gaussian law of
X (`latitude_law`, `latitude_integral`).  Nothing is sampled.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinglass.arrays import Array
from spinglass.checks import LARGEST_ORDER, integer_at_least, real_array
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.theory.first_pivot import PositiveColumns, SignedColumns
from spinglass.theory.latitude_integral import LatitudeQuestion, integrals
from spinglass.theory.parameters import check_index, covariance_of, integer, real
from spinglass.theory.signed_pivots import signed_flow

LARGEST_DIMENSION = 20_000
"""Largest n for minima and maxima."""

LARGEST_INDEXED_DIMENSION = 500
"""Largest n for other indices and for all points together."""


@dataclass(frozen=True)
class LatitudeMeans:
    """Means over disorder of the stationary points at given latitudes.

    Attributes
    ----------
    log_density : ndarray of float64
        Logarithm of the mean number of points per unit of latitude.
    energy : ndarray of float64
        Mean H/n of these points, of the same shape; nan where ``log_density`` is -inf.
    relative_error : float
        Bound of the relative error of the density.  It does not hold where the density is less than
        about 1e-10 of that of a neighbouring index.
    """

    log_density: Array
    energy: Array
    relative_error: float

    @property
    def density(self) -> Array:
        """Mean number of points per unit of latitude; inf beyond the range of doubles."""
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(self.log_density))


def latitude_means(
    n: int,
    covariance: Covariance | int,
    signal: dict[int, float],
    latitude: ArrayLike,
    index: int | None = None,
    *,
    pinned: bool = False,
) -> LatitudeMeans:
    """Mean number of stationary points per unit of latitude, and their mean energy, at finite n.

    Parameters
    ----------
    n : int
        Spins, at least 3; at most 20,000 for minima and maxima, else 500.
    covariance : Covariance or int
        The covariance of the noise.
    signal : dict of int to float
        a_p by order p >= 1; {3: 1.3} is a spike of order 3, {} no signal.
    latitude : array_like of float
        m, each in (-1, 1).
    index : int, optional
        Only points of this Morse index.
    pinned : bool
        Whether the noise of every order vanishes at the hidden point, as in pinned planting.

    Raises
    ------
    InputError
        If an argument is outside its domain, or field or signal outweigh the noise so much that the
        Hessian's mean is more than 60 deviations of its entries (250 for minima and maxima).
    """
    asked, m = _asked(n, covariance, signal, latitude, index, pinned)
    means = integrals(asked, m.reshape(-1).tolist())
    log, energy = means[:, 0].reshape(m.shape), means[:, 1].reshape(m.shape)
    return LatitudeMeans(log, energy, asked.relative_error(m))


def latitude_density(
    n: int,
    covariance: Covariance | int,
    signal: dict[int, float],
    latitude: ArrayLike,
    index: int | None = None,
    *,
    pinned: bool = False,
) -> Array:
    """Mean number of stationary points per unit of latitude: the density of `latitude_means`."""
    return latitude_means(n, covariance, signal, latitude, index, pinned=pinned).density


def log_latitude_plane(
    n: int,
    covariance: Covariance | int,
    signal: dict[int, float],
    latitude: ArrayLike,
    radial_force: ArrayLike,
    index: int | None = None,
    *,
    pinned: bool = False,
) -> Array:
    """Logarithm of the mean number of points per unit of latitude and of radial force.

    A pure model without field, with a signal of no other order, has X = p H/n.

    Parameters
    ----------
    n, covariance, signal, latitude, index, pinned
        As for `latitude_means`; latitudes of shape (latitudes,).
    radial_force : array_like of float
        X, (forces,), ascending.

    Returns
    -------
    ndarray of float64, (latitudes, forces)
        The logarithms.

    Raises
    ------
    InputError
        If an argument is outside its domain.
    """
    asked, m = _asked(n, covariance, signal, latitude, index, pinned)
    x = real_array("radial_force", radial_force)
    if m.ndim != 1 or x.ndim != 1 or min(m.size, x.size) == 0 or np.any(np.diff(x) <= 0.0):
        raise InputError(
            "latitudes must be in one row and radial forces ascend, got shapes "
            f"{m.shape} and {x.shape}"
        )
    laws, y = [asked.at(float(each)) for each in m], asked.sign * x[:: asked.sign] / asked.unit
    asked.check_shifts(y, laws)
    columns: PositiveColumns | SignedColumns
    if asked.negative == 0:
        columns = PositiveColumns(asked.rows, y, asked.above(laws))
    else:
        flow = signed_flow(asked.rows, y, asked.negative)
        columns = SignedColumns(flow, asked.rows, asked.negative)
    logs = [
        columns.averages(asked.first_mean(law, y), law.second[2] / asked.unit).log
        + asked.log_prior(law, y)
        - math.log(asked.unit)
        for law in laws
    ]
    return np.array(logs)[:, :: asked.sign]


def _asked(
    n: int,
    covariance: Covariance | int,
    signal: dict[int, float],
    latitude: ArrayLike,
    index: int | None,
    pinned: bool,
) -> tuple[LatitudeQuestion, np.ndarray]:
    law, size = covariance_of(covariance), integer("n", n, 3, LARGEST_DIMENSION)
    wanted = None if index is None else check_index(index, size)
    if wanted not in (0, size - 1) and size > LARGEST_INDEXED_DIMENSION:
        raise InputError(
            f"n must be at most {LARGEST_INDEXED_DIMENSION} unless index is 0 or n - 1, got {n}"
        )
    terms = tuple(
        (integer_at_least("the order of a spike", p, 1, 64), real("the strength of a spike", a))
        for p, a in signal.items()
    )
    m = real_array("latitude", latitude)
    if not np.all(np.abs(m) < 1.0):
        raise InputError(f"latitude must be between -1 and 1, both excluded, got {latitude!r}")
    if pinned:
        _check_pinned(law)
    return LatitudeQuestion(size, law, terms, wanted, bool(pinned)), m


def _check_pinned(law: Covariance) -> None:
    highest = law.weights[-1][0]
    if not 2 < highest <= LARGEST_ORDER:
        raise InputError(
            f"the highest order of pinned noise must be between 3 and {LARGEST_ORDER}, "
            f"got {law.orders}"
        )
