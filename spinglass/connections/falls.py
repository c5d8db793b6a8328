"""Falls from saddles of index 1 along the gradient flow, on both sides of each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.landscape.geometry import retract
from spinglass.landscape.model import Landscape
from spinglass.search.descent import Status
from spinglass.search.methods.entry import descend
from spinglass.search.proofs.certificates import prove_stationary

FARTHEST = 1e-3
"""Largest displacement from a saddle at which a fall starts, relative to the radius."""

_SHARE = 0.1


@dataclass(frozen=True)
class Falls:
    """The ends of the falls from a number of points.

    Attributes
    ----------
    transition : (points,) bool
        Whether the point is proven to be a saddle of index 1 and falls into a minimum below it on
        both sides.
    bottom : (points, 2, n) float64
        The ends of its two falls; meaningless where ``transition`` is False.
    """

    transition: NDArray[np.bool_]
    bottom: Array


def fall(model: Landscape, saddles: Array) -> Falls:
    """Prove the index of each saddle, (points, n), and follow the flow down from both sides."""
    proven = np.array([proof.index == 1 for proof in prove_stationary(model, saddles)], bool)
    transition = np.zeros(len(saddles), bool)
    bottom = np.zeros((len(saddles), 2, model.n))
    rows = np.flatnonzero(proven)
    if rows.size:
        starts = both_sides(model, saddles[rows])
        descent = descend(model, starts.reshape(-1, model.n), method="strict")
        deeper = descent.energy.reshape(-1, 2) < model.energy(saddles[rows])[:, None]
        ended = descent.status.reshape(-1, 2) == Status.MINIMUM
        transition[rows] = (deeper & ended).all(axis=1)
        bottom[rows] = descent.spins.reshape(-1, 2, model.n)
    return Falls(transition, bottom)


def both_sides(model: Landscape, saddles: Array, share: float = _SHARE) -> Array:
    """Return a point on each side of every saddle, along its unstable direction, (points, 2, n).

    Near a fold, the minimum that will merge with a saddle of lowest eigenvalue -l is at a distance
    2 l / T from it, with T the third derivative on the way.  T is of order p (p-1) (p-2) in the
    landscape's unit, for a mixture the sum of these weighed by c_p.  The displacement is ``share``
    times l / T, which never steps over that minimum; a smaller one is more faithful and slower.
    """
    values, modes = np.linalg.eigh(model.hessian(saddles))
    step = np.minimum(FARTHEST, share * np.abs(values[:, 0]) / (_third(model) * model.unit))
    move = (step * np.sqrt(model.n))[:, None] * modes[:, :, 0]
    return retract(np.stack([saddles + move, saddles - move], axis=1))


def _third(model: Landscape) -> float:
    """Return the order of magnitude of third derivatives in the landscape's unit."""
    sizes = {p: float(p * (p - 1) * max(p - 2, 1)) for p in model.orders}
    if model.strength == 0.0:
        return max(sizes.values())
    pairs = zip(model.strengths, sizes.values(), strict=True)
    return sum(strength / model.strength * size for strength, size in pairs)
