"""A log of a sweep for programs: one JSON object per line, in the folder of the results."""

import json
import os
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spinglass_cli.progress import LINE_EVERY, Pace

if TYPE_CHECKING:
    from spinglass.control import Progress
    from spinglass.sweep import Account, Event

LOG = "log.jsonl"


class SweepLog:
    """Logs what happens in a sweep.

    Each line is appended by a single call, so that several runs can share the file.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOG
        self._who = {"host": socket.gethostname(), "process": os.getpid()}
        self._noted = time.monotonic()
        self._work, self._minima = Pace(), Pace()

    def __call__(self, progress: "Progress") -> None:
        """Log an event of a sweep; log its progress at most once a minute."""
        from spinglass.sweep.account import EventKind

        event = progress.found
        if event.kind == EventKind.ADVANCED:
            self._stand(event.account)
        else:
            self._write(event.kind, **_words(event))

    def _stand(self, account: "Account") -> None:
        work, minima = self._work.rate(account.work_done), self._minima.rate(account.minima)
        if time.monotonic() - self._noted < LINE_EVERY:
            return
        self._noted = time.monotonic()
        self._write(
            "progress",
            jobs_done=account.jobs_done,
            starts=account.starts,
            minima=account.minima,
            minima_per_second=minima,
            seconds_left=max(account.work - account.work_done, 0.0) / work if work else None,
        )

    def ended(self, account: "Account") -> None:
        """Log how the sweep has ended."""
        self._write(
            "ended",
            done=len(account.done),
            before=account.already,
            foreign=account.foreign,
            failed=len(account.failed),
            stopped=account.stopped,
        )

    def interrupted(self, reason: str) -> None:
        """Log why the sweep was interrupted."""
        self._write("interrupted", reason=reason)

    def _write(self, event: str, **more: Any) -> None:
        line = json.dumps({"time": round(time.time(), 3), "event": event, **self._who, **more})
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError:
            return  # a failing log must not end the work; the results tell what was done


def _words(event: "Event") -> dict[str, Any]:
    """Return the fields of an event's line in the log."""
    from spinglass.sweep.account import EventKind

    account, job = event.account, event.job
    words = {"job": job.identity, "file": job.file_name} if job else {}
    if event.kind == EventKind.PLANNED:
        left = account.left
        return {"jobs": account.jobs, "to_do": len(left), "starts": sum(left.values())}
    if event.kind == EventKind.FINISHED:
        outcome = account.done[-1]
        return words | {
            "starts": outcome.starts,
            "certified": outcome.certified,
            "distinct": outcome.distinct,
            "lowest_energy": outcome.lowest_energy if outcome.distinct else None,
        }
    if event.words:
        words["reason" if event.kind == EventKind.FAILED else "words"] = event.words
    return words
