"""Mean and standard error of independent numbers, in one pass."""

import math
from collections.abc import Iterable


class RunningMean:
    """Mean and standard error of numbers added one by one and not kept (Welford's recurrence).

    Attributes
    ----------
    count : int
        How many numbers were added.
    mean : float
        Their mean; 0 before any is added.
    """

    def __init__(self) -> None:
        self.count, self.mean, self._squares = 0, 0.0, 0.0

    def add(self, value: float) -> None:
        """Take one more number into account."""
        self.count += 1
        step = value - self.mean
        self.mean += step / self.count
        self._squares += step * (value - self.mean)

    @property
    def error(self) -> float:
        """Standard error of the mean; nan for fewer than two numbers."""
        if self.count < 2:
            return math.nan
        return math.sqrt(self._squares / (self.count - 1) / self.count)


def mean_and_error(values: Iterable[float]) -> tuple[float, float]:
    """Return the mean, nan without values, and its standard error, nan for fewer than two."""
    running = RunningMean()
    for value in values:
        running.add(float(value))
    return running.mean if running.count else math.nan, running.error
