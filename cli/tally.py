"""What a sweep has done so far, how fast, and how long the rest will take."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from spinglass_cli.progress import duration

if TYPE_CHECKING:
    from spinglass.sweep import Job


class Tally:
    """Counts jobs, starts and minima; weighs what is left by what it costs.

    The work of a start is estimated from its landscape, so that a large one counts for more than a
    small one; the estimate's unit drops out, because the time left is measured against the work
    done.  Rates count from the first report on, which leaves starting and compiling out.

    Parameters
    ----------
    cost : callable
        Work of one start of a job, in any unit.
    clock : callable
        Seconds.
    """

    def __init__(
        self, cost: Callable[["Job"], float], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cost, self._clock = cost, clock
        self._lock = threading.Lock()
        self._left: dict[Job, int] = {}
        self._first: tuple[float, float, int] | None = None
        self.jobs = self.jobs_done = self.starts = self.minima = 0
        self.work = self.work_done = 0.0

    def plan(self, jobs: int, left: Mapping["Job", int]) -> None:
        """Note how many jobs there are, and how many starts of which are left."""
        self._left = dict(left)
        self.jobs, self.jobs_done = jobs, jobs - len(left)
        self.work = sum(starts * self._cost(job) for job, starts in left.items())

    def advance(self, job: "Job", starts: int, minima: int) -> None:
        """Count starts that have ended, or take some back."""
        with self._lock:
            self._left[job] -= starts
            self.starts += starts
            self.minima += minima
            self.work_done += starts * self._cost(job)
            if self._first is None:
                self._first = (self._clock(), self.work_done, self.minima)

    def close(self, job: "Job") -> None:
        """Count a job; whatever of it is left will not be done any more."""
        with self._lock:
            self.jobs_done += 1
            self.work -= self._left.pop(job, 0) * self._cost(job)
            self._left[job] = 0

    def drop(self, job: "Job") -> None:
        """Give up what is left of a job that has failed."""
        with self._lock:
            self.work -= self._left.get(job, 0) * self._cost(job)
            self._left[job] = 0

    @property
    def share(self) -> float:
        """Share of the work that is done."""
        return min(1.0, self.work_done / self.work) if self.work > 0.0 else 1.0

    @property
    def rate(self) -> float | None:
        """Minima a second; None before there are two reports."""
        elapsed = self._elapsed()
        return (self.minima - self._first[2]) / elapsed if self._first and elapsed else None

    @property
    def seconds_left(self) -> float | None:
        """Seconds that the rest takes at the pace so far; None before that is known."""
        elapsed = self._elapsed()
        done = self.work_done - self._first[1] if self._first else 0.0
        return elapsed * max(0.0, self.work - self.work_done) / done if done > 0.0 else None

    def _elapsed(self) -> float:
        return self._clock() - self._first[0] if self._first else 0.0

    def words(self) -> str:
        """Say all of it in a line."""
        rate = "-" if self.rate is None else f"{self.rate:,.0f}"
        left = "-" if self.seconds_left is None else duration(self.seconds_left)
        return (
            f"{self.jobs_done:,} of {self.jobs:,} jobs, {self.minima:,} minima, "
            f"{rate} a second, {left} left"
        )
