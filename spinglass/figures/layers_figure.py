"""The layers of a landscape: energy against Morse index, with the exact mean of each index.

The points of an index are spread sideways only to keep them apart.  The lower panel shows how far
each energy is from that mean: searches favour points with wide basins of attraction, which among
those of low index lie low.
"""

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from spinglass.control import FREE, Control
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.figures import style
from spinglass.figures.picture import Picture
from spinglass.figures.sources import Source
from spinglass.files.labelled import labelled
from spinglass.files.provenance import is_drawn
from spinglass.landscape.model import Landscape
from spinglass.search.layers import find_layers
from spinglass.search.points_file import POINTS
from spinglass.theory import energy_by_index

_SHIFT = 0.3
_POINTS: Any = {"ls": "", "marker": ".", "ms": 2.2, "color": style.PALETTE[0], "alpha": 0.6}
_BAND: Any = {"color": style.PALETTE[4], "alpha": 0.4, "lw": 0}


def plot_layers(
    points: Landscape | Source,
    searches: int = 4096,
    *,
    figure: Figure | SubFigure | None = None,
    control: Control = FREE,
) -> Picture:
    """Draw stationary points of a landscape, energy against index.

    Parameters
    ----------
    points : Path, str, xarray.Dataset or Landscape
        Points of a plain sample, as a file of `spinglass points` or such a dataset; or a landscape
        of at most 500 spins, which is searched for points.
    searches : int
        As in `find_layers`, if a landscape is searched.
    figure : Figure or SubFigure, optional
        Where to draw; a new figure by default.
    control : Control
        Of the searches.

    Returns
    -------
    Picture
        The figure and its numbers.

    Raises
    ------
    InputError
        If an argument is not allowed, or the points are of another kind or not of a plain sample.
    DamagedFileError
        If the file is damaged.
    """
    data = _points(points, searches, control)
    with style.paper_style():
        figure, (upper, lower) = style.subplots(
            2,
            1,
            sharex=True,
            figsize=(style.FULL_WIDTH * 0.8, 4.4),
            height_ratios=[2.0, 1.0],
            figure=figure,
        )
        _draw(upper, data)
        _draw_deviations(lower, data)
        attrs = data.attrs
        upper.set_title(
            f"$n = {attrs['n']}$, {style.orders_label(Covariance.said_by(attrs))}, "
            f"$\\nu = {attrs['nu']:g}$, seed {attrs['seed']}: "
            f"{data.sizes['point']:,} points found",
            loc="left",
        )
        return Picture("layers", figure, (upper, lower), data)


def _points(points: Landscape | Source, searches: int, control: Control) -> xr.Dataset:
    if isinstance(points, Landscape):
        return _searched(points, searches, control)
    if isinstance(points, Path | str | xr.Dataset):
        return _kept(points)
    raise InputError(
        "layers are drawn of a spinglass.PSpin or spinglass.Mixed, or of a file of points, "
        f"got {type(points).__name__}"
    )


def _searched(model: Landscape, searches: int, control: Control) -> xr.Dataset:
    """Search a landscape for points of every index; return the numbers of the figure."""
    exact = energy_by_index(model.n, model.covariance)
    points = find_layers(model, searches, control=control)
    which = {**model.covariance.named, "nu": model.nu, "seed": int(model.seed or 0)}
    return _numbers({"n": model.n, **which}, points.index, points.energy, exact)


def _kept(source: Source) -> xr.Dataset:
    """Return the numbers of the figure for the points of a file or dataset."""
    points = POINTS.take(source, ("spins",))
    attrs = points.attrs
    if not is_drawn(attrs):
        raise InputError(
            "layers must be of a plain sample, to which exact mean energies apply, got points of "
            f"{style.special_label(attrs) or 'couplings of your own'}"
        )
    labels = {name: attrs[name] for name in ("n", "p", "mixture", "nu", "seed") if name in attrs}
    exact = energy_by_index(attrs["n"], Covariance.said_by(attrs))
    return _numbers(labels, points["index"].values, points["energy"].values, exact)


def _numbers(
    labels: dict[str, Any],
    index: np.ndarray,
    energy: np.ndarray,
    exact: tuple[np.ndarray, np.ndarray],
) -> xr.Dataset:
    """Label points with the exact mean energy of each index, and its standard deviation."""
    mean, spread = exact
    columns = {
        "index": ("point", index, "Morse index of a point found"),
        "energy": ("point", energy, "energy per spin H/n of a point found"),
        "mean_energy": ("morse_index", mean, "exact mean of H/n of an index"),
        "spread": ("morse_index", spread, "exact standard deviation of H/n"),
        "morse_index": ("morse_index", np.arange(labels["n"]), "Morse index"),
    }
    return labelled(columns, labels)


def _draw(axes: Axes, data: xr.Dataset) -> None:
    """Draw the energies over the exact mean and standard deviation of each index."""
    k, mean, spread = (data[name].values for name in ("morse_index", "mean_energy", "spread"))
    label = "found, spread sideways within its index"
    axes.plot(_columns(data), data["energy"], **_POINTS, label=label)
    axes.fill_between(
        k, mean - spread, mean + spread, **_BAND, label="$\\pm$ exact standard deviation"
    )
    axes.plot(k, mean, color=style.PALETTE[1], label="exact mean (Kac-Rice)")
    axes.set_ylabel("energy per spin $H/n$")
    axes.legend(loc="upper left", markerscale=3)


def _draw_deviations(axes: Axes, data: xr.Dataset) -> None:
    """Draw how far each energy is from the mean of its index, in standard deviations."""
    index = data["index"].values
    away = (data["energy"] - data["mean_energy"].values[index]) / data["spread"].values[index]
    axes.axhspan(-1.0, 1.0, **_BAND)
    axes.axhline(0.0, color=style.PALETTE[1])
    axes.plot(_columns(data), away, **_POINTS)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("Morse index $k$")
    axes.set_ylabel("from the mean, in\nstandard deviations")


def _columns(data: xr.Dataset) -> np.ndarray:
    """Return places of the points, spread sideways around their index in the order of search."""
    golden = 0.5 * (np.sqrt(5.0) - 1.0)
    order = np.arange(data.sizes["point"])
    return data["index"].values + _SHIFT * (2.0 * np.modf(order * golden)[0] - 1.0)
