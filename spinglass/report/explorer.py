"""An interactive section of the page: minima of one landscape, field by field.

All plots of a section share one Bokeh source with a row per minimum, so that what is selected in
one plot is selected in all.  The page holds the numbers of all fields as JSON, and its script puts
those of the chosen field into the source.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.contents.numbers import or_nan
from spinglass.control import Control, Progress, WorkUnit
from spinglass.landscape.model import Landscape
from spinglass.report.branching import Branching, branching
from spinglass.report.courses import FOLLOWED, courses
from spinglass.report.field_minima import FieldMinima
from spinglass.report.hessians import Spectra, spectra
from spinglass.report.map_plane import image, place_minima, turned
from spinglass.report.palettes import faded, ladder
from spinglass.theory import ground_state_energy, mean_minima, threshold_energy

ENERGY_BINS = 48
OVERLAP_UNIT = 1e-4
"""Overlaps are stored as integer multiples of this unit."""

_DISC = (7.0, 46.0)
"""Diameter in pixels of the smallest disc of a minimum, and of one in which all descents end."""


_EMBEDDED = 10
"""Cost of embedding a minimum, in units of a spectrum of its Hessian."""


@dataclass(frozen=True)
class FieldView:
    """What the page shows of one field: its minima, and everything computed from them.

    Attributes
    ----------
    minima : FieldMinima
        The minima as read from the file.
    course : (minima,) int64
        Number that the same minimum has at every field; -1 if unknown.
    level : (minima,) float64
        Place on the colour scale, from 0 to 1, that the same minimum has at every field.
    plane : (minima, 2) float64
        Positions in the square from -1 to 1.
    image : (cells, cells) uint8
        See `spinglass.report.map_plane.image`.
    tree : Branching
        The tree of the minima.
    spectra : Spectra, optional
        None if the couplings cannot be drawn again.
    """

    minima: FieldMinima
    course: NDArray[np.int64]
    level: Array
    plane: Array
    image: NDArray[np.uint8]
    tree: Branching
    spectra: Spectra | None


@dataclass(frozen=True)
class Explorer:
    """All fields of one landscape, and the names of its plots and sources.

    Attributes
    ----------
    prefix : str
        Prefix of the names of all models; unique in the page.
    views : sequence of FieldView
        By ascending field strength.
    source : ColumnDataSource
        One row per minimum of the chosen field, shared by the plots.
    """

    prefix: str
    views: tuple[FieldView, ...]
    source: ColumnDataSource

    def named(self, name: str) -> str:
        """Return ``name`` with the prefix of this section."""
        return f"{self.prefix}-{name}"


def look_at(
    fields: Sequence[tuple[FieldMinima, Any]],
    model: Landscape | None,
    prefix: str,
    control: Control,
) -> Explorer:
    """Compute everything that a section shows of its fields, in ascending order.

    Each of ``fields`` comes with the graph of its saddles, or None.  Without ``model``, the sample,
    which cannot always be drawn again, there are no spectra, and minima of different fields are not
    matched.  The names of all models begin with ``prefix``.
    """
    minima = [field for field, _ in fields]
    sizes = [len(field.energy) for field in minima]
    followed = sum(len(field.energy) * (2 if field.pairs else 1) for field in minima[:-1])
    drawn = 0 if model is None else sum(sizes) + FOLLOWED * followed
    clock = _Clock(control, drawn + _EMBEDDED * sum(sizes))
    by_field = [None if model is None else spectra(model, each, control, clock) for each in minima]
    known = courses(model, minima, control, clock) if model is not None else None
    names = known or [np.full(size, -1) for size in sizes]
    levels = _levels(minima, names) if known else [_heights(field) for field in minima]
    views: list[FieldView] = []
    rows = zip(fields, names, levels, by_field, strict=True)
    for (field, graph), course, level, spectrum in rows:
        clock(_EMBEDDED * len(level), f"embedding at nu = {field.nu:.4g}")
        plane = place_minima(field)
        if views and known:
            plane = turned(plane, course, views[-1].plane, views[-1].course)
        shades, tree = image(field, plane), branching(field, graph)
        views.append(FieldView(field, course, level, plane, shades, tree, spectrum))
    clock(0, "done")
    explorer = Explorer(prefix, tuple(views), ColumnDataSource(name=f"{prefix}-minima"))
    explorer.source.data = columns(views[0], "light")
    return explorer


class _Clock:
    """Reports progress in steps, each the cost of a spectrum of a Hessian."""

    def __init__(self, control: Control, total: int) -> None:
        self._control, self._total, self._done, self._next = control, total, 0, 0

    def __call__(self, size: int, words: str) -> None:
        self._done += self._next
        self._next = size
        if not size:
            self._done = self._total
        done = min(self._done, self._total)
        self._control.tell(Progress(done, self._total, WorkUnit.STEPS, words))


def _heights(field: FieldMinima) -> Array:
    """Return the rank by energy of each minimum at its field, scaled to 0 to 1; (minima,)."""
    return np.arange(len(field.energy)) / max(len(field.energy) - 1, 1)


def _levels(fields: list[FieldMinima], names: list[NDArray[np.int64]]) -> list[Array]:
    """Return for each minimum the height of its course at the first field where it appears."""
    heights: dict[int, float] = {}
    for field, course in zip(fields, names, strict=True):
        for name, height in zip(course.tolist(), _heights(field).tolist(), strict=True):
            heights.setdefault(name, height)
    return [np.array([heights[name] for name in course.tolist()]) for course in names]


def columns(view: FieldView, ground: str) -> dict[str, list[Any]]:
    """Return the columns of the shared source for one field, None for nan."""
    minima, tree = view.minima, view.tree
    rank = np.empty(len(minima.energy), np.int64)
    rank[np.lexsort((minima.energy, -minima.count))] = np.arange(1, len(rank) + 1)
    least, most = _DISC
    share = minima.share
    numbers = {
        "number": minima.number,
        "energy": minima.energy,
        "count": minima.count,
        "share": share,
        "drawn_share": np.where(minima.count > 0, share, np.nan),
        "lambda_min": minima.lambda_min if view.spectra is None else view.spectra.lowest,
        "rank": rank,
        "x": view.plane[:, 0],
        "y": view.plane[:, 1],
        "size": np.maximum(least, most * np.sqrt(share)),
        "place": tree.place,
        "foot": tree.foot,
        "course": view.course,
        "overlap": np.full(len(rank), np.nan),
    }
    if minima.hidden_overlap is not None:
        numbers["hidden_overlap"] = minima.hidden_overlap
    return {
        **{name: known(values) for name, values in numbers.items()},
        "colour": ladder(ground, view.level),
        "faded": faded(ground, view.level),
    }


def known(values: Any) -> list[Any]:
    """Return numbers as a list for JSON, with None for nan and infinity."""
    array = np.asarray(values)
    if array.dtype.kind != "f":
        return array.tolist()
    return [value if np.isfinite(value) else None for value in array.tolist()]


def as_data(explorer: Explorer) -> dict[str, Any]:
    """Return what the script of the page needs of a section."""
    return {
        "prefix": explorer.prefix,
        "fields": [_field(view) for view in explorer.views],
        "overlap_unit": OVERLAP_UNIT,
    }


def _field(view: FieldView) -> dict[str, Any]:
    minima = view.minima
    light = columns(view, "light")
    dark = columns(view, "dark")
    exact = np.nan
    if minima.plain:
        exact = float(mean_minima(minima.n, minima.law)) / (2 if minima.pairs else 1)
    return {
        "nu": minima.nu,
        "regime": minima.regime,
        "starts": minima.starts,
        "ended": minima.ended,
        "found": minima.found,
        "pairs": minima.pairs,
        "exact": exact if np.isfinite(exact) else None,
        "columns": light,
        "dark": {name: dark[name] for name in ("colour", "faded")},
        "energies": _energies(view),
        "tree": _tree(view.tree),
        "spectra": None if view.spectra is None else _spectra(view.spectra),
    }


def limits(minima: FieldMinima) -> tuple[float, float]:
    """Return the ground state and threshold energies for n to infinity, nan if there is none.

    Both are nan for landscapes with a hidden point, or with couplings or a field from a file.
    """
    if not minima.plain:
        return np.nan, np.nan
    law = minima.law
    ground = or_nan(ground_state_energy, law)
    if law.critical_field <= 0.0:
        return ground, np.nan
    return ground, or_nan(threshold_energy, law)


def energy_edges(minima: FieldMinima) -> Array:
    """Return the edges of the energy bins, which are 0.01 wide if all energies are equal."""
    low, high = float(minima.energy.min()), float(minima.energy.max())
    if high - low < 1e-9:
        low, high = low - 0.005 * ENERGY_BINS, high + 0.005 * ENERGY_BINS
    return np.linspace(low, high, ENERGY_BINS + 1)


def bins(minima: FieldMinima) -> NDArray[np.int64]:
    """Return the bin of each minimum, as in `numpy.histogram`; (minima,)."""
    edges = energy_edges(minima)
    places = np.searchsorted(edges, minima.energy, side="right") - 1
    return np.clip(places, 0, ENERGY_BINS - 1)


def _energies(view: FieldView) -> dict[str, Any]:
    (ground, threshold), law = limits(view.minima), view.minima.law
    return {
        "edges": energy_edges(view.minima).tolist(),
        "bins": bins(view.minima).tolist(),
        "ground": known([ground])[0],
        "threshold": known([threshold])[0],
        "threshold_name": "E_inf" if law.is_pure and law.nu == 0.0 else "E_th",
    }


def _tree(tree: Branching) -> dict[str, Any]:
    names = ("children", "level", "parent", "first", "last", "stem")
    return {"barriers": tree.barriers, **{name: getattr(tree, name).tolist() for name in names}}


def _spectra(spectra: Spectra) -> dict[str, Any]:
    return {
        "edges": spectra.edges.tolist(),
        "counts": base64.b64encode(spectra.counts.astype("<u2").tobytes()).decode(),
        "highest": spectra.highest.tolist(),
        "centre": spectra.centre.tolist(),
        "radius": spectra.radius,
    }
