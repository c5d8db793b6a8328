"""A sweep's progress, shown: one bar on a terminal, one line a minute elsewhere."""

import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from spinglass_cli.progress import LINE_EVERY
from spinglass_cli.tally import Tally

if TYPE_CHECKING:
    from spinglass.sweep import Job, Outcome

MOST_LINES = 100
"""Jobs up to which each says in a line what it has found; more are in the log only."""


class SweepReporter:
    """Tells a tally what it hears, and the user what each job has found."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self._say_jobs = True

    def planned(self, jobs: "list[Job]", left: Mapping["Job", int]) -> None:
        """Say how much is left to do."""
        self.tally.plan(len(jobs), left)
        self._say_jobs = len(left) <= MOST_LINES
        click.echo(f"{len(jobs):,} jobs, {len(left):,} to do")
        self.show()

    def started(self, job: "Job") -> None:
        """Nothing to say: several run at once."""

    def advanced(self, job: "Job", starts: int, minima: int) -> None:
        """Move the bar."""
        self.tally.advance(job, starts, minima)
        self.show()

    def finished(self, job: "Job", outcome: "Outcome") -> None:
        """Say what the job found."""
        self.tally.close(job)
        self.show()
        if self._say_jobs:
            click.echo(
                f"  n={job.n} p={job.p} nu={job.nu:<7.4g} seed={job.seed}: "
                f"{outcome.distinct:,} distinct minima, "
                f"{outcome.certified:,} of {outcome.starts:,} starts certified, "
                f"lowest H/n {outcome.lowest_energy:.6f}"
            )

    def failed(self, job: "Job", words: str) -> None:
        """Take the job out of the account; the end of the sweep says why it failed."""
        self.tally.drop(job)
        self.show()

    def said(self, words: str) -> None:
        """Pass it on."""
        click.echo(words, err=True)

    def show(self) -> None:
        """Show where the sweep stands."""


class BarReporter(SweepReporter):
    """Shows one bar over all the work."""

    def __init__(self, tally: Tally, progress: Any) -> None:
        super().__init__(tally)
        self._progress = progress
        self._task = progress.add_task("", total=1.0, words="")

    def show(self) -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=self.tally.share, words=self.tally.words())


class LineReporter(SweepReporter):
    """Says a line a minute."""

    def __init__(self, tally: Tally) -> None:
        super().__init__(tally)
        self._said = time.monotonic()
        self._lock = threading.Lock()

    def show(self) -> None:
        """Say a line if the last one is a minute old."""
        with self._lock:
            if time.monotonic() - self._said < LINE_EVERY:
                return
            self._said = time.monotonic()
        click.echo(self.tally.words(), err=True)


@contextmanager
def sweep_reporter() -> Iterator[SweepReporter]:
    """Give a reporter for a sweep that shows its progress on standard error."""
    from spinglass.sweep.cost import job_seconds

    tally = Tally(lambda job: job_seconds(job) / job.starts)
    if not sys.stderr.isatty():
        yield LineReporter(tally)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        BarColumn(10),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[words]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield BarReporter(tally, progress)
