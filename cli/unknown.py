"""Text for numbers that may be unknown."""

import math


def or_unknown(value: float | None, form: str) -> str:
    """Return a number as text in the given format, ``unknown`` if it is None or nan."""
    return "unknown" if value is None or math.isnan(value) else format(value, form)
