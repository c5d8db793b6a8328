"""The layers of a landscape: energy against Morse index, with the exact mean of each index."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from spinglass.figures.style import FULL_WIDTH, PALETTE, paper_style, save_figure
from spinglass.layers import find_layers
from spinglass.model import PSpin
from spinglass.theory import energy_by_index

_SHIFT = 0.3


def draw_layers(model: PSpin, stem: Path, searches: int = 4096) -> list[Path]:
    """Draw the stationary points found in a landscape, energy against index.

    Parameters
    ----------
    model : PSpin
        The landscape; n at most 500.
    stem : Path
        Output path without suffix.
    searches : int
        As in `find_layers`.

    Returns
    -------
    list of Path
        The PDF, the PNG and the data.

    Raises
    ------
    InputError
        If an argument is not allowed.
    """
    mean, spread = energy_by_index(model.n, model.p, model.nu)
    found = find_layers(model, searches)
    data = _numbers(model, found.index, found.energy, mean, spread)
    with paper_style():
        figure, axes = plt.subplots(figsize=(FULL_WIDTH * 0.8, 3.4), layout="constrained")
        _draw(axes, data)
        axes.set_title(
            f"$n = {model.n}$, $p = {model.p}$, $\\nu = {model.nu:g}$, seed {model.seed}: "
            f"{len(found.energy):,} points found",
            loc="left",
        )
        paths = save_figure(figure, stem, data)
        plt.close(figure)
    return paths


def _numbers(
    model: PSpin, index: np.ndarray, energy: np.ndarray, mean: np.ndarray, spread: np.ndarray
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
        {"n": model.n, "p": model.p, "nu": model.nu, "seed": int(model.seed or 0)},
    )


def _draw(axes: Axes, data: xr.Dataset) -> None:
    """Points spread a little sideways in order of search, so that columns are not single lines."""
    index, energy = data["index"].values, data["energy"].values
    shift = _SHIFT * (2.0 * np.modf(np.arange(len(index)) * 0.5 * (np.sqrt(5.0) - 1.0))[0] - 1.0)
    axes.plot(index + shift, energy, ".", ms=2.2, color=PALETTE[0], alpha=0.6, label="found")
    k, mean, spread = (data[name].values for name in ("morse_index", "mean_energy", "spread"))
    axes.fill_between(
        k, mean - spread, mean + spread, color=PALETTE[4], alpha=0.35, lw=0, label="$\\pm$ spread"
    )
    axes.plot(k, mean, color=PALETTE[1], label="exact mean (Kac-Rice)")
    axes.set_xlabel("Morse index $k$")
    axes.set_ylabel("energy per spin $H/n$")
    axes.legend(loc="upper left", markerscale=3)
