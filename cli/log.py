"""A record of a sweep for programs: one JSON object a line, in the folder of the results."""

import json
import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spinglass_cli.progress import LINE_EVERY

if TYPE_CHECKING:
    from spinglass.sweep import Job, Outcome, Progress
    from spinglass_cli.reporter import SweepReporter

LOG = "log.jsonl"


class Logged:
    """Passes what a reporter hears on to it, and writes the events down.

    Lines are appended whole, by one call each, so that several runs may share the file.
    """

    def __init__(self, reporter: "SweepReporter", folder: Path) -> None:
        self._reporter, self._path = reporter, folder / LOG
        self._who = {"host": socket.gethostname(), "process": os.getpid()}
        self._noted = time.monotonic()

    def planned(self, jobs: "list[Job]", left: Mapping["Job", int]) -> None:
        """Note how much is planned and left."""
        self._write("planned", jobs=len(jobs), to_do=len(left), starts=sum(left.values()))
        self._reporter.planned(jobs, left)

    def started(self, job: "Job") -> None:
        """Note which job begins."""
        self._write("started", job=job.identity, file=job.file_name)
        self._reporter.started(job)

    def advanced(self, job: "Job", starts: int, minima: int) -> None:
        """Pass it on; note where the sweep stands once a minute."""
        self._reporter.advanced(job, starts, minima)
        if time.monotonic() - self._noted >= LINE_EVERY:
            self._noted = time.monotonic()
            tally = self._reporter.tally
            self._write(
                "progress",
                jobs_done=tally.jobs_done,
                starts=tally.starts,
                minima=tally.minima,
                minima_per_second=tally.rate,
                seconds_left=tally.seconds_left,
            )

    def finished(self, job: "Job", outcome: "Outcome") -> None:
        """Note what a job found."""
        lowest = outcome.lowest_energy if outcome.distinct else None
        self._write(
            "finished",
            job=job.identity,
            file=job.file_name,
            starts=outcome.starts,
            certified=outcome.certified,
            distinct=outcome.distinct,
            lowest_energy=lowest,
        )
        self._reporter.finished(job, outcome)

    def failed(self, job: "Job", words: str) -> None:
        """Note which job failed, and why."""
        self._write("failed", job=job.identity, file=job.file_name, reason=words)
        self._reporter.failed(job, words)

    def said(self, words: str) -> None:
        """Note it and pass it on."""
        self._write("said", words=words)
        self._reporter.said(words)

    def ended(self, progress: "Progress") -> None:
        """Note how the sweep has ended."""
        self._write(
            "ended",
            done=len(progress.done),
            before=progress.already,
            foreign=progress.foreign,
            failed=len(progress.failed),
            stopped=progress.stopped,
        )

    def interrupted(self, reason: str) -> None:
        """Note why the sweep has not come to its end."""
        self._write("interrupted", reason=reason)

    def _write(self, event: str, **more: Any) -> None:
        line = json.dumps({"time": round(time.time(), 3), "event": event, **self._who, **more})
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError:
            return  # a log that cannot be written must not end the work; results say it themselves
