"""Unknown numbers: nan, and None in JSON, which has no nan."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spinglass.errors import InputError


def or_none(value: float) -> float | None:
    """Return a number for JSON, None for nan."""
    return None if math.isnan(value) else value


def or_nan(function: Callable[..., float], *arguments: Any) -> float:
    """Return a number of theory; nan if theory has none for this covariance."""
    try:
        return float(function(*arguments))
    except InputError:
        return math.nan


def overlap_row(overlap: ArrayLike) -> dict[str, float | None]:
    """Return the overlap of the lowest minimum with the hidden point, and the highest overlap.

    Parameters
    ----------
    overlap : (minima,) float64
        Overlaps of the minima, in order of ascending energy.
    """
    values = np.asarray(overlap)
    if not values.size:
        return {"lowest_overlap": None, "highest_overlap": None}
    return {"lowest_overlap": float(values[0]), "highest_overlap": float(values.max())}
