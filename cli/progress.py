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
    """Counts what is done."""

    def advance(self, count: int) -> None:
        """Count more."""

    def describe(self, words: str) -> None:
        """Say what is being worked on."""


@contextmanager
def meter(total: int, unit: str = "starts") -> Iterator[Meter]:
    """Show the progress of ``total`` of a unit on standard error."""
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
            task = progress.add_task(unit, total=total)
            yield _Bar(progress, task)
    else:
        yield _Lines(total, unit)


class _Bar:
    def __init__(self, progress: object, task: object) -> None:
        self._progress, self._task = progress, task

    def advance(self, count: int) -> None:
        self._progress.advance(self._task, count)  # type: ignore[attr-defined]

    def describe(self, words: str) -> None:
        self._progress.update(self._task, description=words)  # type: ignore[attr-defined]


class _Lines:
    """One plain line a minute."""

    def __init__(self, total: int, unit: str) -> None:
        self._total, self._unit, self._words = total, unit, ""
        self._done = self._before = 0
        self._began = self._said = time.monotonic()
        self._lock = threading.Lock()

    def advance(self, count: int) -> None:
        with self._lock:
            now = time.monotonic()
            if self._done == 0:
                self._began, self._before = now, count
            self._done += count
            if now - self._said < LINE_EVERY:
                return
            self._said = now
            rate = (self._done - self._before) / max(now - self._began, 1e-3)
            left = duration((self._total - self._done) / rate) if rate else "-"
        click.echo(
            f"{self._words}: {self._done:,} of {self._total:,} {self._unit}, "
            f"{rate:,.1f} a second, {left} left",
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
