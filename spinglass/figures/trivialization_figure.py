"""What a field does to a landscape: minima, ground state and largest basin against nu."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from spinglass.averaging import mean_and_error
from spinglass.contents.numbers import or_nan
from spinglass.covariance import Covariance, Name, column_of
from spinglass.errors import InputError
from spinglass.figures import style
from spinglass.figures.picture import Picture
from spinglass.figures.sources import Source, results_of
from spinglass.files.labelled import labelled
from spinglass.theory import ground_state_energy, mean_minima

QUANTITIES: dict[str, tuple[str, Callable[[xr.Dataset], float]]] = {
    "distinct_minima": ("distinct minima", lambda data: float(data.sizes["minimum"])),
    "ground_state_energy": (
        "lowest $H/n$ found",
        lambda data: float(data["minimum_energy"].min()),
    ),
    "largest_basin": (
        "share of starts in\nthe largest basin",
        lambda data: float(data["minimum_count"].max() / data.sizes["start"]),
    ),
}


@style.paper_style()
def plot_trivialization(
    results: Source | Sequence[Source], *, figure: Figure | SubFigure | None = None
) -> Picture:
    """Draw minima, lowest energy and largest basin of a sweep against the field strength.

    Shown are means over disorder with standard errors, the exact mean number of minima (Kac-Rice)
    and the ground-state energy for n to infinity.

    Parameters
    ----------
    results : Path, str or xarray.Dataset, or a list of them
        Folder of a sweep over at least two field strengths, or results of descents: files or
        datasets.
    figure : Figure or SubFigure, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Picture
        The figure and its numbers.

    Raises
    ------
    InputError
        If there are fewer than two fields, or ``results`` holds anything else.
    DamagedFileError
        If a file is damaged.
    """
    table = _table([data for data in results_of(results, True) if data.sizes["minimum"]])
    figure, panels = _draw(table, figure)
    return Picture("trivialization", figure, panels, table)


def _table(results: list[xr.Dataset]) -> xr.Dataset:
    """Average over disorder at each n, orders and field."""
    hidden = [label for data in results if (label := style.special_label(data.attrs))]
    if hidden:
        raise InputError(f"trivialization is drawn of plain samples, got one {hidden[0]}")
    points: dict[tuple[int, Name, float], list[xr.Dataset]] = defaultdict(list)
    for data in results:
        name = Covariance.said_by(data.attrs).name
        points[data.attrs["n"], name, data.attrs["nu"]].append(data)
    fields = {nu for _, _, nu in points}
    if len(fields) < 2:
        raise InputError(
            f"results must be of two or more field strengths, got nu = {min(fields):g} alone"
        )
    keys = sorted(points, key=_place)
    column, orders = column_of(name for _, name, _ in keys)
    exact = [float(mean_minima(n, Covariance.of(name, nu))) for n, name, nu in keys]
    columns: dict[str, tuple[str, list[Any], str]] = {
        "n": ("point", [n for n, _, _ in keys], "spins"),
        column: ("point", orders, style.ORDERS[column]),
        "nu": ("point", [nu for _, _, nu in keys], "field strength"),
        "samples": ("point", [len(points[key]) for key in keys], "disorder samples"),
        "exact_minima": ("point", exact, "exact mean number"),
    }
    for name, (words, measure) in QUANTITIES.items():
        averages = [mean_and_error(measure(data) for data in points[key]) for key in keys]
        means, errors = zip(*averages, strict=True)
        columns[name] = ("point", list(means), words)
        columns[f"{name}_error"] = ("point", list(errors), f"standard error of {name}")
    return labelled(columns)


def _place(key: tuple[int, Name, float]) -> tuple[object, ...]:
    n, name, nu = key
    return n, Covariance.of(name).weights, nu


def _draw(
    table: xr.Dataset, figure: Figure | SubFigure | None
) -> tuple[Figure | SubFigure, tuple[Axes, ...]]:
    figure, axes = style.subplots(1, 3, figsize=(style.FULL_WIDTH, 2.9), figure=figure)
    column = "p" if "p" in table else "mixture"
    rows = zip(table["n"].values.tolist(), table[column].values.tolist(), strict=True)
    kinds = list(dict.fromkeys(rows))
    markers, grounds = "osD^v", []
    for number, (n, name) in enumerate(kinds):
        law = Covariance.of(name)
        mine = table.isel(point=(table["n"].values == n) & (table[column].values == name))
        colour = style.PALETTE[number % len(style.PALETTE)]
        marker, label = markers[number % len(markers)], f"$n$ = {n}, {style.orders_label(law)}"
        for axis, name in zip(axes, QUANTITIES, strict=True):
            style.draw_means(axis, mine, "nu", name, fmt=marker, ms=3.5, color=colour, label=label)
        nu = np.linspace(0.0, float(mine["nu"].max()), 60)
        exact = [float(mean_minima(n, law, value)) for value in nu]
        axes[0].plot(nu, exact, "-", lw=1, color=colour)
        ground = [or_nan(ground_state_energy, law, value) for value in nu]
        grounds += ground
        axes[1].plot(nu, ground, "-", lw=1, color=colour)
    for axis, (words, _) in zip(axes, QUANTITIES.values(), strict=True):
        _finish(axis, words, [name for _, name in kinds])
    axes[0].set_yscale("log")
    axes[2].set_ylim(0.0, 1.05)
    _explain(figure, axes, style.ground_state_label(np.array(grounds)))
    return figure, tuple(axes)


def _finish(axis: Axes, words: str, names: list[Name]) -> None:
    axis.set_xlabel(r"field strength $\nu$")
    axis.set_ylabel(words)
    for name in dict.fromkeys(names):
        if critical := Covariance.of(name).critical_field:
            axis.axvline(critical, color="0.6", ls=":", lw=1)


def _explain(figure: Figure | SubFigure, axes: np.ndarray, ground: str) -> None:
    """Draw one legend above all panels, where it hides no point."""
    axes[0].plot([], [], "-k", lw=1, label=f"exact mean of the minima; {ground}")
    axes[0].plot([], [], ":", color="0.6", label=r"$\nu_c$")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=min(len(labels), 4))
