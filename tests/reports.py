"""What the tests of the report share: a small sweep, and what a page makes of it."""

from pathlib import Path

from spinglass.control import FREE, Control
from spinglass.report.explorer import Explorer, look_at
from spinglass.report.field_minima import FieldMinima, read_minima
from spinglass.report.given import read_given
from spinglass.report.hessians import drawn_again
from spinglass.report.making import sections_of
from spinglass.report.panel import PageSection
from spinglass.sweep import run_sweep
from tests.sweeps import Quiet, small_sweep

SITES, SEED = 20, 4
FIELDS = (0.0, 0.7, 2.6)
FOUND = (10, 9, 1)
"""Minima of this sample at these fields."""


def swept(folder: Path) -> Path:
    """Make the sweep that the tests look at."""
    config = small_sweep(
        landscape={"n": SITES, "p": 3, "seeds": [SEED]},
        field={"nu": list(FIELDS)},
        descent={"starts": 300},
    )
    run_sweep(config, folder, control=Control(tell=Quiet()))
    return folder


def fields_of(folder: Path) -> list[FieldMinima]:
    """Return the minima of a sweep of one landscape, by ascending field."""
    (given,) = read_given([folder], FREE)
    files = sorted(given.files, key=lambda file: file.data.attrs["nu"])
    return [read_minima("descents", file) for file in files]


def explored(folder: Path) -> Explorer:
    """Return everything that a page shows of a sweep of one landscape."""
    (given,) = read_given([folder], FREE)
    model = drawn_again(given.files[0].data.attrs, given.files[0].path)
    return look_at([(field, None) for field in fields_of(folder)], model, "s0-0", FREE)


def sections(*paths: Path, seed: int | None = None) -> list[PageSection]:
    """Return the sections of a page of these paths."""
    return sections_of(read_given(paths, FREE), seed, FREE)
