"""A request to a method of descent."""

import threading

from spinglass.arrays import Array
from spinglass.control import Control, Progress, WorkUnit


class Request:
    """Arguments of a method of descent, already checked.

    Attributes
    ----------
    starts : (count, n) float64
        The starts, |x|^2 = n.
    tol : float
        Gradient norm / sqrt(n), in the landscape's unit, at which a point counts as stationary.
    max_gradients : int
        Gradients allowed to a start.
    control : Control
        Asked before starts begin whether to stop.
    """

    def __init__(self, starts: Array, tol: float, max_gradients: int, control: Control) -> None:
        self.starts, self.tol, self.max_gradients = starts, tol, max_gradients
        self.control = control
        self._ended = self._minima = 0
        self._lock = threading.Lock()

    def advance(self, starts: int, minima: int) -> None:
        """Tell the control, from any thread, how many more starts have ended, and in minima."""
        with self._lock:
            self._ended += starts
            self._minima += minima
            self.control.tell(
                Progress(self._ended, len(self.starts), WorkUnit.STARTS, "descending", self._minima)
            )
