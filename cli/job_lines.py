"""Print what each job of a sweep has found, in one line."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from spinglass.control import Progress

MOST_LINES = 100
"""Most jobs for which one line each is printed; the jobs of larger sweeps are only in the log."""


class JobLines:
    """Prints how much is planned, what each job has found, and the messages of engines."""

    def __init__(self) -> None:
        self._say_jobs = True

    def __call__(self, progress: "Progress") -> None:
        """Print what is worth saying about an event of a sweep."""
        from spinglass.sweep.account import EventKind

        event = progress.found
        account, job = event.account, event.job
        if event.kind == EventKind.PLANNED:
            self._say_jobs = len(account.left) <= MOST_LINES
            of = f" of {account.planned:,}" if account.elsewhere else ""
            click.echo(f"{account.jobs:,}{of} jobs, {len(account.left):,} to do")
        elif event.kind == EventKind.FINISHED and self._say_jobs:
            outcome = account.done[-1]
            click.echo(
                f"  n={job.n} {job.label} nu={job.nu:<7.4g} seed={job.seed}: "
                f"{outcome.distinct:,} distinct minima, "
                f"{outcome.certified:,} of {outcome.starts:,} starts certified, "
                f"lowest H/n {outcome.lowest_energy:.6f}"
            )
        elif event.kind == EventKind.SAID:
            click.echo(event.words, err=True)
