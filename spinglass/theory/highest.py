"""The global maximum of a function on the unit interval that may have several local ones."""

from collections.abc import Callable

import numpy as np
from scipy.special import expit

from spinglass.arrays import Array

UNIT = np.concatenate([[0.0], expit(np.linspace(-14.0, 36.0, 5001))])
"""A grid on [0, 1], dense at both ends: with orders up to a million, maxima can be close to 1."""

_NEAR = 1e-3
_ROUNDS = 5
_PIECES = 64


def highest(function: Callable[[Array], Array], grid: Array) -> tuple[float, float]:
    """Return place and value of the global maximum of a function of places (m,), with values >= 0.

    Between three neighbours in the ascending grid the function must have at most one maximum, which
    exceeds its values on them by less than a thousandth.  Every local maximum on the grid that may
    be the highest is refined between its neighbours.  An infinite value ends the search.
    """
    values = function(grid)
    top = int(np.argmax(values))
    if np.isinf(values[top]):
        return float(grid[top]), float(values[top])
    walled = np.concatenate([[-np.inf], values, [-np.inf]])
    peaks = (walled[1:-1] >= walled[:-2]) & (walled[1:-1] > walled[2:])
    rivals = np.flatnonzero(peaks & (values >= (1.0 - _NEAR) * values[top]))
    found = [_refined(function, grid, int(k)) for k in rivals]
    return max(found, key=lambda place_and_value: place_and_value[1])


def _refined(function: Callable[[Array], Array], grid: Array, k: int) -> tuple[float, float]:
    low, high = grid[max(k - 1, 0)], grid[min(k + 1, grid.size - 1)]
    best = float(grid[k]), float(function(grid[k : k + 1])[0])
    for _ in range(_ROUNDS):
        places = np.linspace(low, high, _PIECES + 1)
        values = function(places)
        top = int(np.argmax(values))
        if values[top] > best[1]:
            best = float(places[top]), float(values[top])
        low, high = places[max(top - 1, 0)], places[min(top + 1, _PIECES)]
    return best
