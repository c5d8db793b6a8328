"""Progress of work on standard error: a bar on a terminal, one line a minute elsewhere."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, TypeVar

import click

from spinglass_cli.interruption import heeding

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

    from spinglass.control import Progress

LINE_EVERY = 60.0
"""Seconds between lines if there is no terminal."""

_BAR_EVERY = 0.1

Show = Callable[["Progress"], None]
Item = TypeVar("Item")


@contextmanager
def shown() -> Iterator[Show]:
    """Yield a function that shows a `Progress`, and raises a Ctrl-C that a library swallowed."""
    with _pressed() as pressed:
        if not sys.stderr.isatty():
            yield _Lines(pressed)
            return
        with _bar() as progress:
            yield _Bar(progress, pressed)


def _pressed() -> AbstractContextManager[threading.Event]:
    if callable(signal.getsignal(signal.SIGINT)):
        return heeding(signal.SIGINT)
    return nullcontext(threading.Event())  # Ctrl-C is ignored, as in a script's background jobs


def _bar() -> "RichProgress":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Column

    rest = Column(ratio=1, no_wrap=True)
    columns = (
        BarColumn(10),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[words]}", markup=False, table_column=rest),
    )
    return Progress(*columns, console=Console(stderr=True), expand=True)


def told(items: Sequence[Item], unit: str, words: Callable[[Item], str]) -> Iterator[Item]:
    """Yield the items one after another, showing which one is being worked on."""
    from spinglass.control import Progress

    with shown() as show:
        for done, item in enumerate(items):
            show(Progress(done, len(items), unit, words(item)))
            yield item
        show(Progress(len(items), len(items), unit, "done"))


class Pace:
    """Measures how fast work proceeds, from its first step on, without start and compilation."""

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None

    def rate(self, done: float) -> float | None:
        """Return the work done per second, or None if it is not known yet."""
        now = time.monotonic()
        if self._first is None:
            self._first = (now, done) if done > 0.0 else None
            return None
        began, before = self._first
        return (done - before) / (now - began) if done > before and now > began else None


def _speed(rate: float | None) -> str:
    """Return the rate as text, per second, or per minute if it is small."""
    if rate is None:
        return "- a second"
    return f"{rate:,.1f} a second" if rate >= 0.2 else f"{60.0 * rate:.1f} a minute"


class _Teller:
    """Describes the progress in a line; measures the pace anew when the unit changes."""

    def __init__(self, pressed: threading.Event) -> None:
        self._pace, self._unit = Pace(), ""
        self._pressed = pressed

    def line(self, event: "Progress") -> str:
        from spinglass.control import WorkUnit

        if self._pressed.is_set():
            raise KeyboardInterrupt
        if event.unit != self._unit:
            self._pace, self._unit = Pace(), event.unit
        rate = self._pace.rate(event.done)
        left = "-" if rate is None else duration(max(event.total - event.done, 0.0) / rate)
        if event.unit == WorkUnit.WORK:
            share = min(event.done / event.total, 1.0) if event.total else 1.0
            count = f"{share:.0%} of the work"
        else:
            whole = "" if event.at_most else f" of {event.total:,.0f}"
            count = f"{event.done:,.0f}{whole} {event.unit}, {_speed(rate)}"
        return f"{event.words}: {count}, {'at most ' if event.at_most else ''}{left} left"


class _Bar(_Teller):
    def __init__(self, progress: "RichProgress", pressed: threading.Event) -> None:
        super().__init__(pressed)
        self._progress = progress
        self._task = progress.add_task("", total=None, words="")
        self._moved = 0.0

    def __call__(self, event: "Progress") -> None:
        line, now = self.line(event), time.monotonic()
        if now - self._moved >= _BAR_EVERY or event.done >= event.total:
            self._moved = now
            self._progress.update(
                self._task, completed=event.done, total=event.total or 1.0, words=line
            )


class _Lines(_Teller):
    def __init__(self, pressed: threading.Event) -> None:
        super().__init__(pressed)
        self._said = time.monotonic()

    def __call__(self, event: "Progress") -> None:
        line = self.line(event)
        if time.monotonic() - self._said >= LINE_EVERY:
            self._said = time.monotonic()
            click.echo(line, err=True)


def duration(seconds: float) -> str:
    """Return a time as text, in seconds, minutes or hours."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"
