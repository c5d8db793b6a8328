"""Check finished results against couplings drawn afresh, independent of what the files say."""

from dataclasses import dataclass
from pathlib import Path

from spinglass.checks import integer_at_least
from spinglass.errors import DamagedFileError, InputError
from spinglass.landscape.drawn import draw_landscape
from spinglass.search.recheck import recheck
from spinglass.search.results import DESCENTS
from spinglass.sweep.job import Job
from spinglass.sweep.state import JobState, job_state


@dataclass(frozen=True)
class Verdict:
    """The outcome of the check of one result.

    Attributes
    ----------
    name : str
        Name of the file.
    state : JobState
        As `job_state` returns it, or WRONG if the numbers do not fit the landscape.
    checked : int
        Minima that were evaluated again.
    energy_error, gradient_norm : float
        Largest deviation of H/n from the file, and largest |g| / sqrt(n) at the minima.
    """

    name: str
    state: JobState
    checked: int = 0
    energy_error: float = 0.0
    gradient_norm: float = 0.0


def verify_job(job: Job, folder: Path, share: float = 0.1, choice_seed: int = 0) -> Verdict:
    """Check the seal of a result, and evaluate a random share of its minima on its landscape.

    Parameters
    ----------
    job, folder
        Which result.
    share : float
        Share of the distinct minima to evaluate, in (0, 1]; at least one, if there are any.
    choice_seed : int
        Seed of the choice of these minima.
    """
    key = (integer_at_least("choice_seed", choice_seed, 0), int(job.identity, 16))
    state = job_state(job, folder, whole=False)
    if state != JobState.DONE:
        return Verdict(job.file_name, state)
    try:
        data = DESCENTS.open(folder / job.file_name, ("spins",))
    except (InputError, DamagedFileError):
        return Verdict(job.file_name, JobState.DAMAGED)
    model = draw_landscape(job.n, job.covariance, job.seed, job.signal)
    points, energy = data["minimum_spins"].values, data["minimum_energy"].values
    rechecked = recheck(model, points, energy, share, key, job.tol)
    right = rechecked.right and data.attrs["couplings_sha256"] == model.checksum()
    shown = (rechecked.checked, rechecked.energy_error, rechecked.gradient_norm)
    return Verdict(job.file_name, JobState.DONE if right else JobState.WRONG, *shown)
