"""What a method of descent is asked to do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from spinglass.landscape.model import Array


@dataclass(frozen=True)
class Request:
    """What a method is asked to do; already checked."""

    starts: Array
    tol: float
    max_gradients: int
    threads: int
    advance: Callable[[int, int], Any]
