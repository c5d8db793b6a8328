"""What a method of descent is asked to do."""

import threading

from spinglass.arrays import Array
from spinglass.control import Control, Progress, WorkUnit


class Request:
    """Arguments of a method of descent, already checked.

    Attributes
    ----------
    starts : (count, n) float64
        Where to begin.
    tol : float
        Gradient norm / sqrt(n), in the landscape's unit, at which a point is stationary.
    max_gradients : int
        Work allowed to a start.
    control : Control
        Asked whether to go on before a start begins.
    """

    def __init__(self, starts: Array, tol: float, max_gradients: int, control: Control) -> None:
        self.starts, self.tol, self.max_gradients = starts, tol, max_gradients
        self.control = control
        self._ended = self._minima = 0
        self._lock = threading.Lock()

    def advance(self, starts: int, minima: int) -> None:
        """Tell, from any thread, that more starts have ended, and how many in minima."""
        with self._lock:
            self._ended += starts
            self._minima += minima
            self.control.tell(
                Progress(self._ended, len(self.starts), WorkUnit.STARTS, "descending", self._minima)
            )
