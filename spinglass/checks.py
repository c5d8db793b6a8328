"""Checks of arguments: each returns the clean value, or raises and says what is allowed."""

from __future__ import annotations

import math
import operator
import re
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from spinglass.errors import InputError

if TYPE_CHECKING:  # the help of the command line needs no NumPy
    from numpy.typing import ArrayLike

    from spinglass.arrays import Array

DECIMAL = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:inf|nan)"
"""A number as text; stricter than `float`, which allows underscores and digits of other scripts."""

LARGEST_INTEGER = 2**63 - 1
LARGEST_SIZE = 10**6
LARGEST_ORDER = 64
LARGEST_FIELD = 1e6
"""Bounds that no computation reaches; beyond them arithmetic or files would fail obscurely."""


def integer_at_least(name: str, value: object, least: int, most: int = LARGEST_INTEGER) -> int:
    """Return ``value`` as an int; `InputError` unless it is from ``least`` to ``most``."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:  # raised for NumPy's booleans too
        number = None
    if number is None or isinstance(value, bool) or number < least:
        raise InputError(f"{name} must be an integer >= {least}, got {value!r}")
    if number > most:
        raise InputError(f"{name} must be an integer <= {most}, got {number}")
    return number


def positive_integer(name: str, value: object) -> int:
    """Return ``value`` as an int of at least 1."""
    return integer_at_least(name, value, 1)


def each_once(name: str, values: Sequence[Hashable]) -> None:
    """Raise `InputError` if a value occurs more than once."""
    for value, times in Counter(values).items():
        if times > 1:
            raise InputError(f"{name} must have no value twice, got {value!r} {times} times")


def field_strength(value: object, largest: float = LARGEST_FIELD) -> float:
    """Return the field strength nu as a finite float of at least 0."""
    nu = finite_at_least("nu", value, 0.0)
    if nu > largest:
        raise InputError(f"nu must be a finite number <= {largest:g}, got {nu:g}")
    return nu


def finite_at_least(name: str, value: object, least: float) -> float:
    """Return ``value`` as a finite float that is not below ``least``."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):  # the last for integers too large for doubles
        number = math.nan
    if isinstance(value, str) or not math.isfinite(number) or number < least:
        raise InputError(f"{name} must be a finite number >= {least:g}, got {value!r}")
    return unsigned_zero(number)


def unsigned_zero(number: float) -> float:
    """Return the number, -0.0 as 0.0: equal parameters must have one text and one hash."""
    return number + 0.0


def positive_number(name: str, value: object) -> float:
    """Return ``value`` as a finite float above 0."""
    try:
        number = finite_at_least(name, value, 0.0)
    except InputError:
        number = 0.0
    if number == 0.0:
        raise InputError(f"{name} must be a finite number > 0, got {value!r}")
    return number


def within_factor(name: str, value: object, largest: float) -> float:
    """Return ``value`` as a float from 1 / ``largest`` to ``largest``."""
    number = positive_number(name, value)
    least = 1.0 / largest
    if not least <= number <= largest:
        raise InputError(f"{name} must be between {least:g} and {largest:g}, got {number!r}")
    return number


def order_and_number(text: str) -> tuple[int, float] | None:
    """Return the order and the number in a text like 3:1.3; None for any other text."""
    match = re.fullmatch(rf"\s*([0-9]{{1,9}})\s*:\s*({DECIMAL})\s*", text)
    return (int(match[1]), float(match[2])) if match else None


def share_of_whole(name: str, value: object) -> float:
    """Return ``value`` as a float in (0, 1]."""
    number = positive_number(name, value)
    if number > 1.0:
        raise InputError(f"{name} must be a finite number in (0, 1], got {value!r}")
    return number


def real_array(name: str, value: ArrayLike) -> Array:
    """Return ``value`` as an array of doubles; raise if it is not real or too large for doubles."""
    import numpy as np

    try:
        array = np.asarray(value)
    except ValueError:
        raise InputError(f"{name} must be an array, got lists of unequal lengths") from None
    if array.dtype.kind not in "biuf":
        raise InputError(f"{name} must be real numbers, got an array of type {array.dtype}")
    with np.errstate(over="ignore"):  # what overflows is named below
        doubles = array.astype(np.float64, copy=False)
    if array.dtype.kind == "f" and array.dtype.itemsize > doubles.dtype.itemsize:
        lost = np.isinf(doubles) & np.isfinite(array)
        if np.any(lost):
            value, place = _first(lost, array)
            raise InputError(
                f"{name} must be at most {np.finfo(np.float64).max:.4g} in size, "
                f"got {value} at {place}"
            )
    return doubles


def all_finite(name: str, array: Array) -> None:
    """Raise `InputError` if a number is infinite or nan; the message names the first."""
    import numpy as np

    finite = np.isfinite(array)
    if not np.all(finite):
        value, place = _first(~finite, array)
        raise InputError(f"{name} must be finite, got {value} at {place}")


def _first(wrong: Any, array: Any) -> tuple[str, list[int]]:
    """Return the first number where ``wrong`` is True, as text, and its indices from 0."""
    import numpy as np

    place = np.unravel_index(int(np.argmax(wrong)), array.shape)
    return str(array[place]), [int(index) for index in place]


def points_of(x: ArrayLike, n: int) -> Array:
    """Return ``x`` as floats of shape (..., n)."""
    points = real_array("points", x)
    if points.ndim == 0 or points.shape[-1] != n:
        raise InputError(f"points must have shape (..., {n}), got {points.shape}")
    return points


def points_on_sphere(x: ArrayLike, n: int) -> Array:
    """Return ``x`` as floats of shape (..., n) on the sphere of radius sqrt(n)."""
    import numpy as np

    points = points_of(x, n)
    if points.size:
        off = float(np.max(np.abs(np.einsum("...i,...i->...", points, points) / n - 1.0)))
        if not off <= 1e-6:
            raise InputError(f"points must have |x|^2 = n within 1e-6 n, got a point {off:g} n off")
    return points
