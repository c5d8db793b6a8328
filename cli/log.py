"""A record of a sweep for programs: one JSON object a line, in the folder of the results."""

import json
import os
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spinglass.sweep import Job, Outcome
    from spinglass_cli.progress import SweepReporter

LOG = "log.jsonl"


def logged(reporter: "SweepReporter", folder: Path) -> "Logged":
    """Return a reporter that also appends what it hears to the log of a folder."""
    return Logged(reporter, folder / LOG)


class Logged:
    """Passes everything on, and writes the events down.

    Lines are appended whole, by one call each, so that several runs may share the file.
    """

    def __init__(self, reporter: "SweepReporter", path: Path) -> None:
        self._reporter, self._path = reporter, path
        self._who = {"host": socket.gethostname(), "process": os.getpid()}

    def planned(self, jobs: "list[Job]", to_do: "list[Job]") -> None:
        """Note how much is planned and left."""
        self._write("planned", jobs=len(jobs), to_do=len(to_do))
        self._reporter.planned(jobs, to_do)

    def started(self, job: "Job") -> None:
        """Note which job begins."""
        self._write("started", job=job.identity, file=job.file_name)
        self._reporter.started(job)

    def advanced(self, starts: int) -> None:
        """Pass it on."""
        self._reporter.advanced(starts)

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

    def _write(self, event: str, **more: Any) -> None:
        line = json.dumps({"time": round(time.time(), 3), "event": event, **self._who, **more})
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError:
            return  # a log that cannot be written must not end the work; results say it themselves
