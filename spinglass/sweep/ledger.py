"""Between engines, which know of pieces, and users, who want to know of jobs."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from spinglass.sweep.job import Job
from spinglass.sweep.parts import Piece
from spinglass.sweep.work import Outcome


class Reporter(Protocol):
    """Who is told how the work proceeds."""

    def planned(self, jobs: list[Job], left: Mapping[Job, int]) -> None:
        """Say what is planned, and how many starts of which jobs are left to do."""

    def started(self, job: Job) -> None:
        """Say that a job begins."""

    def advanced(self, job: Job, starts: int, minima: int) -> None:
        """Say that more starts of a job have ended, and how many minima that gave.

        Called from any thread; with negative numbers where a worker has died with what it had.
        """

    def finished(self, job: Job, outcome: Outcome) -> None:
        """Say that a job's file is written."""

    def failed(self, job: Job, words: str) -> None:
        """Say that a job has raised, and what."""

    def said(self, words: str) -> None:
        """Pass on what an engine has to say."""


@dataclass(frozen=True)
class Failure:
    """A job that could not be done, and why."""

    job: Job
    words: str


@dataclass
class Progress:
    """What has been done when a sweep ends or is interrupted.

    Attributes
    ----------
    jobs, already, foreign : int
        Jobs planned, done before, and kept from another version of the package.
    done : list of Outcome
        Jobs done now.
    failed : list of Failure
        Jobs that raised; the rest went on.
    stopped : bool
        Whether the work was stopped at a border with something left to do.
    """

    jobs: int = 0
    already: int = 0
    foreign: int = 0
    done: list[Outcome] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    stopped: bool = False


class Ledger:
    """Turns what becomes of pieces into what becomes of jobs."""

    def __init__(
        self,
        reporter: Reporter,
        progress: Progress,
        stop: Callable[[], bool] | None = None,
        until: float | None = None,
    ) -> None:
        self._reporter, self._progress = reporter, progress
        self._stop, self._until = stop, until
        self._begun: dict[Piece, float] = {}
        self._told: dict[Piece, tuple[int, int]] = {}
        self._lock = threading.Lock()
        self._jobs: set[Job] = set()
        self._closed: set[Job] = set()
        self._longest = 0.0
        self.ended_pieces = 0

    def may_begin(self) -> bool:
        """Say no when asked to stop, or when the longest piece so far would not fit any more."""
        if self._stop and self._stop():
            return False
        return self._until is None or self._until - time.monotonic() > self._longest

    def began(self, piece: Piece) -> None:
        """Report a job with its first piece; take back what a dead worker had told of a piece."""
        self._begun[piece] = time.monotonic()
        starts, minima = self._told.get(piece, (0, 0))
        self._told[piece] = (0, 0)
        if starts or minima:
            self._reporter.advanced(piece.job, -starts, -minima)
        if piece.job not in self._jobs:
            self._jobs.add(piece.job)
            self._reporter.started(piece.job)

    def advanced(self, piece: Piece, starts: int, minima: int) -> None:
        """Pass it on, and remember it in case the worker dies with it."""
        with self._lock:
            told = self._told[piece]
            self._told[piece] = (told[0] + starts, told[1] + minima)
        self._reporter.advanced(piece.job, starts, minima)

    def said(self, words: str) -> None:
        """Pass it on."""
        self._reporter.said(words)

    def ended(self, piece: Piece, outcome: Outcome | None) -> None:
        """Report a job with its last piece, once, whoever merged it."""
        self._end(piece)
        if others := piece.count - self._told[piece][0]:  # done by another run meanwhile
            self._reporter.advanced(piece.job, others, 0)
        if outcome and piece.job not in self._closed:
            self._closed.add(piece.job)
            self._progress.done.append(outcome)
            self._reporter.finished(piece.job, outcome)

    def failed(self, piece: Piece, words: str) -> None:
        """Note which job failed, and why; report it to those who want to know."""
        self._end(piece)
        if piece.job not in self._closed:
            self._closed.add(piece.job)
            self._progress.failed.append(Failure(piece.job, words))
            self._reporter.failed(piece.job, words)

    def _end(self, piece: Piece) -> None:
        self.ended_pieces += 1
        self._longest = max(self._longest, time.monotonic() - self._begun[piece])
