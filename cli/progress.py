"""How long work takes, shown: a bar on a terminal, plain lines elsewhere."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import click

LINE_EVERY = 60.0
"""Seconds between lines where there is no terminal."""


class Meter(Protocol):
    """Counts starts as they end."""

    def advance(self, starts: int) -> None:
        """Count more starts."""

    def describe(self, words: str) -> None:
        """Say what is being worked on."""


@contextmanager
def meter(total: int) -> Iterator[Meter]:
    """Show the progress of ``total`` starts on standard error."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("descending", total=total)
            yield _Bar(progress, task)
    else:
        yield _Lines(total)


class _Bar:
    def __init__(self, progress: object, task: object) -> None:
        self._progress, self._task = progress, task

    def advance(self, starts: int) -> None:
        self._progress.advance(self._task, starts)  # type: ignore[attr-defined]

    def describe(self, words: str) -> None:
        self._progress.update(self._task, description=words)  # type: ignore[attr-defined]


class _Lines:
    """One plain line a minute."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._words = total, 0, ""
        self._began = self._said = time.monotonic()
        self._lock = threading.Lock()

    def advance(self, starts: int) -> None:
        with self._lock:
            now = time.monotonic()
            if self._done == 0:
                self._began = now
            self._done += starts
            if now - self._said < LINE_EVERY:
                return
            self._said = now
            rate = self._done / max(now - self._began, 1e-3)
            left = (self._total - self._done) / rate
        click.echo(
            f"{self._words}: {self._done:,} of {self._total:,} starts, "
            f"{rate:,.0f} a second, {duration(left)} left",
            err=True,
        )

    def describe(self, words: str) -> None:
        self._words = words


def duration(seconds: float) -> str:
    """Return a time in words a person reads."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"
