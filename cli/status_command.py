"""`spinglass status`: the states of the jobs in the folder of a sweep."""

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spinglass_cli.options import folder_argument, json_option

if TYPE_CHECKING:
    from spinglass.sweep import JobState

UNFINISHED = 3
"""Exit code if nothing has failed, but results of a sweep are missing."""


@click.command(epilog="Example: spinglass status results/quick")
@folder_argument
@json_option
def status(folder: Path, as_json: bool) -> None:
    """Say which jobs of the sweep in DIR are done, missing, damaged or of a foreign version.

    It looks at the length and the attributes of each file; `verify` reads all of it.
    """
    from spinglass.sweep.state import STATES

    states = job_states(folder)
    counts = Counter(states.values())
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "counts": counts, "jobs": states}, indent=1))
        return
    for name, state in states.items():
        click.echo(f"  {state:<8} {name}")
    summary = ", ".join(f"{counts[state]} {state}" for state in STATES)
    click.echo(f"{len(states)} jobs in {folder}: {summary}")


def job_states(folder: Path) -> "dict[str, JobState]":
    """Return the state of every planned job by file name, without reading the files whole."""
    from spinglass.sweep.manifest import read_jobs
    from spinglass.sweep.state import job_state

    return {job.file_name: job_state(job, folder, whole=False) for job in read_jobs(folder)}
