"""Numbers that are not known: null in JSON, which has no nan, and a word for people."""

import math


def or_none(value: float) -> float | None:
    """Return a number for JSON, None for nan."""
    return None if math.isnan(value) else value


def or_unknown(value: float | None, form: str) -> str:
    """Return a number as text in the given format, ``unknown`` where it is None or nan."""
    return "unknown" if value is None or math.isnan(value) else format(value, form)
