"""Stationary points of every index in a landscape that is too large to find all of them.

Newton searches from random points end high up, where almost all stationary points are.  Starts on
great circles between minima and random points lie at every height between them, and their searches
end in every layer of the landscape.  The points found are not a fair sample: within an index,
points with wide basins of the search are favoured.
"""

import numpy as np

from spinglass.arrays import Array
from spinglass.checks import positive_integer
from spinglass.control import FREE, Control
from spinglass.kernels import saddles
from spinglass.landscape.geometry import random_points, retract
from spinglass.landscape.model import Landscape
from spinglass.parallel import single_threaded_blas
from spinglass.search.methods.entry import descend
from spinglass.search.minima import distinct_minima
from spinglass.search.point_set import StationaryPoints
from spinglass.search.random_searches import classify, merge, search

_DESCENTS = 100
_STEPS = 60


def find_layers(
    model: Landscape, searches: int = 4096, *, start_seed: int = 0, control: Control = FREE
) -> StationaryPoints:
    """Find stationary points of every index: those that a number of searches meet.

    Parameters
    ----------
    model : Landscape
        The landscape.
    searches : int
        Newton searches.  If H is odd, every second one starts on the antipodal side, between a
        maximum and a random point; otherwise none does.
    start_seed : int
        Fixes the starts.
    control : Control
        Only its threads are used.

    Returns
    -------
    StationaryPoints
        Its ``complete`` is always False.

    Raises
    ------
    InputError
        If an argument is not allowed.
    """
    count = positive_integer("searches", searches)
    with single_threaded_blas(), control.in_force():
        descent = descend(model, min(count, _DESCENTS), start_seed=start_seed)
        minima = distinct_minima(descent).spins
        starts = _between(model, minima, count, start_seed)
        points = search(model, starts, saddles.NEWTON, _STEPS)
        known, hits = merge(np.empty((0, model.n)), np.empty(0, np.int64), points)
        return classify(model, known, hits, count, False)


def _between(model: Landscape, minima: Array, count: int, start_seed: int) -> Array:
    """Return ``count`` points on great circles, at even angles from minima to random points."""
    high = random_points(model.n, count, start_seed, _DESCENTS)
    if not len(minima):
        return high
    turn = 0.5 * np.pi * (np.arange(count) + 0.5) / count
    low = minima[np.arange(count) % len(minima)]
    points = retract(np.cos(turn)[:, None] * low + np.sin(turn)[:, None] * high)
    if model.is_odd:
        points[1::2] *= -1.0
    return points
