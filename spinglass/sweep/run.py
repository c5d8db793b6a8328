"""Run the jobs of a sweep in one folder; what is there already is not done again."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from spinglass.couplings import check_memory
from spinglass.descent import Status, descend
from spinglass.errors import DamagedFileError, InputError
from spinglass.minima import distinct_minima
from spinglass.model import PSpin
from spinglass.results import open_result, to_dataset
from spinglass.store import write_dataset, write_text
from spinglass.sweep.config import SweepConfig
from spinglass.sweep.plan import Job, plan_jobs

MANIFEST = "sweep.json"


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
    to_do = [job for job in jobs if job_state(job, folder) != "done"]
    progress = Progress(len(jobs), len(jobs) - len(to_do))
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


def job_state(job: Job, folder: Path) -> str:
    """Return ``done``, ``missing`` or ``damaged`` for the result of a job."""
    path = folder / job.file_name
    if not path.exists():
        return "missing"
    try:
        data = open_result(path)
    except DamagedFileError:
        return "damaged"
    whole = data.attrs.get("job") == job.canonical() and data.sizes["start"] == job.starts
    return "done" if whole else "damaged"


def write_manifest(config: SweepConfig, jobs: Iterable[Job], folder: Path) -> None:
    """Write what is planned beside the results, so that `status` needs nothing else."""
    text = json.dumps(
        {
            "schema": "spinglass-sweep-1",
            "config": config.model_dump(mode="json", exclude_none=True),
            "jobs": [json.loads(job.canonical()) for job in jobs],
        },
        indent=1,
    )
    write_text(text + "\n", folder / MANIFEST)


def read_manifest(folder: Path) -> tuple[SweepConfig, list[Job]]:
    """Read what was planned in a folder.

    Raises
    ------
    InputError
        If the folder holds no sweep.
    DamagedFileError
        If the manifest cannot be understood.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(f"{folder} holds no sweep: there is no {MANIFEST} in it")
    try:
        plan = json.loads(path.read_text(encoding="utf-8"))
        config = SweepConfig.model_validate(plan["config"])
        return config, [Job(**job) for job in plan["jobs"]]
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedFileError(f"{path} is not a sweep manifest: {error}") from error
