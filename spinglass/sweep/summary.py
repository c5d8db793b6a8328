"""What a sweep has found, landscape by landscape: numbers only, read one file at a time.

Only the energies and counts of the minima are read, never spins, from one open file at a time:
memory does not grow with the number of starts, spins or jobs.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from spinglass.covariance import Name
from spinglass.files.places import named
from spinglass.files.store import open_hdf5
from spinglass.search.coverage import basin_entropy
from spinglass.sweep.job import Job
from spinglass.sweep.manifest import read_jobs
from spinglass.sweep.state import JobState, job_state


@dataclass(frozen=True)
class Summary:
    """One landscape at one field strength.

    Attributes
    ----------
    n, orders, nu, seed
        Which one: the order of a pure model or a mixture, and the seed of the disorder.
    starts, certified, distinct : int
        Starts, those that ended in a minimum, and distinct minima; x and -x count as one if
        H(-x) = H(x), unless the descents began at a hidden point.
    ground_state_energy : float
        Lowest H/n found; nan if no minimum was found.
    basin_entropy : float
        Entropy of the basin weights in nats, with Miller and Madow's correction
        (`spinglass.search.coverage.basin_entropy`); nan if no start is certified.
    signal : str
        What is hidden in it, such as ``planted=0.85``; empty for nothing.
    lowest_overlap, mean_overlap : float
        Overlap of the lowest minimum with the hidden point, and the mean over the starts that ended
        in a minimum; nan if there is no hidden point or no minimum.
    """

    n: int
    orders: Name
    nu: float
    seed: int
    starts: int
    certified: int
    distinct: int
    ground_state_energy: float
    basin_entropy: float
    signal: str = ""
    lowest_overlap: float = math.nan
    mean_overlap: float = math.nan


OF_SIGNALS = ("signal", "lowest_overlap", "mean_overlap")
"""Columns that tables have only if a point is hidden in some landscape."""


def summarize(job: Job, folder: Path) -> Summary | None:
    """Return the summary of a job, or None if it is not done."""
    if job_state(job, folder) != JobState.DONE:
        return None
    path = folder / job.file_name
    with named(path), open_hdf5(path) as file:
        energy, count = file["minimum_energy"][...], file["minimum_count"][...]
        overlap = file["minimum_overlap"][...] if job.signal else None
    total = int(count.sum())
    lowest = float(energy.min()) if total else math.nan
    here = (job.n, job.orders, job.nu, job.seed)
    summary = Summary(*here, job.starts, total, len(energy), lowest, basin_entropy(count))
    if overlap is None or job.signal is None:
        return summary
    overlaps = (math.nan, math.nan)
    if total:
        overlaps = float(overlap[energy.argmin()]), float(overlap @ count) / total
    return replace(
        summary, signal=job.signal.label, lowest_overlap=overlaps[0], mean_overlap=overlaps[1]
    )


def summaries(folder: Path) -> Iterator[Summary]:
    """Yield the summary of every finished job of a sweep, in the order of the plan.

    Raises
    ------
    InputError
        If the folder holds no sweep.
    """
    for job in read_jobs(Path(folder)):
        summary = summarize(job, Path(folder))
        if summary:
            yield summary
