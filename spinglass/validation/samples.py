"""What the samples of a point have shown: two tables in one sealed file."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spinglass.errors import DamagedFileError, InputError
from spinglass.files.provenance import VALIDATION_SCHEMA, is_ours, package_versions
from spinglass.files.seal import Seal, read_seal
from spinglass.files.store import read_dataset, write_dataset
from spinglass.landscape.model import Array
from spinglass.validation.point import MINIMA, STATIONARY, Point

Whole = NDArray[np.int64]

_VARIABLES = {
    "seed": ("sample", "seed of the landscape"),
    "starts": ("sample", "searches made"),
    "complete": ("sample", "1 if every check of completeness held"),
    "sample": ("found", "sample that the point belongs to"),
    "index": ("found", "Morse index"),
    "energy": ("found", "energy per spin H/n"),
    "gap": ("found", "smallest size of a tangent eigenvalue"),
    "hits": ("found", "searches that ended in the point"),
}


@dataclass(frozen=True)
class Record:
    """Points found in the first samples of an ensemble.

    Attributes
    ----------
    seed, starts, complete : (samples,) int64
        Seed of each landscape, searches made in it, and whether it is complete: for
        ``stationary`` all checks held, for ``minima`` the unseen weight asked for was reached.
    sample, index, hits : (found,) int64
        Which sample each point belongs to, its Morse index, searches that ended there.
    energy, gap : (found,) float64
        H/n, and the smallest size of a tangent eigenvalue.
    """

    seed: Whole
    starts: Whole
    complete: Whole
    sample: Whole
    index: Whole
    energy: Array
    gap: Array
    hits: Whole

    @classmethod
    def empty(cls) -> "Record":
        """Return the record of no samples."""
        whole, real = np.empty(0, np.int64), np.empty(0)
        return cls(whole, whole, whole, whole, whole, real, real, whole)

    @property
    def samples(self) -> int:
        """Samples in the record."""
        return len(self.seed)

    def first(self, samples: int) -> "Record":
        """Return the record of the first so many samples."""
        rows = self.sample < samples
        return Record(
            **{
                name: getattr(self, name)[:samples]
                if axis == "sample"
                else getattr(self, name)[rows]
                for name, (axis, _) in _VARIABLES.items()
            }
        )

    def joined(self, others: "list[Record]") -> "Record":
        """Return this record with those of later samples, numbered on, behind it."""
        parts = [self, *others]
        shift = np.cumsum([0, *(part.samples for part in parts)])
        columns = {
            name: np.concatenate([getattr(part, name) for part in parts]) for name in _VARIABLES
        }
        columns["sample"] = np.concatenate(
            [part.sample + before for part, before in zip(parts, shift, strict=False)]
        )
        return Record(**columns)


def write_record(point: Point, record: Record, folder: Path) -> Path:
    """Write the samples of a point so far; return the path."""
    data = xr.Dataset(
        {
            name if name != "sample" else "of_sample": (
                axis,
                getattr(record, name),
                {"long_name": words, "units": "1"},
            )
            for name, (axis, words) in _VARIABLES.items()
        },
        attrs={
            "schema": VALIDATION_SCHEMA,
            "title": "Stationary points of samples of a spherical p-spin glass",
            "point": point.canonical(),
            "versions": json.dumps(package_versions(), sort_keys=True),
        },
    )
    path = folder / point.file_name
    write_dataset(data, path)
    return path


def read_record(point: Point, folder: Path) -> Record:
    """Read the samples of a point that a folder holds; those of another version do not count.

    Raises
    ------
    DamagedFileError
        If the file is damaged or not of this point.
    """
    path = folder / point.file_name
    if not path.exists():
        return Record.empty()
    data = _read(path)
    if data.attrs.get("point") != point.canonical():
        raise DamagedFileError(f"{path} is damaged: it holds another point than its name says")
    return _record(data) if is_ours(data.attrs, VALIDATION_SCHEMA) else Record.empty()


def read_folder(folder: Path) -> list[tuple[Point, Record]]:
    """Read every point of a folder, those of all indices first, by p, n and nu.

    Raises
    ------
    InputError
        If there is no folder, or no point in it.
    DamagedFileError
        If a file is damaged.
    """
    if not folder.is_dir():
        raise InputError(f"no such folder: {folder}")
    found = []
    for path in [path for kind in (STATIONARY, MINIMA) for path in folder.glob(f"{kind}-*.nc")]:
        data = _read(path)
        record = _record(data)
        found.append((Point(**json.loads(data.attrs["point"]), samples=record.samples), record))
    if not found:
        raise InputError(f"no point in {folder}: run `spinglass validate` with this --out first")
    return sorted(found, key=lambda one: (-ord(one[0].kind[0]), one[0].p, one[0].n, one[0].nu))


def _read(path: Path) -> xr.Dataset:
    data = read_dataset(path)
    if read_seal(path) is not Seal.WHOLE or data.attrs.get("schema") != VALIDATION_SCHEMA:
        raise DamagedFileError(f"{path} is damaged, or not a point of a validation")
    return data


def _record(data: xr.Dataset) -> Record:
    return Record(
        **{name: data["of_sample" if name == "sample" else name].values for name in _VARIABLES}
    )
