"""Large jobs in pieces: ranges of starts, each in a file of its own, merged when all are there.

Where a descent ends depends on its start alone, so that any split gives the same result.  The parts
of a job lie in ``parts/IDENTITY/FIRST-COUNT.nc``; parts of different splits may overlap.  Nothing
is locked: files appear whole, writing one twice writes the same numbers, and any process that finds
all parts of a job merges them.
"""

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from spinglass.errors import DamagedFileError, InputError
from spinglass.files.kind import Kind
from spinglass.files.places import check_folder, check_regular
from spinglass.files.store import read_attributes, remove_abandoned, write_dataset
from spinglass.search.descent import Descent
from spinglass.search.results import DESCENTS
from spinglass.sweep.job import Job
from spinglass.sweep.state import JobState, job_state
from spinglass.sweep.sweep_cost import part_starts

MOST_PARTS = 1_000_000

PART = Kind(
    schema="spinglass-part-1",
    noun="a part of a job",
    title="Ends of some of the descents of a job",
    variables={
        name: replace(DESCENTS.variables[name], dtype=np.int64)
        if name in ("index", "status")
        else DESCENTS.variables[name]
        for name in (field.name for field in fields(Descent))
    },
)


@dataclass(frozen=True)
class Piece:
    """A range of the starts of a job: the unit of work."""

    job: Job
    first: int
    count: int


def part_count(job: Job, most: int | None = None) -> int:
    """Return the number of pieces into which `split` cuts a job."""
    return -(-job.starts // (most or part_starts(job)))


def split(job: Job, most: int | None = None) -> list[Piece]:
    """Cut a job into pieces of nearly equal size, of at most ``most`` starts, else `part_starts`.

    The cut never depends on how much of the job is done.
    """
    number = part_count(job, most)
    edges = [job.starts * k // number for k in range(number + 1)]
    return [Piece(job, a, b - a) for a, b in itertools.pairwise(edges)]


def part_folder(job: Job, folder: Path) -> Path:
    """Return the folder of the parts of a job."""
    return folder / "parts" / job.identity


def part_path(piece: Piece, folder: Path) -> Path:
    """Return the file of one part."""
    return part_folder(piece.job, folder) / f"{piece.first}-{piece.count}.nc"


def write_part(piece: Piece, descent: Descent, couplings: str, folder: Path) -> None:
    """Write one part."""
    known = {"job": piece.job.canonical(), "first": piece.first, "count": piece.count}
    data = PART.dataset(vars(descent), known | {"couplings_sha256": couplings})
    path = part_path(piece, folder)
    try:
        write_dataset(data, path)
    except InputError:  # another run has just merged the job and removed the folder
        write_dataset(data, path)


def whole_parts(job: Job, folder: Path) -> list[tuple[int, int, Path]]:
    """List (first, stop, path) of the whole parts of a job; remove damaged ones."""
    parts = []
    for path in part_folder(job, folder).glob("*.nc"):
        try:
            parts += _whole_part(job, path)
        except DamagedFileError:
            path.unlink(missing_ok=True)
    return sorted(parts)


def _whole_part(job: Job, path: Path) -> list[tuple[int, int, Path]]:
    """Return [(first, stop, path)] of a part; empty if the file is no current part of the job."""
    try:
        attributes = read_attributes(path)
    except InputError:
        return []
    if attributes.get("job") != job.canonical() or not PART.is_current(attributes):
        return []
    first = int(attributes["first"])
    return [(first, first + int(attributes["count"]), path)]


def part_state(piece: Piece, folder: Path) -> JobState:
    """Return the state of a piece: of its own part, of others that cover it, or of its job."""
    try:
        if is_covered(piece, _whole_part(piece.job, part_path(piece, folder))):
            return JobState.DONE
    except DamagedFileError:
        return JobState.DAMAGED
    if is_covered(piece, whole_parts(piece.job, folder)):
        return JobState.DONE
    return job_state(piece.job, folder)


def is_covered(piece: Piece, parts: list[tuple[int, int, Path]]) -> bool:
    """Say whether parts hold every start of a piece."""
    reached = piece.first
    for first, stop, _ in parts:
        if first <= reached < stop:
            reached = stop
    return reached >= piece.first + piece.count


def read_parts(job: Job, parts: list[tuple[int, int, Path]]) -> tuple[Descent, str]:
    """Join the parts of a job; return the record of all starts and the checksum of the couplings.

    Raises
    ------
    InputError, DamagedFileError
        If a part has been removed or damaged meanwhile.
    """
    record = Descent.empty(job.starts, job.n)
    couplings = set()
    reached = 0
    for first, stop, path in parts:
        if not first <= reached < stop:
            continue
        data = PART.open(path)
        couplings.add(str(data.attrs["couplings_sha256"]))
        for field in fields(Descent):
            getattr(record, field.name)[reached:stop] = data[field.name].values[reached - first :]
        reached = stop
    if reached != job.starts or len(couplings) != 1:
        raise DamagedFileError(f"the parts of {job.file_name} do not fit together")
    return record, couplings.pop()


def remove_parts(job: Job, folder: Path) -> None:
    """Remove the parts of a job, and the folders that they leave empty."""
    place = part_folder(job, folder)
    for path in _files(place):
        path.unlink(missing_ok=True)
    for empty in (place, place.parent):
        with contextlib.suppress(OSError):
            empty.rmdir()


def clear_abandoned(folder: Path) -> None:
    """Remove the files that killed writers left unfinished among the results and the parts."""
    remove_abandoned(folder)
    for place in _files(folder / "parts"):
        remove_abandoned(place)


def check_places(job: Job, folder: Path) -> None:
    """Refuse a folder in which the name of a job's result or parts is taken by something else.

    Raises
    ------
    InputError
        Naming the path that is not a regular file, or not a folder.
    """
    check_regular(folder / job.file_name)
    place = part_folder(job, folder)
    for above in (place.parent, place):
        check_folder(above)
    for path in _files(place):
        check_regular(path)


def _files(folder: Path) -> Iterator[Path]:
    yield from folder.glob("*") if folder.is_dir() else ()
