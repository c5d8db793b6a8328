"""How well the numbers found agree with the exact means, as ratios and in standard errors."""

from collections.abc import Sequence
from math import isclose
from pathlib import Path
from typing import Any, cast

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D

from spinglass.covariance import Covariance, Name, column_of
from spinglass.errors import InputError
from spinglass.figures import style
from spinglass.figures.picture import Picture
from spinglass.figures.sources import Source, one_or_several
from spinglass.files.labelled import labelled
from spinglass.validation import (
    Comparison,
    Counted,
    Point,
    Quantity,
    Record,
    compare,
    read_folder,
    scores_by_quantity,
)
from spinglass.validation.samples import VALIDATION

ShownPoint = tuple[Point, Sequence[Comparison]]
"""A point of a validation and the comparisons of its samples with the exact means."""

MARKERS = "osD^v<>p"
WIDTH = 0.6
"""Width of the strip of scores of one quantity, in units of the distance between strips."""

_APART = 1.07
"""Factor between the places of ratios whose exact means agree to 1 %."""

_VARIABLES = {
    "n": "spins",
    **style.ORDERS,
    "nu": "field strength",
    "samples": "disorder samples",
    "found": "mean number found",
    "error": "standard error of the mean",
    "exact": "exact mean over disorder",
    "z": "deviation in standard errors",
    "quantity": "what was counted",
}
_MEASURED = ("found", "error", "exact", "z")


@style.paper_style()
def plot_validation(
    results: Source | Sequence[Source | ShownPoint],
    *,
    figure: Figure | SubFigure | None = None,
) -> Picture:
    """Draw found over exact against the exact mean, and the z scores by quantity.

    Parameters
    ----------
    results : Path, str or xarray.Dataset, or a list of them or of (Point, list of Comparison)
        Folder of `spinglass validate`, its files or datasets, or points with their comparisons.
    figure : Figure or SubFigure, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Picture
        The figure and its numbers.

    Raises
    ------
    InputError
        If there is nothing to draw, or ``results`` holds anything else.
    DamagedFileError
        If a file is damaged.
    """
    given = results if isinstance(results, list | tuple) else [results]
    pairs = [(point, row) for each in given for point, rows in _shown(each) for row in rows]
    if not pairs:
        raise InputError("results must hold one point at least, got none")
    quantities = sorted({row.quantity for _, row in pairs}, key=_place)
    figure, (left, right) = style.subplots(
        1,
        2,
        figsize=(style.FULL_WIDTH, 3.1),
        width_ratios=[1.0, 1.35],
        figure=figure,
    )
    _draw_ratios(left, pairs)
    _draw_scores(right, pairs, quantities)
    return Picture("validation", figure, (left, right), _numbers(pairs))


def _shown(given: object) -> list[ShownPoint]:
    """Return the points with their comparisons of such a pair, a file, a dataset or a folder."""
    if isinstance(given, tuple) and len(given) == 2 and isinstance(given[0], Point):
        return [(given[0], given[1])]
    (source,) = one_or_several([cast(Source, given)])
    if isinstance(source, xr.Dataset) or Path(source).is_file():
        data = VALIDATION.take(source)
        record = Record.of(data)
        kept = [(Point.of(data.attrs["point"], record.samples), record)]
    else:
        kept = read_folder(Path(source))
    return [(point, compare(point, record)) for point, record in kept]


def _place(quantity: Quantity) -> tuple[int, float]:
    """Return the key by which quantities are sorted: as in `Counted`, then by value."""
    return list(Counted).index(quantity.counted), quantity.value or 0.0


def _colour(quantity: Quantity) -> str:
    """Return the colour of a quantity: one for each index, black for everything else."""
    if quantity.counted != Counted.INDEX or quantity.value is None:
        return style.PALETTE[-1]
    return style.PALETTE[int(quantity.value) % (len(style.PALETTE) - 1)]


def _draw_ratios(axes: Axes, pairs: list[tuple[Point, Comparison]]) -> None:
    names = _names(pairs)
    left_out = {Counted.BELOW, Counted.CHAO1}
    shown = [pair for pair in pairs if pair[1].quantity.counted not in left_out]
    places = side_by_side([row.exact for _, row in shown])
    for (point, row), place in zip(shown, places, strict=True):
        axes.errorbar(
            place,
            row.found / row.exact,
            row.error / row.exact,
            fmt=MARKERS[names.index(point.orders) % len(MARKERS)],
            ms=3.5,
            lw=0.9,
            color=_colour(row.quantity),
        )
    axes.axhline(1.0, color="0.5", lw=0.8, zorder=0)
    axes.set_xscale("log")
    style.plain_numbers(axes.xaxis)
    axes.set_xlabel("exact mean number")
    axes.set_title("colours as on the right; equal means set apart", loc="left", fontsize=8)
    axes.set_ylabel("found / exact")
    look: dict[str, Any] = {"ls": "", "color": "0.3", "ms": 3.5}
    handles = [
        Line2D([], [], marker=MARKERS[k % len(MARKERS)], label=label, **look)
        for k, label in enumerate(style.orders_label(Covariance.of(name)) for name in names)
    ]
    axes.legend(handles=handles, loc="upper right")


def _draw_scores(
    axes: Axes, pairs: list[tuple[Point, Comparison]], quantities: list[Quantity]
) -> None:
    scores = scores_by_quantity(row for _, row in pairs)
    names_of_orders = _names(pairs)
    for place, quantity in enumerate(quantities):
        mine = [(point, row) for point, row in pairs if row.quantity == quantity]
        spread = WIDTH * (np.arange(len(mine)) + 0.5) / len(mine) - 0.5 * WIDTH
        for (point, row), shift in zip(mine, spread, strict=True):
            marker = MARKERS[names_of_orders.index(point.orders) % len(MARKERS)]
            axes.plot(place + shift, row.z, marker, ms=3.5, color=_colour(quantity))
        if quantity in scores and scores[quantity][0] > 1:
            axes.annotate(
                f"{scores[quantity][1]:.2f}",
                (place, 0.99),
                xycoords=("data", "axes fraction"),
                ha="center",
                va="top",
                fontsize=7,
            )
    for sigmas, shade in ((3, "0.95"), (2, "0.90"), (1, "0.84")):
        axes.axhspan(-sigmas, sigmas, color=shade, zorder=-sigmas, lw=0)
    axes.axhline(0.0, color="0.5", lw=0.8, zorder=0)
    reach = max([3.4, *(1.1 * largest for _, _, largest in scores.values())])
    axes.set_ylim(-reach, 1.15 * reach)
    axes.set_xlim(-0.6, len(quantities) - 0.4)
    axes.set_xticks(range(len(quantities)), map(_label, quantities), fontsize=7)
    axes.set_ylabel("(found - exact) / standard error")
    axes.set_title("z scores, on top their rms; bands up to 1, 2 and 3", loc="left", fontsize=8)


def side_by_side(exact: Sequence[float]) -> list[float]:
    """Return the places of ratios on a logarithmic axis; means that agree to 1 % are set apart."""
    equal = [
        [k for k, other in enumerate(exact) if isclose(other, one, rel_tol=0.01)] for one in exact
    ]
    return [
        one * _APART ** (mine.index(k) - 0.5 * (len(mine) - 1))
        for k, (one, mine) in enumerate(zip(exact, equal, strict=True))
    ]


def _label(quantity: Quantity) -> str:
    match quantity.counted:
        case Counted.INDEX:
            return f"{quantity.value}" if quantity.value else "index\n0"
        case Counted.BELOW:
            return f"lowest\n{quantity.value:.0%} min."
        case Counted.MINIMA:
            return "min."
        case Counted.CHAO1:
            return "\nChao1"
        case Counted.ALL:
            return "all"


def _names(pairs: list[tuple[Point, Comparison]]) -> list[Name]:
    """Return the names of the covariances of all points, sorted by their weights."""
    names = {point.orders for point, _ in pairs}
    return sorted(names, key=lambda name: Covariance.of(name).weights)


def _numbers(pairs: list[tuple[Point, Comparison]]) -> xr.Dataset:
    key, orders = column_of(point.orders for point, _ in pairs)
    columns: dict[str, list[Any]] = {
        key: orders,
        **{name: [getattr(point, name) for point, _ in pairs] for name in ("n", "nu", "samples")},
        **{name: [getattr(row, name) for _, row in pairs] for name in _MEASURED},
        "quantity": [str(row.quantity) for _, row in pairs],
    }
    return labelled({name: ("row", values, _VARIABLES[name]) for name, values in columns.items()})
