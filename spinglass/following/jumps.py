"""The fate of a minimum whose branch ends: it falls from the fold and follows the next branch.

At the fold the gradient vanishes, and the energy falls along the soft mode on the saddle's side.
The gradient flow at the field of the fold, started a small way along the mode, leads to another
minimum, whose branch is then followed; that branch may end at a fold in its turn.
"""

import math
from dataclasses import dataclass

import numpy as np

from spinglass.arrays import Array
from spinglass.following.continuation import Ending, follow_minima
from spinglass.landscape.geometry import retract
from spinglass.landscape.model import Landscape
from spinglass.search.descent import Status
from spinglass.search.methods.entry import descend

_KICK = 0.01
"""Displacement along the soft mode, as a share of the radius, that starts the gradient flow at a
fold, where the gradient is zero."""

_SAME_FIELD = 1e-9


@dataclass(frozen=True)
class Slide:
    """The minimum in which a state ends after the field has changed, and its jumps on the way.

    Attributes
    ----------
    spins : (n,) float64
        The minimum at the last field; nan if the state could not be followed so far.
    folds : (folds,) float64
        Fields at which the state jumped, in the order of travel.
    drops : (descents,) float64
        H/n lost by each descent: the first from the starting point, then one at each fold.
    """

    spins: Array
    folds: Array
    drops: Array

    @property
    def finished(self) -> bool:
        """Whether a minimum at the last field was reached."""
        return bool(np.isfinite(self.spins).all())


def kicked(fold: Array, mode: Array) -> Array:
    """Return the point a small way from a fold (n,) along its soft mode, on the sphere."""
    return retract(fold + _KICK * math.sqrt(fold.size) * mode)


def slide(model: Landscape, x: Array, start: float, end: float) -> Slide:
    """Descend from a point at one field, then follow the minimum to another field through folds.

    ``x``, (n,), is on the sphere and need not be stationary.
    """
    nu, folds, drops = start, list[float](), list[float]()
    while True:
        here = model.at_field(nu)
        descent = descend(here, x[None])
        drops.append(float(here.energy(x)) - float(descent.energy[0]))
        if descent.status[0] != Status.MINIMUM:
            return _end(np.full(model.n, np.nan), folds, drops)
        if abs(nu - end) <= _SAME_FIELD * model.coupling_unit:
            return _end(descent.spins[0], folds, drops)
        course = follow_minima(model, descent.spins, nu, [end])
        if course.ending[0] != Ending.FOLDED:
            return _end(course.spins[0, 0], folds, drops)
        nu = float(course.fold_field[0])
        folds.append(nu)
        x = kicked(course.fold_spins[0], course.fold_mode[0])


def _end(spins: Array, folds: list[float], drops: list[float]) -> Slide:
    return Slide(spins, np.array(folds), np.array(drops))
