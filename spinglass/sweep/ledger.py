"""Between engines, which know of pieces, and users, who want to know of jobs."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from spinglass.sweep.job import Job
from spinglass.sweep.parts import Piece, part_path, part_state
from spinglass.sweep.state import job_state
from spinglass.sweep.work import Outcome

PATIENCE = 60.0
"""Seconds for which a network file system may keep from one machine what another has written."""

_LOOK_EVERY = 1.0


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


@dataclass(frozen=True)
class _Claim:
    """What a worker says that it has put into the folder."""

    piece: Piece
    outcome: Outcome | None
    worker: str

    def state(self, folder: Path) -> str:
        """Return the state of the part, or of the job's result, as this process sees it."""
        return job_state(self.piece.job, folder) if self.outcome else part_state(self.piece, folder)

    def words(self, folder: Path) -> str:
        """Say that it is not so."""
        path = folder / self.piece.job.file_name if self.outcome else part_path(self.piece, folder)
        reason = (
            "the worker has another version of spinglass"
            if (state := self.state(folder)) == "foreign"
            else "a worker must see the folder under the path that it has here"
        )
        return f"{self.worker} has done it, but {path} is {state}: {reason}"


class Ledger:
    """Turns what becomes of pieces into what becomes of jobs.

    No worker is believed: a piece counts as done once its file is found in the folder.
    """

    def __init__(
        self,
        reporter: Reporter,
        progress: Progress,
        folder: Path,
        stop: Callable[[], bool] | None = None,
        until: float | None = None,
    ) -> None:
        self._reporter, self._progress = reporter, progress
        self._folder = folder
        self._stop, self._until = stop, until
        self._begun: dict[Piece, float] = {}
        self._told: dict[Piece, tuple[int, int]] = {}
        self._lock = threading.Lock()
        self._jobs: set[Job] = set()
        self._closed: set[Job] = set()
        self._unseen: list[_Claim] = []
        self._suspects: set[str] = set()
        self._last_parts: dict[Job, Piece] = {}
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

    def ended(self, piece: Piece, outcome: Outcome | None, worker: str) -> None:
        """Look for what a worker says that it has written; say which one's is not to be seen."""
        self._end(piece)
        if others := piece.count - self._told[piece][0]:  # done by another run meanwhile
            self._reporter.advanced(piece.job, others, 0)
        claim = _Claim(piece, outcome, worker)
        if self._accepted(claim):
            return
        self._unseen.append(claim)
        if worker not in self._suspects:
            self._suspects.add(worker)
            self._reporter.said(f"Not seen yet: {claim.words(self._folder)}")

    def failed(self, piece: Piece, words: str) -> None:
        """Note which job failed, and why; report it to those who want to know."""
        self._end(piece)
        self._fail(piece, words)

    def settle(self) -> None:
        """Look again for what was not seen, for `PATIENCE` seconds; then it has failed."""
        until = time.monotonic() + PATIENCE
        while self._unseen and time.monotonic() < until and not (self._stop and self._stop()):
            time.sleep(_LOOK_EVERY)
            self._unseen = [claim for claim in self._unseen if not self._accepted(claim)]
        for claim in self._unseen:
            self._fail(claim.piece, claim.words(self._folder))
        self._unseen = []

    def unmerged(self) -> list[Piece]:
        """List the last parts of jobs that nobody has merged.

        Two workers that end the last two parts of a job miss each other's where one machine sees
        late what another has written.
        """
        return [piece for job, piece in self._last_parts.items() if job not in self._closed]

    def _accepted(self, claim: _Claim) -> bool:
        """Take what a worker claims for true if it is so."""
        if claim.state(self._folder) != "done":
            return False
        if claim.outcome:
            self._close(claim.piece.job, claim.outcome)
        else:
            self._last_parts[claim.piece.job] = claim.piece
        return True

    def _close(self, job: Job, outcome: Outcome) -> None:
        """Report a job once, whoever merged it."""
        if job not in self._closed:
            self._closed.add(job)
            self._progress.done.append(outcome)
            self._reporter.finished(job, outcome)

    def _fail(self, piece: Piece, words: str) -> None:
        if piece.job not in self._closed:
            self._closed.add(piece.job)
            self._progress.failed.append(Failure(piece.job, words))
            self._reporter.failed(piece.job, words)

    def _end(self, piece: Piece) -> None:
        self.ended_pieces += 1
        self._longest = max(self._longest, time.monotonic() - self._begun[piece])
