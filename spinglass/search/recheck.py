"""Check stationary points of a file by evaluating them again, on couplings drawn afresh."""

from dataclasses import dataclass

import numpy as np

from spinglass.arrays import Array
from spinglass.landscape.model import Landscape
from spinglass.landscape.random import generator

_ENERGY_WITHIN = 1e-10
"""Largest allowed deviation of H/n, in the landscape's unit."""


@dataclass(frozen=True)
class Recheck:
    """The result of evaluating points again.

    Attributes
    ----------
    checked : int
        Points that were evaluated.
    energy_error, gradient_norm : float
        Largest deviation of H/n from the energy given, and largest |g| / sqrt(n); 0 without points.
    right : bool
        Whether both are within their tolerances.
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
    """Evaluate a random share of stationary points, at least one if there are any.

    Parameters
    ----------
    model : Landscape
        The landscape.
    points : (count, n) float64
        Stationary points.
    energy : (count,) float64
        H/n of the points, as the file has it.
    share : float
        Share of the points to evaluate, in (0, 1].
    key : tuple of int or str
        Key of the random numbers that choose the points.
    tol : float
        Gradient norm / sqrt(n) to which the points were searched, in the landscape's unit.
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
