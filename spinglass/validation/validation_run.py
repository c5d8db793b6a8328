"""Search the samples of a point, one thread for each, and keep them on disk as they are done."""

import time
from pathlib import Path
from typing import Any

import numpy as np

from spinglass.control import FREE, Control, Progress, WorkUnit
from spinglass.errors import DamagedFileError
from spinglass.landscape.drawn import draw_landscape
from spinglass.parallel import single_threaded_blas, stream_threads
from spinglass.search.census import take_census
from spinglass.search.stationary import find_stationary_points
from spinglass.validation.point import MINIMA, Point
from spinglass.validation.samples import Record, read_record, write_record

WRITE_EVERY = 20.0
"""Seconds between writes; an interruption loses the work of no more than these."""

_MOST_STARTS = 10_000_000


def validate_point(
    point: Point,
    folder: Path | None = None,
    control: Control = FREE,
) -> Record:
    """Search the samples of a point; those that the folder already holds are not done again.

    A file that is damaged, or was written by another version of the package, is replaced.

    Parameters
    ----------
    point : Point
        The point whose samples to search.
    folder : Path, optional
        The folder for its file; by default nothing is kept.
    control : Control
        Its threads are the samples searched at once.  Asked after every sample, and told of the
        samples done, including those that the folder held.

    Returns
    -------
    Record
        Exactly ``point.samples`` samples, or fewer if ``control`` stopped the work.

    Raises
    ------
    InputError
        If a parameter of the point is not allowed.
    StorageError
        If the file cannot be written; its earlier content is kept.
    """
    done = Record.empty() if folder is None else _kept(point, folder)
    words = f"n={point.n} {point.covariance.label} nu={point.nu:.4g} {point.kind}"

    def tell(count: int) -> None:
        control.tell(Progress(min(count, point.samples), point.samples, WorkUnit.SAMPLES, words))

    tell(done.samples)
    fresh: list[Record] = []
    written, saved = time.monotonic(), 0
    samples = range(done.samples, point.samples)
    try:
        with single_threaded_blas(), control.in_force():
            for record in stream_threads(lambda k: search_sample(point, k), samples):
                fresh.append(record)
                tell(done.samples + len(fresh))
                if folder is not None and time.monotonic() - written > WRITE_EVERY:
                    write_record(point, done.joined(fresh), folder)
                    written, saved = time.monotonic(), len(fresh)
                if control.spent:
                    break
    finally:
        done = done.joined(fresh)
        if folder is not None and len(fresh) > saved:
            write_record(point, done, folder)
    return done.first(point.samples)


def _kept(point: Point, folder: Path) -> Record:
    try:
        return read_record(point, folder)
    except DamagedFileError:
        return Record.empty()


def search_sample(point: Point, number: int) -> Record:
    """Search the sample of a point with a number; return its record."""
    seed = point.sample_seed(number)
    model = draw_landscape(point.n, point.covariance, seed)
    if point.kind == MINIMA:
        census = take_census(model, point.unseen, max_starts=_MOST_STARTS)
        index = np.zeros(len(census.energy), np.int64)
        return _row(
            seed, census.starts, census.complete, index, census.energy, census.lambda_min,
            census.count,
        )  # fmt: skip
    points = find_stationary_points(model, method=point.method, max_starts=_MOST_STARTS)
    return _row(
        seed, points.starts, points.complete, points.index, points.energy, points.gap, points.hits
    )


def _row(
    seed: int, starts: int, complete: bool, index: Any, energy: Any, gap: Any, hits: Any
) -> Record:
    made, searched, done = (np.array([value], np.int64) for value in (seed, starts, complete))
    return Record(made, searched, done, np.zeros(len(index), np.int64), index, energy, gap, hits)
