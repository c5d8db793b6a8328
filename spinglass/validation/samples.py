"""The points found in the samples of a validation's point: two tables in one sealed file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from spinglass.arrays import Array, IntArray
from spinglass.errors import DamagedFileError, InputError
from spinglass.files.kind import Kind, Variable, Words
from spinglass.files.places import check_folder_to_read
from spinglass.files.store import write_dataset
from spinglass.validation.point import MINIMA, STATIONARY, Point

VALIDATION = Kind(
    schema="spinglass-validation-1",
    noun="a point of a validation",
    title="Stationary points of samples of a spherical p-spin glass",
    attributes=("point",),
    variables={
        "seed": Variable(("sample",), "seed of the landscape", np.int64),
        "starts": Variable(("sample",), "searches made", np.int64),
        "complete": Variable(("sample",), "1 if every check of completeness held", np.int64),
        "of_sample": Variable(("found",), "sample that the point belongs to", np.int64),
        "index": Variable(("found",), "Morse index", np.int64),
        "energy": Variable(("found",), Words.ENERGY),
        "gap": Variable(("found",), "smallest size of a tangent eigenvalue"),
        "hits": Variable(("found",), "searches that ended in the point", np.int64),
    },
)


@dataclass(frozen=True)
class Record:
    """Points found in the first samples of an ensemble.

    Attributes
    ----------
    seed, starts, complete : (samples,) int64
        Seed of each landscape, searches made in it, and whether it is complete: for
        ``stationary`` all checks held, for ``minima`` the unseen weight asked for was reached.
    of_sample, index, hits : (found,) int64
        The sample of each point, its Morse index, and the searches that ended at it.
    energy, gap : (found,) float64
        H/n, and the smallest absolute value of a tangent eigenvalue.
    """

    seed: IntArray
    starts: IntArray
    complete: IntArray
    of_sample: IntArray
    index: IntArray
    energy: Array
    gap: Array
    hits: IntArray

    @classmethod
    def empty(cls) -> "Record":
        """Return a record without samples."""
        whole, real = np.empty(0, np.int64), np.empty(0)
        return cls(whole, whole, whole, whole, whole, real, real, whole)

    @classmethod
    def of(cls, data: xr.Dataset) -> "Record":
        """Return the record of a dataset of the kind `VALIDATION`."""
        return cls(**VALIDATION.arrays(data))

    @property
    def samples(self) -> int:
        """Number of samples in the record."""
        return len(self.seed)

    def first(self, samples: int) -> "Record":
        """Return the record of the first ``samples`` samples."""
        rows: dict[str, Any] = {"sample": slice(samples), "found": self.of_sample < samples}
        kept = {k: getattr(self, k)[rows[v.dims[0]]] for k, v in VALIDATION.variables.items()}
        return Record(**kept)

    def joined(self, others: "list[Record]") -> "Record":
        """Return this record with the samples of others appended and renumbered."""
        parts = [self, *others]
        shift = np.cumsum([0, *(part.samples for part in parts)])
        columns = {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in VALIDATION.variables
        }
        columns["of_sample"] = np.concatenate(
            [part.of_sample + before for part, before in zip(parts, shift, strict=False)]
        )
        return Record(**columns)


def write_record(point: Point, record: Record, folder: Path | str) -> Path:
    """Write the samples that a point has so far; return the path."""
    path = Path(folder) / point.file_name
    VALIDATION.check_replaceable(path)
    write_dataset(VALIDATION.dataset(vars(record), {"point": point.canonical()}), path)
    return path


def read_record(point: Point, folder: Path | str) -> Record:
    """Read the samples of a point in a folder; none if another version of the package wrote them.

    Raises
    ------
    DamagedFileError
        If the file is damaged or holds another point.
    """
    path = Path(folder) / point.file_name
    if not path.exists():
        return Record.empty()
    data = VALIDATION.open(path)
    if data.attrs.get("point") != point.canonical():
        raise DamagedFileError(f"{path} is damaged: it holds another point than its name says")
    return Record.of(data) if VALIDATION.is_current(data.attrs) else Record.empty()


def read_folder(folder: Path | str) -> list[tuple[Point, Record]]:
    """Read every point in a folder: first ``stationary``, then ``minima``, by orders, n and nu.

    Raises
    ------
    InputError
        If ``folder`` does not exist, is not a folder, or holds no point.
    DamagedFileError
        If a file is damaged.
    """
    folder = Path(folder)
    check_folder_to_read(folder)
    samples = []
    for path in [path for kind in (STATIONARY, MINIMA) for path in folder.glob(f"{kind}-*.nc")]:
        data = VALIDATION.open(path)
        record = Record.of(data)
        samples.append((Point.of(data.attrs["point"], record.samples), record))
    if not samples:
        raise InputError(f"no point of a validation in {folder}")
    return sorted(samples, key=_place)


def _place(one: tuple[Point, Record]) -> tuple[object, ...]:
    point, _ = one
    return point.kind == MINIMA, point.covariance.weights, point.n, point.nu
