"""Ranges in a configuration: a short table that stands for a list of numbers.

``{linspace = [first, last, count]}`` and ``{logspace = [first, last, count]}`` include both ends,
which are the numbers themselves, not their logarithms; ``{range = [first, stop]}`` is for whole
numbers and excludes the stop.  The list is what is checked, stored and run.

``{between = [low, high]}`` selects among the numbers of the grid, both ends included.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BeforeValidator

MOST = 1_000_000
"""Most numbers in a range."""

LARGEST = 1e300
"""Largest absolute value of the ends of a range."""


def expand(value: object) -> object:
    """Return the list of numbers that a table stands for; return any other value as it is."""
    return _expand(value, {"linspace": _linear, "logspace": _logarithmic})


def expand_whole(value: object) -> object:
    """Return the whole numbers that a table stands for; return any other value as it is."""
    return _expand(value, {"range": _whole})


@dataclass(frozen=True)
class Between:
    """A selection of all numbers from the first of two to the second."""

    between: tuple[float, float]


def select(value: object) -> object:
    """Return the interval that a table stands for; return any other value as it is."""
    if not isinstance(value, dict):
        return value
    ends = value.get("between")
    if set(value) != {"between"} or not isinstance(ends, list) or len(ends) != 2:
        raise ValueError(f"a selection must be {{between = [low, high]}}, got {value!r}")
    if not all(type(x) in (int, float) and abs(x) <= LARGEST for x in ends) or ends[0] > ends[1]:
        raise ValueError(f"between must be two numbers in order, got {ends!r}")
    return Between((float(ends[0]), float(ends[1])))


def is_among(number: float, selection: Any) -> bool:
    """Say whether a selection contains a number, to ten digits; None selects all."""
    if selection is None:
        return True
    if isinstance(selection, Between):
        low, high = selection.between
        return low <= number <= high or is_among(number, [low, high])
    listed = selection if isinstance(selection, list) else [selection]
    return any(math.isclose(number, x, rel_tol=1e-9) for x in listed)


Selecting = BeforeValidator(select)
Expanded = BeforeValidator(expand)
ExpandedWhole = BeforeValidator(expand_whole)


def _expand(value: object, forms: dict[str, Callable[[list[Any]], list[Any]]]) -> object:
    if not isinstance(value, dict):
        return value
    allowed = " or ".join(forms)
    if len(value) != 1 or next(iter(value)) not in forms:
        raise ValueError(f"a range must be a table with the one key {allowed}, got {value!r}")
    ((name, numbers),) = value.items()
    if not isinstance(numbers, list) or not all(type(x) in (int, float) for x in numbers):
        raise ValueError(f"{name} must be a list of numbers, got {numbers!r}")
    return forms[name](numbers)


def _ends(name: str, numbers: list[Any]) -> tuple[float, float, int]:
    if len(numbers) != 3 or type(numbers[2]) is not int or not 2 <= numbers[2] <= MOST:
        raise ValueError(f"{name} must be [first, last, count], count 2 to {MOST}, got {numbers!r}")
    if not all(abs(x) <= LARGEST for x in numbers[:2]):
        raise ValueError(f"{name} must have finite ends, got {numbers!r}")
    return float(numbers[0]), float(numbers[1]), numbers[2]


def _linear(numbers: list[Any]) -> list[float]:
    first, last, count = _ends("linspace", numbers)
    inner = [first + (last - first) * k / (count - 1) for k in range(count - 1)]
    return [*inner, last]


def _logarithmic(numbers: list[Any]) -> list[float]:
    first, last, count = _ends("logspace", numbers)
    if not (first > 0 and last > 0):
        raise ValueError(f"logspace must have ends above 0, got {numbers!r}")
    ratio = last / first
    return [*(first * ratio ** (k / (count - 1)) for k in range(count - 1)), last]


def _whole(numbers: list[Any]) -> list[int]:
    if len(numbers) != 2 or not all(type(x) is int for x in numbers):
        raise ValueError(f"range must be [first, stop] of whole numbers, got {numbers!r}")
    if not 1 <= numbers[1] - numbers[0] <= MOST:
        raise ValueError(f"range must hold 1 to {MOST} numbers, got {numbers!r}")
    return list(range(numbers[0], numbers[1]))
