"""Run the jobs of a sweep in one folder; what is there already is not done again."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from spinglass.couplings import check_memory
from spinglass.errors import InputError
from spinglass.sweep.config import SweepConfig
from spinglass.sweep.engines import Engine
from spinglass.sweep.engines.local import LocalEngine
from spinglass.sweep.parts import Piece, clear_abandoned, split
from spinglass.sweep.plan import Job, plan_jobs
from spinglass.sweep.state import job_state, write_manifest
from spinglass.sweep.work import Order, Outcome, clear_merged, pieces_to_do


class Reporter(Protocol):
    """Who is told how the work proceeds."""

    def planned(self, jobs: list[Job], to_do: list[Job]) -> None:
        """Say what is planned and what of it is left to do."""

    def started(self, job: Job) -> None:
        """Say that a job begins."""

    def advanced(self, starts: int) -> None:
        """Say that more starts have ended; called from any thread."""

    def finished(self, job: Job, outcome: Outcome) -> None:
        """Say that a job's file is written."""


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
class Options:
    """How a sweep is run; nothing here changes a number in a result.

    Attributes
    ----------
    threads : int, optional
        Threads in all; every core by default.
    engine : Engine, optional
        Who does the work; this process by default.
    part_starts : int, optional
        Starts of a part; by default what takes one core about ten minutes.
    shard : (int, int), optional
        Do only the pieces number I, I + N, I + 2 N ... of (I, N), counted from 1.
    redo_foreign : bool
        Do again what another version of the package has done.
    stop : callable, optional
        Asked before each piece whether to stop there.
    seconds : float, optional
        Begin nothing that would not end in time, by the longest piece so far.
    """

    threads: int | None = None
    engine: Engine | None = None
    part_starts: int | None = None
    shard: tuple[int, int] | None = None
    redo_foreign: bool = False
    stop: Callable[[], bool] | None = None
    seconds: float | None = None


def run_sweep(
    config: SweepConfig,
    folder: Path,
    reporter: Reporter,
    threads: int | None = None,
    options: Options | None = None,
) -> Progress:
    """Do every job of a configuration whose result is not in the folder yet.

    Parameters
    ----------
    config : SweepConfig
        The grid.
    folder : Path
        Where the files go; made if missing.
    reporter : Reporter
        Told of every step.
    threads : int, optional
        Threads; no result depends on their number.
    options : Options, optional
        Engine, shard and limits; no result depends on them either.

    Raises
    ------
    InputError
        If the folder cannot be written to, or a landscape would not fit into memory: found out
        before anything is computed.
    StorageError
        If there is no room for a result; what is done is kept.
    """
    chosen = options or Options(threads)
    jobs = plan_jobs(config)
    for n, p in dict.fromkeys((job.n, job.p) for job in jobs):
        check_memory(n, p)
    write_manifest(config, jobs, folder)
    clear_abandoned(folder)
    states = {job: job_state(job, folder) for job in jobs}
    count = Counter(states.values())
    clear_merged([job for job in jobs if states[job] == "done"], folder)
    skipped = ("done",) if chosen.redo_foreign else ("done", "foreign")
    to_do = [job for job in jobs if states[job] not in skipped]
    pieces = pieces_to_do(to_do, folder, chosen.part_starts)
    if chosen.shard:
        mine = _shard(jobs, chosen.shard, chosen.part_starts)
        pieces = [piece for piece in pieces if piece in mine]
        to_do = list(dict.fromkeys(piece.job for piece in pieces))
    progress = Progress(len(jobs), count["done"], count["foreign"])
    reporter.planned(jobs, to_do)
    ledger = _Ledger(reporter, progress, chosen)
    (chosen.engine or LocalEngine()).run(pieces, Order(folder, chosen.threads), ledger)
    progress.stopped = ledger.ended_pieces < len(pieces)
    return progress


def _shard(jobs: list[Job], shard: tuple[int, int], most: int | None) -> set[Piece]:
    """Return the pieces of one of several tasks; the cut depends on the plan alone."""
    number, total = shard
    if not 1 <= number <= total:
        raise InputError(f"shard must be I/N with 1 <= I <= N, got {number}/{total}")
    pieces = [piece for job in jobs for piece in split(job, most)]
    return set(pieces[number - 1 :: total])


class _Ledger:
    """Turns what becomes of pieces into what becomes of jobs."""

    def __init__(self, reporter: Reporter, progress: Progress, options: Options) -> None:
        self._reporter, self._progress, self._options = reporter, progress, options
        self._began = time.monotonic()
        self._begun: dict[Piece, float] = {}
        self._jobs: set[Job] = set()
        self._closed: set[Job] = set()
        self._longest = 0.0
        self.ended_pieces = 0

    def may_begin(self) -> bool:
        """Say no when asked to stop, or when the longest piece so far would not fit any more."""
        if self._options.stop and self._options.stop():
            return False
        if self._options.seconds is None:
            return True
        left = self._options.seconds - (time.monotonic() - self._began)
        return left > self._longest

    def began(self, piece: Piece) -> None:
        """Report a job with its first piece."""
        self._begun[piece] = time.monotonic()
        if piece.job not in self._jobs:
            self._jobs.add(piece.job)
            self._reporter.started(piece.job)

    def advanced(self, starts: int) -> None:
        """Pass it on."""
        self._reporter.advanced(starts)

    def ended(self, piece: Piece, outcome: Outcome | None) -> None:
        """Report a job with its last piece, once, whoever merged it."""
        self._end(piece)
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
            tell = getattr(self._reporter, "failed", None)
            if tell:
                tell(piece.job, words)

    def _end(self, piece: Piece) -> None:
        self.ended_pieces += 1
        self._longest = max(self._longest, time.monotonic() - self._begun[piece])
