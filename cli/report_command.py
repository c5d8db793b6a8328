"""`spinglass report`: results on one interactive page."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spinglass_cli.options import PathType, TargetType, threads_option
from spinglass_cli.progress import Pace, Show, duration, shown

if TYPE_CHECKING:
    from spinglass.control import Progress

_WORTH_SAYING = 2.0
"""Shortest time left, in seconds, that is worth telling the user."""


@click.command(epilog="Example: spinglass report results/quick --out report.html")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=PathType())
@click.option("--seed", type=int, help="Which landscape of a sweep; the first by default.")
@threads_option
@click.option(
    "--out",
    type=TargetType("page (.html)", text=True),
    required=True,
    help="Output page (.html); - for standard output.",
)
def report(paths: tuple[Path, ...], seed: int | None, out: Path) -> None:
    """Show results on one page, which opens from the disk and needs no network.

    A PATH is the folder of run, sweep, validate or train, or a file of any command; several are
    shown together.  Minima of different fields are followed from one to the next, and the
    Hessians of all minima that are shown are evaluated: that takes most of the time.
    """
    from spinglass.control import Control
    from spinglass.files.places import is_stream
    from spinglass.report.target import checked_page

    began = time.monotonic()
    out = checked_page(out, paths)
    from spinglass.report.making import make_report

    with shown() as show:
        make_report(paths, out, seed=seed, control=Control(tell=_Forecast(show)))
    if not is_stream(out):
        size = out.stat().st_size / 1e6
        click.echo(f"Report: {out} ({size:.1f} MB, {duration(time.monotonic() - began)})")


class _Forecast:
    """Passes progress on, and says once per landscape how long the work will take."""

    def __init__(self, show: Show) -> None:
        self._show, self._total, self._pace = show, 0.0, Pace()

    def __call__(self, event: "Progress") -> None:
        from spinglass.control import WorkUnit

        self._show(event)
        if event.done == 0.0:
            self._total, self._pace = event.total, Pace()
        rate = self._pace.rate(event.done)
        if event.unit == WorkUnit.STEPS and self._total and rate:
            left = (event.total - event.done) / rate
            if left >= _WORTH_SAYING:
                click.echo(f"This will take about {duration(left)} here", err=True)
            self._total = 0.0
