"""A whole sweep as one lazy xarray dataset: each file is read when one of its numbers is needed."""

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.backends import BackendArray
from xarray.core import indexing

from spinglass.arrays import Array
from spinglass.covariance import column_of
from spinglass.files.labelled import labelled
from spinglass.sweep.job import Job
from spinglass.sweep.manifest import read_jobs
from spinglass.sweep.summary import OF_SIGNALS, summarize

_ORDERS = {"p": "order of interaction", "mixture": "orders and weights c_p^2 of the covariance"}

_WORDS = {
    "starts": "starts",
    "certified": "starts that ended in a minimum",
    "distinct": "distinct minima, x and -x as one where H(-x) = H(x)",
    "ground_state_energy": "lowest energy per spin H/n",
    "basin_entropy": "entropy of the basin weights in nats, with Miller and Madow's correction",
    "lowest_overlap": "overlap of the lowest minimum with the hidden point",
    "mean_overlap": "mean of that overlap over the starts that ended in a minimum",
}


def open_sweep(folder: Path | str) -> xr.Dataset:
    """Return the summaries of a sweep as one dataset over (n, p, nu, seed).

    If any job is a mixture, the second axis is ``mixture``, with texts such as 2:1,3:0.5.  If any
    landscape hides a point, there is a further axis ``signal``, with texts such as planted=0.85.

    Only the plan is read at first; each result file is read once, without its spins, when one of
    its numbers is needed.  Jobs not planned, or not done by then, are nan.  The minima themselves
    are in the files, which `spinglass.open_result` opens.

    Raises
    ------
    InputError
        If the folder holds no sweep.
    """
    folder = Path(folder)
    jobs = read_jobs(folder)
    points, axes = _axes(jobs)
    place = {name: {value: k for k, value in enumerate(axis)} for name, (_, axis) in axes.items()}
    number = np.full([len(axis) for _, axis in axes.values()], -1)
    for k, point in enumerate(points):
        number[tuple(place[name][value] for name, value in zip(axes, point, strict=True))] = k
    table = _Table(folder, jobs)
    lazy = [
        indexing.LazilyIndexedArray(_Column(table, column, number)) for column in range(len(_WORDS))
    ]
    variables = {
        name: (tuple(axes), values, words)
        for values, (name, words) in zip(lazy, _WORDS.items(), strict=True)
        if "signal" in axes or name not in OF_SIGNALS
    }
    coordinates = {name: (name, axis, words) for name, (words, axis) in axes.items()}
    return labelled({**variables, **coordinates}, {"title": "Summary of a sweep"})


def _axes(jobs: list[Job]) -> tuple[list[tuple[Any, ...]], dict[str, tuple[str, list[Any]]]]:
    """Return the point of each job on the axes, and the description and values of each axis."""
    key, orders = column_of(job.orders for job in jobs)
    points: list[tuple[Any, ...]] = [
        (job.n, order, job.nu, job.seed) for job, order in zip(jobs, orders, strict=True)
    ]
    weights = {order: job.covariance.weights for job, order in zip(jobs, orders, strict=True)}
    words = {
        "n": "spins",
        key: _ORDERS[key],
        "nu": "field strength",
        "seed": "seed of the landscape",
    }
    if any(job.signal is not None for job in jobs):
        words["signal"] = "what is hidden in the landscape"
        labels = [job.signal.label if job.signal else "" for job in jobs]
        points = [(*point, label) for point, label in zip(points, labels, strict=True)]
    columns = zip(words, zip(*points, strict=True), strict=True)
    values = {
        name: sorted(set(column), key=weights.__getitem__ if name == key else None)
        for name, column in columns
    }
    return points, {name: (words[name], axis) for name, axis in values.items()}


class _Table:
    """The numbers of each job, read when first needed."""

    def __init__(self, folder: Path, jobs: list[Job]) -> None:
        self._folder, self._jobs = folder, jobs
        self._numbers = np.full((len(jobs), len(_WORDS)), np.nan)
        self._known = np.zeros(len(jobs), bool)

    def row(self, number: int) -> Array:
        if not self._known[number]:
            summary = summarize(self._jobs[number], self._folder)
            if summary:
                self._numbers[number] = [getattr(summary, name) for name in _WORDS]
                self._known[number] = True
        return self._numbers[number]


class _Column(BackendArray):
    """One variable of the table, on the grid of the sweep."""

    dtype = np.dtype(float)

    def __init__(self, table: _Table, column: int, number: NDArray[np.int64]) -> None:
        self._table, self._column, self._number = table, column, number
        self.shape = number.shape

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER, self._read
        )

    def _read(self, key: tuple[Any, ...]) -> Array:
        wanted = self._number
        for axis in reversed(range(len(key))):  # from the last: an integer removes its axis
            wanted = wanted[(slice(None),) * axis + (key[axis],)]
        flat = [
            self._table.row(int(number))[self._column] if number >= 0 else np.nan
            for number in np.ravel(wanted)
        ]
        return np.array(flat, float).reshape(np.shape(wanted))
