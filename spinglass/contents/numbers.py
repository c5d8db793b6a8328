"""Numbers that are not known: nan, and None in JSON, which has no nan."""

import math
from collections.abc import Callable
from typing import Any

from spinglass.errors import InputError


def or_none(value: float) -> float | None:
    """Return a number for JSON, None for nan."""
    return None if math.isnan(value) else value


def or_nan(function: Callable[..., float], *arguments: Any) -> float:
    """Return a number of theory; nan where theory refuses to give one for this covariance."""
    try:
        return float(function(*arguments))
    except InputError:
        return math.nan
