"""How a caller controls work that takes long, and hears of its progress; no number depends on it.

Every function that may take long has one argument ``control``.  It says how many threads may be
used, when to stop, and who is told of the progress.  A function that is stopped returns what it has
found so far and says in its result that it is not complete; every function does at least one step
before it looks at the time.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from spinglass.checks import finite_at_least
from spinglass.parallel import thread_count, thread_share


class WorkUnit(StrEnum):
    """The unit in which progress is counted; ``WORK`` is the cost of pieces of unequal cost."""

    STARTS = "starts"
    SEARCHES = "searches"
    PATHS = "paths"
    FALLS = "falls"
    FIELDS = "fields"
    SAMPLES = "samples"
    EPOCHS = "epochs"
    FILES = "files"
    STEPS = "steps"
    WORK = "work"


@dataclass(frozen=True)
class Progress:
    """How far a function has come.

    Attributes
    ----------
    done : float
        How many units are done.
    total : float
        How many units the whole work has.
    unit : WorkUnit or str
        What is counted, in the plural.
    words : str
        What has been found so far, or is being worked on.
    found : object
        What the function would return if it ended now, unless its docstring says otherwise.
    at_most : bool
        Whether ``total`` is a budget that need not be spent.
    """

    done: float
    total: float
    unit: str
    words: str = ""
    found: Any = None
    at_most: bool = False


def _tell_nobody(progress: Progress) -> None:
    """Ignore the progress."""


@dataclass(frozen=True)
class Control:
    """Threads, time and listeners of work that may take long.

    Attributes
    ----------
    threads : int, optional
        Threads; by default those that the caller may use, at most the cores of this process.
    max_seconds : float, optional
        Seconds after this control was made from which on no further step begins; all work under
        one control shares them.
    stop : callable, optional
        Called before each step; work stops there if it returns True.
    tell : callable, optional
        Called with the `Progress` after each step; one call at a time, from any thread.

    Raises
    ------
    InputError
        If ``threads`` or ``max_seconds`` is not allowed.
    """

    threads: int | None = None
    max_seconds: float | None = None
    stop: Callable[[], bool] | None = None
    tell: Callable[[Progress], Any] = _tell_nobody
    began: float = field(default_factory=lambda: time.monotonic(), repr=False)

    def __post_init__(self) -> None:
        thread_count(self.threads)
        if self.max_seconds is not None:
            finite_at_least("max_seconds", self.max_seconds, 0.0)

    @property
    def left(self) -> float:
        """Seconds left; infinite where there is no limit."""
        if self.max_seconds is None:
            return float("inf")
        return self.began + self.max_seconds - time.monotonic()

    @property
    def spent(self) -> bool:
        """Whether to stop: the time is up, or ``stop`` says so."""
        return self.left <= 0.0 or (self.stop is not None and self.stop())

    def part(self, done: float, total: float, unit: str) -> "Control":
        """Return the control of one step: it stops with the whole, and passes on the step's words.

        Parameters
        ----------
        done, total, unit
            The progress of the whole while the step is being done.
        """

        def tell(event: Progress) -> None:
            self.tell(replace(event, done=done, total=total, unit=unit, at_most=False))

        return replace(self, tell=tell)

    def in_force(self) -> AbstractContextManager[None]:
        """Limit calls inside the context to these threads unless they are given a number."""
        return thread_share(thread_count(self.threads))


FREE = Control()
"""All threads that the caller may use, no time limit, no listener."""
