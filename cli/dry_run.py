"""What a sweep would do: its jobs, their cost, and how many are left."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spinglass_cli.progress import duration

if TYPE_CHECKING:
    from spinglass.sweep import Job, Options, SweepConfig


def list_jobs(config: "SweepConfig", folder: Path, options: "Options") -> None:
    """Print each job with its estimated time, memory and disk; write nothing."""
    from spinglass.parallel import thread_count
    from spinglass.search.descent_cost import machine_speed
    from spinglass.sweep import JobState, job_state, plan_jobs
    from spinglass.sweep.manifest import check_same_sweep
    from spinglass.sweep.parts import part_count

    jobs = plan_jobs(config)
    check_same_sweep(jobs, folder)
    for job in jobs:
        click.echo(
            f"  {job.file_name}: {job.starts:,} starts in "
            f"{_counted(part_count(job, options.part_starts), 'part')}, {_sum([job])}"
        )
    threads = thread_count()
    click.echo(f"{_counted(len(jobs), 'job')}: {_sum(jobs)}")
    click.echo(
        f"Estimates for this machine, {machine_speed():.2f} times as fast as that of the fit, "
        f"each within a factor of two (gd: five); with {_counted(threads, 'thread')} "
        f"about {duration(_seconds(jobs) / threads)}"
    )
    left = [job for job in jobs if job_state(job, folder) != JobState.DONE]
    if len(left) < len(jobs):
        words = f": {_sum(left)}" if left else ""
        click.echo(f"{len(left)} of them are not done in {folder}{words}")


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _sum(jobs: "Sequence[Job]") -> str:
    from spinglass.sweep.sweep_cost import job_disk, job_memory

    return (
        f"about {duration(_seconds(jobs))} of one core, "
        f"{max(map(job_memory, jobs)) / 2**20:,.0f} MiB of memory, "
        f"{sum(map(job_disk, jobs)) / 2**20:,.1f} MiB of disk"
    )


def _seconds(jobs: "Sequence[Job]") -> float:
    from spinglass.search.descent_cost import machine_speed
    from spinglass.sweep.sweep_cost import job_seconds

    return sum(map(job_seconds, jobs)) / machine_speed()
