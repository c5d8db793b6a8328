"""Do one piece of a job, in any process: the only place where results are made."""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spinglass.arrays import Array
from spinglass.control import Control, Progress
from spinglass.covariance import Covariance
from spinglass.errors import DamagedFileError, InputError
from spinglass.files.provenance import LandscapeOrigin
from spinglass.files.store import write_dataset
from spinglass.landscape.drawn import draw_landscape
from spinglass.landscape.model import Landscape
from spinglass.landscape.planting import hidden_point
from spinglass.parallel import limited_blas, thread_count, thread_share
from spinglass.search.descent import Descent, Status
from spinglass.search.methods.entry import descend
from spinglass.search.minima import distinct_minima
from spinglass.search.results import DESCENTS, descent_dataset
from spinglass.signals import Signal
from spinglass.sweep.job import Begin, Job
from spinglass.sweep.parts import (
    Piece,
    is_covered,
    read_parts,
    remove_parts,
    split,
    whole_parts,
    write_part,
)
from spinglass.sweep.state import JobState, job_state

_kept = threading.local()


@dataclass(frozen=True)
class Outcome:
    """What a job found, in numbers; ``lowest_energy`` is nan if it found no minimum."""

    path: Path
    starts: int
    certified: int
    distinct: int
    lowest_energy: float


@dataclass(frozen=True)
class WorkSettings:
    """Where the results go, an absolute path, and how many threads a piece may use."""

    folder: Path
    threads: int | None = None


@dataclass(frozen=True)
class _Merged:
    """The `LandscapeOrigin` of merged parts, whose couplings need not be drawn again."""

    n: int
    covariance: Covariance
    seed: int | None
    couplings: str
    signal: Signal | None

    @property
    def details(self) -> dict[str, Any]:
        return self.signal.attributes if self.signal else {}

    @property
    def hidden(self) -> Array | None:
        if self.signal is None or self.seed is None:
            return None
        return hidden_point(self.n, self.seed)

    def checksum(self) -> str:
        return self.couplings


Tell = Callable[[Progress], object]


def do_piece(piece: Piece, settings: WorkSettings, tell: Tell) -> Outcome | None:
    """Do a piece unless its result exists; merge the parts if none of the job is missing now.

    Returns the outcome of the job, or None while parts are missing.
    """
    threads = thread_count(settings.threads)
    with limited_blas(threads), thread_share(threads):
        return _do_piece(piece, settings, tell)


def _do_piece(piece: Piece, settings: WorkSettings, tell: Tell) -> Outcome | None:
    job, folder = piece.job, settings.folder
    if there := _outcome_there(job, folder):
        return there
    whole = Piece(job, 0, job.starts)
    parts = whole_parts(job, folder)
    if is_covered(whole, parts):
        return _merge(job, folder)
    if not is_covered(piece, parts):
        model = _model(job)
        descent = _descend(piece, model, tell)
        if piece == whole:
            force = model.radial_force(descent.spins) if job.begin == Begin.HIDDEN else None
            return _write(job, model, descent, folder, force)
        write_part(piece, descent, model.checksum(), folder)
    return _merge(job, folder) if is_covered(whole, whole_parts(job, folder)) else None


def _model(job: Job) -> Landscape:
    """Return the landscape of a job; the last couplings are kept, for jobs that share them."""
    wanted = (job.n, job.orders, job.seed, job.signal)
    if getattr(_kept, "key", None) != wanted:
        _kept.key, _kept.model = None, None
        _kept.model = draw_landscape(*wanted)
        _kept.key = wanted
    model: Landscape = _kept.model
    return model.at_field(job.nu)


def forget_landscape() -> None:
    """Free the memory of the couplings that `_model` keeps."""
    _kept.key, _kept.model = None, None


def _descend(piece: Piece, model: Landscape, tell: Tell) -> Descent:
    job = piece.job
    starts: int | Array = piece.count
    if job.begin == Begin.HIDDEN:
        assert model.hidden is not None
        starts = model.hidden[None]
    return descend(
        model,
        starts,
        start_seed=job.start_seed,
        first=piece.first,
        tol=job.tol,
        method=job.method,
        max_gradients=job.max_gradients,
        control=Control(tell=tell),
    )


def _write(
    job: Job, source: LandscapeOrigin, descent: Descent, folder: Path, force: Array | None = None
) -> Outcome:
    """Write the file of a job."""
    minima = distinct_minima(descent, job.has_pairs)
    parameters: dict[str, object] = {
        "job": job.canonical(),
        "job_identity": job.identity,
        "regime": job.regime,
        "starts": job.starts,
        "start_seed": job.start_seed,
        "method": job.method,
        "tol": job.tol,
        "max_gradients": job.max_gradients,
        **({} if job.begin == Begin.RANDOM else {"begin": job.begin.value}),
    }
    path = folder / job.file_name
    write_dataset(descent_dataset(source, descent, minima, parameters, force), path)
    lowest = float(minima.energy[0]) if minima.energy.size else float("nan")
    return Outcome(path, job.starts, descent.count(Status.MINIMUM), len(minima.energy), lowest)


def _merge(job: Job, folder: Path) -> Outcome:
    """Merge the parts of a job; another process may be doing the same at the same time."""
    try:
        descent, couplings = read_parts(job, whole_parts(job, folder))
    except (InputError, DamagedFileError):
        if there := _outcome_there(job, folder):
            return there
        raise
    source = _Merged(job.n, job.covariance, job.seed, couplings, job.signal)
    outcome = _write(job, source, descent, folder)
    remove_parts(job, folder)
    return outcome


def _outcome_there(job: Job, folder: Path) -> Outcome | None:
    """Return the outcome of a job that is already done, or None."""
    path = folder / job.file_name
    if job_state(job, folder, whole=False) != JobState.DONE:
        return None
    try:
        data = DESCENTS.open(path, ("spins", "minimum_spins"))
    except (InputError, DamagedFileError):
        return None
    distinct = data.sizes["minimum"]
    lowest = float(data["minimum_energy"].values[0]) if distinct else float("nan")
    certified = int((data["status"] == int(Status.MINIMUM)).sum())
    return Outcome(path, job.starts, certified, distinct, lowest)


def pieces_to_do(jobs: list[Job], folder: Path, most: int | None = None) -> list[Piece]:
    """List the pieces that the parts of each job lack; at least one per job, to merge them."""
    pieces = []
    for job in jobs:
        cut = split(job, most)
        parts = whole_parts(job, folder) if len(cut) > 1 else []
        left = [piece for piece in cut if not is_covered(piece, parts)]
        pieces += left or cut[-1:]
    return pieces


def clear_merged(jobs: list[Job], folder: Path) -> None:
    """Remove leftover parts of finished jobs, whose writer was killed before removing them."""
    with contextlib.suppress(OSError):
        there = {path.name for path in (folder / "parts").iterdir()}
        for job in jobs:
            if job.identity in there:
                remove_parts(job, folder)
