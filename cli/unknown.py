"""Numbers that are not known, in a word for people."""

import math


def or_unknown(value: float | None, form: str) -> str:
    """Return a number as text in the given format, ``unknown`` where it is None or nan."""
    return "unknown" if value is None or math.isnan(value) else format(value, form)
