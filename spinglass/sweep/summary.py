"""What a sweep has found, landscape by landscape: numbers only, read one file at a time.

Of each file only the numbers of the minima are read, never a spin, and one file is open at a time:
the memory does not grow with the number of starts, sites or jobs, but for the table itself.
"""

import csv
import io
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path

import numpy as np
import xarray as xr

from spinglass.errors import InputError
from spinglass.store import write_dataset, write_text
from spinglass.sweep.job import Job
from spinglass.sweep.manifest import read_jobs
from spinglass.sweep.state import job_state


@dataclass(frozen=True)
class Summary:
    """One landscape at one field strength.

    Attributes
    ----------
    n, p, nu, disorder
        Which one; ``disorder`` is its seed.
    starts, certified, distinct : int
        Starts, those that ended in a minimum, and distinct minima.
    ground_state_energy : float
        Lowest H/n found; nan where no minimum was.
    basin_entropy : float
        -sum w log w over the shares w of the certified starts; nan where there are none.
    """

    n: int
    p: int
    nu: float
    disorder: int
    starts: int
    certified: int
    distinct: int
    ground_state_energy: float
    basin_entropy: float


_WORDS = {
    "starts": "starts",
    "certified": "starts that ended in a minimum",
    "distinct": "distinct minima",
    "ground_state_energy": "lowest energy per spin H/n",
    "basin_entropy": "entropy of the basin weights, natural logarithm",
}


def summaries(folder: Path) -> Iterator[Summary]:
    """Yield the summary of every job of a sweep that is done, in the order of the plan.

    Raises
    ------
    InputError
        If the folder holds no sweep.
    """
    for job in read_jobs(Path(folder)):
        if job_state(job, Path(folder)) == "done":
            yield _summarize(job, Path(folder))


def _summarize(job: Job, folder: Path) -> Summary:
    import h5py

    with h5py.File(folder / job.file_name, "r") as file:
        energy, count = file["minimum_energy"][...], file["minimum_count"][...]
    total = int(count.sum())
    weights = count / total if total else np.full(0, np.nan)
    lowest = float(energy.min()) if total else math.nan
    entropy = float(-(weights * np.log(weights)).sum()) + 0.0 if total else math.nan
    here = (job.n, job.p, job.nu, job.seed)
    return Summary(*here, job.starts, total, len(energy), lowest, entropy)


def open_sweep(folder: Path | str) -> xr.Dataset:
    """Return the summaries of a sweep as one dataset over (n, p, nu, disorder).

    What is not done yet is nan.  No spins are read; those of one landscape are in its own file,
    which `spinglass.open_result` opens.

    Raises
    ------
    InputError
        If the folder holds no sweep, or nothing of it is done.
    """
    found = list(summaries(Path(folder)))
    if not found:
        raise InputError(f"nothing is done yet in {folder}")
    names = ("n", "p", "nu", "disorder")
    axes = {name: sorted({getattr(row, name) for row in found}) for name in names}
    place = {name: {v: k for k, v in enumerate(values)} for name, values in axes.items()}
    tables = {name: np.full([len(v) for v in axes.values()], np.nan) for name in _WORDS}
    for row in found:
        where = tuple(place[name][getattr(row, name)] for name in names)
        for name, table in tables.items():
            table[where] = getattr(row, name)
    described = {
        name: (names, table, {"long_name": _WORDS[name], "units": "1"})
        for name, table in tables.items()
    }
    return xr.Dataset(described, coords=axes, attrs={"title": "Summary of a sweep"})


@dataclass(frozen=True)
class Average:
    """Averages over disorder at one point, with standard errors (nan for a single sample).

    Attributes
    ----------
    n, p, nu, samples
        Which point, and how many samples of disorder.
    minima, minima_error : float
        Mean number of distinct minima.
    annealed, quenched, quenched_error : float
        Logarithm of that mean, and mean of the logarithm: annealed >= quenched.
    ground_state_energy, ground_state_energy_error, basin_entropy, basin_entropy_error : float
        Means of the two.
    """

    n: int
    p: int
    nu: float
    samples: int
    minima: float
    minima_error: float
    annealed: float
    quenched: float
    quenched_error: float
    ground_state_energy: float
    ground_state_energy_error: float
    basin_entropy: float
    basin_entropy_error: float


class _Mean:
    """Mean and standard error of numbers that are seen once (Welford's recurrence)."""

    def __init__(self) -> None:
        self.count, self.mean, self._squares = 0, 0.0, 0.0

    def add(self, value: float) -> None:
        self.count += 1
        step = value - self.mean
        self.mean += step / self.count
        self._squares += step * (value - self.mean)

    @property
    def error(self) -> float:
        if self.count < 2:
            return math.nan
        return math.sqrt(self._squares / (self.count - 1) / self.count)


def averages(rows: Iterable[Summary]) -> list[Average]:
    """Average over disorder at each (n, p, nu); samples without a minimum are left out."""
    points: dict[tuple[int, int, float], list[_Mean]] = defaultdict(
        lambda: [_Mean() for _ in "mlge"]
    )
    for row in rows:
        if row.distinct:
            values = (row.distinct, math.log(row.distinct))
            numbers = (*values, row.ground_state_energy, row.basin_entropy)
            for mean, value in zip(points[row.n, row.p, row.nu], numbers, strict=True):
                mean.add(value)
    return [
        Average(
            *key,
            minima.count,
            minima.mean,
            minima.error,
            math.log(minima.mean),
            *(x for mean in others for x in (mean.mean, mean.error)),
        )
        for key, (minima, *others) in sorted(points.items())
    ]


def export(folder: Path, out: Path) -> None:
    """Write the summaries of a sweep as ``.csv`` (one row a landscape), ``.nc`` or ``.zarr``.

    Raises
    ------
    InputError
        If the suffix is another, or what it needs is not installed.
    """
    if out.suffix == ".csv":
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow([field.name for field in fields(Summary)])
        table.writerows(astuple(row) for row in summaries(folder))
        write_text(text.getvalue(), out)
    elif out.suffix == ".nc":
        write_dataset(open_sweep(folder), out)
    elif out.suffix == ".zarr":
        data = open_sweep(folder)
        try:
            data.to_zarr(out, mode="w")
        except (ImportError, ValueError) as error:
            raise InputError(
                f"zarr is needed: pip install 'spinglass[cluster]' ({error})"
            ) from error
    else:
        raise InputError(f"--out must end in .csv, .nc or .zarr, got {str(out)!r}")


def as_rows(found: Iterable[Average]) -> list[dict[str, float | None]]:
    """Return averages as rows for JSON, which knows no nan."""
    return [
        {name: None if value != value else value for name, value in asdict(row).items()}
        for row in found
    ]
