"""Points of a file evaluated again, on couplings drawn afresh."""

from dataclasses import dataclass

import numpy as np

from spinglass.arrays import Array
from spinglass.landscape.model import Landscape
from spinglass.landscape.random import generator

_ENERGY_WITHIN = 1e-10
"""In the landscape's unit, as the tolerance of the descents."""


@dataclass(frozen=True)
class Recheck:
    """The result of evaluating points again.

    Attributes
    ----------
    checked : int
        Points that were evaluated.
    energy_error, gradient_norm : float
        Largest deviation of H/n from what was said, and largest |g| / sqrt(n); 0 without points.
    right : bool
        Whether both are as small as they must be.
    """

    checked: int = 0
    energy_error: float = 0.0
    gradient_norm: float = 0.0
    right: bool = True


def recheck(
    model: Landscape,
    points: Array,
    energy: Array,
    share: float,
    key: tuple[int | str, ...],
    tol: float = 1e-10,
) -> Recheck:
    """Evaluate a random share of stationary points, at least one where there is one.

    Parameters
    ----------
    model : Landscape
        The landscape.
    points : (count, n) float64
        Stationary points.
    energy : (count,) float64
        H/n there, as it was said to be.
    share : float
        Share of them to evaluate, in (0, 1].
    key : tuple of int or str
        Of the random numbers that choose them.
    tol : float
        Gradient norm / sqrt(n) that they were searched to, in the landscape's unit.
    """
    count = len(points)
    if count == 0:
        return Recheck()
    random = generator(*key)
    rows = random.choice(count, size=max(1, round(share * count)), replace=False)
    off = float(np.max(np.abs(model.energy(points[rows]) - energy[rows])))
    steep = float(np.linalg.norm(model.riemannian_gradient(points[rows]), axis=1).max())
    steep /= np.sqrt(model.n)
    right = off <= _ENERGY_WITHIN * model.unit and steep <= 2.0 * tol * model.unit
    return Recheck(len(rows), off, steep, bool(right))
