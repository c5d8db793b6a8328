"""Run the jobs of a sweep in one folder; what is there already is not done again."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from spinglass.couplings import check_memory
from spinglass.descent import Status, descend
from spinglass.minima import distinct_minima
from spinglass.model import PSpin
from spinglass.results import to_dataset
from spinglass.store import write_dataset
from spinglass.sweep.config import SweepConfig
from spinglass.sweep.plan import Job, plan_jobs
from spinglass.sweep.state import job_state, write_manifest


class Reporter(Protocol):
    """Who is told how the work proceeds."""

    def planned(self, jobs: list[Job], to_do: list[Job]) -> None:
        """Say what is planned and what of it is left to do."""

    def started(self, job: Job) -> None:
        """Say that a job begins."""

    def advanced(self, starts: int) -> None:
        """Say that more starts have ended; called from any thread."""

    def finished(self, job: Job, outcome: "Outcome") -> None:
        """Say that a job's file is written."""


@dataclass(frozen=True)
class Outcome:
    """What a job found, in numbers."""

    path: Path
    starts: int
    certified: int
    distinct: int
    lowest_energy: float


@dataclass
class Progress:
    """What has been done when a sweep ends or is interrupted."""

    jobs: int = 0
    already: int = 0
    foreign: int = 0
    done: list[Outcome] = field(default_factory=list)


def run_sweep(
    config: SweepConfig, folder: Path, reporter: Reporter, threads: int | None = None
) -> Progress:
    """Do every job of a configuration whose result is not in the folder yet.

    Parameters
    ----------
    config : SweepConfig
        The grid.
    folder : Path
        Where the files go; made if missing.
    reporter : Reporter
        Told of every step.
    threads : int, optional
        Threads; no result depends on their number.

    Raises
    ------
    InputError
        If the folder cannot be written to, or a landscape would not fit into memory: found out
        before anything is computed.
    """
    jobs = plan_jobs(config)
    for n, p in dict.fromkeys((job.n, job.p) for job in jobs):
        check_memory(n, p)
    write_manifest(config, jobs, folder)
    states = {job: job_state(job, folder) for job in jobs}
    to_do = [job for job in jobs if states[job] in ("missing", "damaged")]
    count = Counter(states.values())
    progress = Progress(len(jobs), count["done"], count["foreign"])
    reporter.planned(jobs, to_do)
    landscape: tuple[int, int, int] | None = None
    model: PSpin | None = None
    for job in to_do:
        reporter.started(job)
        if model is None or landscape != (job.n, job.p, job.seed):
            model = None
            model = PSpin(job.n, job.p, 0.0, job.seed, threads=threads)
            landscape = (job.n, job.p, job.seed)
        outcome = run_job(job, model.at_field(job.nu), folder, reporter)
        progress.done.append(outcome)
        reporter.finished(job, outcome)
    return progress


def run_job(job: Job, model: PSpin, folder: Path, reporter: Reporter) -> Outcome:
    """Do one job and write its file."""
    descent = descend(
        model,
        job.starts,
        seed=job.start_seed,
        tol=job.tol,
        method=job.method,
        max_gradients=job.max_gradients,
        progress=reporter.advanced,
    )
    minima = distinct_minima(descent, model.is_even)
    parameters: dict[str, object] = {
        "job": job.canonical(),
        "job_identity": job.identity,
        "regime": job.regime,
        "starts": job.starts,
        "start_seed": job.start_seed,
        "method": job.method,
        "tol": job.tol,
        "max_gradients": job.max_gradients,
    }
    path = folder / job.file_name
    write_dataset(to_dataset(model, descent, minima, parameters), path)
    lowest = float(minima.energy[0]) if minima.energy.size else float("nan")
    return Outcome(path, job.starts, descent.count(Status.MINIMUM), len(minima.energy), lowest)
