"""Numbers that are not known, in JSON, which has no nan."""

import math


def or_none(value: float) -> float | None:
    """Return a number for JSON, None for nan."""
    return None if math.isnan(value) else value
