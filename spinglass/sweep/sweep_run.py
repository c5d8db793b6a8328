"""Run the jobs of a sweep in one folder, except those whose results are already there."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from spinglass.control import FREE, Control
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.kernels.compiled import check_compiled
from spinglass.landscape.forms import check_memory, check_starts
from spinglass.shards import Shard, share
from spinglass.sweep.account import Account
from spinglass.sweep.engines.engine import Engine
from spinglass.sweep.engines.local import LocalEngine
from spinglass.sweep.job import Job
from spinglass.sweep.ledger import Ledger
from spinglass.sweep.manifest import check_same_sweep, write_manifest
from spinglass.sweep.parts import (
    MOST_PARTS,
    Piece,
    check_places,
    clear_abandoned,
    part_count,
    split,
)
from spinglass.sweep.plan import plan_jobs
from spinglass.sweep.state import JobState, job_state
from spinglass.sweep.sweep_config import SweepConfig
from spinglass.sweep.work import WorkSettings, clear_merged, pieces_to_do


@dataclass(frozen=True)
class Options:
    """How to run a sweep, and how much of it; nothing here changes a number in a result.

    Attributes
    ----------
    engine : Engine, optional
        The engine that does the work; by default this process does it.
    part_starts : int, optional
        Most starts of a part; by default as many as take one core about ten minutes.
    shard : (int, int), optional
        For (I, N), do only pieces number I, I + N, I + 2 N ..., counted from 1.
    redo_foreign : bool
        Whether to repeat jobs whose results are of another version of the package.
    """

    engine: Engine | None = None
    part_starts: int | None = None
    shard: Shard | None = None
    redo_foreign: bool = False


def run_sweep(
    config: SweepConfig, folder: Path, options: Options | None = None, *, control: Control = FREE
) -> Account:
    """Do every job of a configuration whose result is not in the folder yet.

    Parameters
    ----------
    config : SweepConfig
        The grid.
    folder : Path
        Where the files go; made if missing.
    options : Options, optional
        Engine, size of parts and shard.
    control : Control
        Its threads are shared by all workers.  It is asked before each piece: none begins if the
        longest piece so far would not end in time.  It is told of the work done, in estimated
        seconds; ``found`` is an `Event` of the sweep.

    Raises
    ------
    InputError
        If kernels cannot be compiled, the folder cannot be written to or is that of another sweep
        (`spinglass.sweep.manifest.check_same_sweep`), something in it that is not a
        regular file has the name of a result, there are too many parts, or a landscape or its end
        points would not fit into memory (`spinglass.errors.MemoryLimitError`).  Raised before
        anything is written.
    DamagedFileError
        If the manifest in the folder has been changed since it was written.
    StorageError
        If the disk is full; finished results are kept.
    """
    folder, chosen = Path(folder).absolute(), options or Options()
    jobs = plan_jobs(config)
    _check_room(jobs, chosen.part_starts)
    check_same_sweep(jobs, folder)
    for job in jobs:
        check_places(job, folder)
    states = {job: job_state(job, folder) for job in jobs}
    if set(states.values()) != {JobState.DONE}:
        check_compiled()
    write_manifest(config, jobs, folder)
    clear_abandoned(folder)
    clear_merged([job for job in jobs if states[job] == JobState.DONE], folder)
    pieces = _pieces(states, folder, chosen)
    account = _account(states, chosen)
    ledger = Ledger(control, account, folder)
    left: Counter[Job] = Counter()
    for piece in pieces:
        left[piece.job] += piece.count
    ledger.plan(left)
    settings = WorkSettings(folder, control.threads)
    try:
        (chosen.engine or LocalEngine()).run(pieces, settings, ledger)
        account.stopped = ledger.ended_pieces < len(pieces)
        ledger.settle()
        LocalEngine().run(ledger.unmerged(), settings, ledger)
    except BaseException:
        clear_abandoned(folder)  # files of workers that were ended while writing
        raise
    return account


def _account(states: dict[Job, JobState], chosen: Options) -> Account:
    """Count the jobs; of a shard, only those of which it has a part."""
    mine = set(states)
    if chosen.shard:
        mine = {piece.job for piece in _shard(list(states), chosen.shard, chosen.part_starts)}
    count = Counter(states[job] for job in mine)
    kept = 0 if chosen.redo_foreign else count[JobState.FOREIGN]
    return Account(len(mine), count[JobState.DONE], kept, len(states) - len(mine))


def _pieces(states: dict[Job, JobState], folder: Path, chosen: Options) -> list[Piece]:
    """List the pieces left to do, given the state of each job; for a shard, only its own."""
    skipped = {JobState.DONE} if chosen.redo_foreign else {JobState.DONE, JobState.FOREIGN}
    to_do = [job for job, state in states.items() if state not in skipped]
    pieces = pieces_to_do(to_do, folder, chosen.part_starts)
    if chosen.shard:
        mine = _shard(list(states), chosen.shard, chosen.part_starts)
        pieces = [piece for piece in pieces if piece in mine]
    return pieces


def _check_room(jobs: list[Job], most: int | None) -> None:
    """Refuse sweeps of too many parts, or whose landscapes or end points exceed the memory."""
    for n, name in dict.fromkeys((job.n, job.orders) for job in jobs):
        check_memory(n, [p for p, _ in Covariance.of(name).weights])
    parts = sum(part_count(job, most) for job in jobs)
    if parts > MOST_PARTS:
        raise InputError(
            f"a sweep must have at most {MOST_PARTS:,} parts, by fewer jobs, fewer descent.starts "
            f"or a larger part_starts, got {parts:,}"
        )
    largest = max(jobs, key=lambda job: job.starts * job.n)
    check_starts(largest.starts, largest.n)


def _shard(jobs: list[Job], shard: Shard, most: int | None) -> set[Piece]:
    """Return all pieces of a shard, done or not: they depend on the plan alone."""
    return set(share([piece for job in jobs for piece in split(job, most)], shard))
