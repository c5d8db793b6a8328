"""The layers of a landscape: energy against Morse index, with the exact mean of each index.

Below, how far each energy is from that mean: searches favour points with wide surroundings, which
among those of low index lie low.
"""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from spinglass.errors import InputError
from spinglass.figures.picture import Picture
from spinglass.figures.style import (
    FULL_WIDTH,
    PALETTE,
    orders_label,
    paper_style,
    subplots,
)
from spinglass.landscape.model import Landscape
from spinglass.search.layers import find_layers
from spinglass.theory import energy_by_index

_SHIFT = 0.3
_POINTS: Any = {"ls": "", "marker": ".", "ms": 2.2, "color": PALETTE[0], "alpha": 0.6}
_BAND: Any = {"color": PALETTE[4], "alpha": 0.4, "lw": 0}


def plot_layers(
    model: Landscape, searches: int = 4096, *, figure: Figure | SubFigure | None = None
) -> Picture:
    """Draw the stationary points found in a landscape, energy against index.

    Parameters
    ----------
    model : Landscape
        The landscape; n at most 500.
    searches : int
        As in `find_layers`.
    figure : Figure or SubFigure, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Picture
        The figure and its numbers.

    Raises
    ------
    InputError
        If an argument is not allowed, or the model is no landscape.
    """
    if not isinstance(model, Landscape):
        raise InputError(
            f"layers are drawn of a spinglass.PSpin or spinglass.Mixed, got {type(model).__name__}"
        )
    mean, spread = energy_by_index(model.n, model.covariance)
    points = find_layers(model, searches)
    data = _numbers(model, points.index, points.energy, mean, spread)
    with paper_style():
        figure, (upper, lower) = subplots(
            2,
            1,
            sharex=True,
            figsize=(FULL_WIDTH * 0.8, 4.4),
            height_ratios=[2.0, 1.0],
            layout="constrained",
            figure=figure,
        )
        _draw(upper, data)
        _draw_deviations(lower, data)
        upper.set_title(
            f"$n = {model.n}$, {orders_label(model.covariance)}, $\\nu = {model.nu:g}$, "
            f"seed {model.seed}: points found {len(points.energy):,}",
            loc="left",
        )
        return Picture(figure, (upper, lower), data)


def _numbers(
    model: Landscape, index: np.ndarray, energy: np.ndarray, mean: np.ndarray, spread: np.ndarray
) -> xr.Dataset:
    def about(words: str) -> dict[str, str]:
        return {"long_name": words, "units": "1"}

    return xr.Dataset(
        {
            "index": ("point", index, about("Morse index of a point found")),
            "energy": ("point", energy, about("energy per spin H/n of a point found")),
            "mean_energy": ("morse_index", mean, about("exact mean of H/n of an index")),
            "spread": ("morse_index", spread, about("exact standard deviation of H/n")),
        },
        {"morse_index": ("morse_index", np.arange(model.n), about("Morse index"))},
        {
            "n": model.n,
            **model.covariance.named,
            "nu": model.nu,
            "seed": int(model.seed or 0),
        },
    )


def _draw(axes: Axes, data: xr.Dataset) -> None:
    """Energies, and the exact band."""
    k, mean, spread = (data[name].values for name in ("morse_index", "mean_energy", "spread"))
    axes.plot(_columns(data), data["energy"], **_POINTS, label="found")
    axes.fill_between(
        k, mean - spread, mean + spread, **_BAND, label="$\\pm$ exact standard deviation"
    )
    axes.plot(k, mean, color=PALETTE[1], label="exact mean (Kac-Rice)")
    axes.set_ylabel("energy per spin $H/n$")
    axes.legend(loc="upper left", markerscale=3)


def _draw_deviations(axes: Axes, data: xr.Dataset) -> None:
    """Each energy from the mean of its index, in standard deviations."""
    index = data["index"].values
    away = (data["energy"] - data["mean_energy"].values[index]) / data["spread"].values[index]
    axes.axhspan(-1.0, 1.0, **_BAND)
    axes.axhline(0.0, color=PALETTE[1])
    axes.plot(_columns(data), away, **_POINTS)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("Morse index $k$")
    axes.set_ylabel("from the mean,\nin deviations")


def _columns(data: xr.Dataset) -> np.ndarray:
    """Places spread a little sideways in order of search, so that columns are not single lines."""
    golden = 0.5 * (np.sqrt(5.0) - 1.0)
    order = np.arange(data.sizes["point"])
    return data["index"].values + _SHIFT * (2.0 * np.modf(order * golden)[0] - 1.0)
