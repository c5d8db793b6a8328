"""Turn what engines report of pieces into what users are told of jobs."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spinglass.control import Control, Progress, WorkUnit
from spinglass.sweep.account import Account, Event, EventKind
from spinglass.sweep.job import Job
from spinglass.sweep.parts import Piece, part_path, part_state
from spinglass.sweep.state import JobState, job_state
from spinglass.sweep.work import Outcome

PATIENCE = 60.0
"""Seconds for which a network file system may hide from one machine what another has written."""

_LOOK_EVERY = 1.0


@dataclass(frozen=True)
class _Claim:
    """A worker's claim to have written a file into the folder."""

    piece: Piece
    outcome: Outcome | None
    worker: str

    def state(self, folder: Path) -> JobState:
        """Return the state of the part, or of the result of the job, as this process sees it."""
        return job_state(self.piece.job, folder) if self.outcome else part_state(self.piece, folder)

    def words(self, folder: Path) -> str:
        """Return why the claim is not accepted: the state of the file and the likely reason."""
        path = folder / self.piece.job.file_name if self.outcome else part_path(self.piece, folder)
        reason = (
            "the worker has another version of spinglass"
            if (state := self.state(folder)) == JobState.FOREIGN
            else "a worker must see the folder under the path that it has here"
        )
        return f"{self.worker} has done it, but {path} is {state}: {reason}"


class Ledger:
    """Listens to an engine's reports on pieces, keeps the `Account` of jobs and sends events.

    No worker is believed: a piece counts as done only once its file is found in the folder.
    """

    def __init__(self, control: Control, account: Account, folder: Path) -> None:
        self._control, self._account = control, account
        self._folder = folder
        self._begun: dict[Piece, float] = {}
        self._told: dict[Piece, tuple[int, int]] = {}
        self._lock = threading.RLock()
        self._jobs: set[Job] = set()
        self._closed: set[Job] = set()
        self._unseen: list[_Claim] = []
        self._suspects: set[str] = set()
        self._last_parts: dict[Job, Piece] = {}
        self._longest = 0.0
        self.ended_pieces = 0

    def plan(self, left: Mapping[Job, int]) -> None:
        """Note and report how many starts of which jobs are left."""
        self._account.plan(left)
        self._tell(EventKind.PLANNED)

    def may_begin(self) -> bool:
        """Say no once asked to stop, or once the time left is less than the longest piece took."""
        return not self._control.spent and self._control.left > self._longest

    def began(self, piece: Piece) -> None:
        """Report a job with its first piece; take back a dead worker's counts of this piece."""
        self._begun[piece] = time.monotonic()
        self.advanced(piece, 0, 0)
        if piece.job not in self._jobs:
            self._jobs.add(piece.job)
            self._tell(EventKind.STARTED, piece.job)

    def advanced(self, piece: Piece, starts: int, minima: int) -> None:
        """Count what is new of a piece; remember it, to take it back if the worker dies."""
        with self._lock:
            before = self._told.get(piece, (0, 0))
            self._told[piece] = (starts, minima)
            more = (starts - before[0], minima - before[1])
            if any(more):
                self._account.advance(piece.job, *more)
                self._tell(EventKind.ADVANCED, piece.job)

    def said(self, words: str) -> None:
        """Pass words for the user on."""
        self._tell(EventKind.SAID, words=words)

    def ended(self, piece: Piece, outcome: Outcome | None, worker: str) -> None:
        """Look for the file that a worker claims to have written; say so if it is not there."""
        self._end(piece)
        minima = self._told[piece][1]
        self.advanced(piece, piece.count, minima)  # also starts that another run did meanwhile
        claim = _Claim(piece, outcome, worker)
        if self._accepted(claim):
            return
        self._unseen.append(claim)
        if worker not in self._suspects:
            self._suspects.add(worker)
            self.said(f"Not seen yet: {claim.words(self._folder)}")

    def failed(self, piece: Piece, words: str) -> None:
        """Note that a job failed, and why, and report it."""
        self._end(piece)
        self._fail(piece, words)

    def settle(self) -> None:
        """Look again, for `PATIENCE` seconds, for claimed files; pieces without one have failed."""
        until = time.monotonic() + PATIENCE
        stop = self._control.stop or (lambda: False)
        while self._unseen and time.monotonic() < until and not stop():
            time.sleep(_LOOK_EVERY)
            self._unseen = [claim for claim in self._unseen if not self._accepted(claim)]
        for claim in self._unseen:
            self._fail(claim.piece, claim.words(self._folder))
        self._unseen = []

    def unmerged(self) -> list[Piece]:
        """List the last parts of jobs that nobody has merged.

        Of two workers that end the last two parts of a job, neither merges if each sees the other's
        file too late, as on a network file system.
        """
        return [piece for job, piece in self._last_parts.items() if job not in self._closed]

    def _accepted(self, claim: _Claim) -> bool:
        """Accept the claim of a worker if its file is found in the folder."""
        if claim.state(self._folder) != JobState.DONE:
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
            self._account.finish(job, outcome)
            self._tell(EventKind.FINISHED, job)

    def _fail(self, piece: Piece, words: str) -> None:
        if piece.job not in self._closed:
            self._closed.add(piece.job)
            self._account.fail(piece.job, words)
            self._tell(EventKind.FAILED, piece.job, words)

    def _tell(self, kind: EventKind, job: Job | None = None, words: str = "") -> None:
        with self._lock:
            account = self._account
            event = Event(kind, account, job, words)
            self._control.tell(
                Progress(account.work_done, account.work, WorkUnit.WORK, account.words, event)
            )

    def _end(self, piece: Piece) -> None:
        self.ended_pieces += 1
        self._longest = max(self._longest, time.monotonic() - self._begun[piece])
