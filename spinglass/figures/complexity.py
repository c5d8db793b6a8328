"""How many points lie below an energy: the complexity of every index, without field.

The figure of Auffinger, Ben Arous and Cerny (arXiv:1003.1129): to the left of -E_inf only points
of low index exist, layer above layer, each layer ending at its own -E_k.
"""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from spinglass.errors import InputError
from spinglass.figures.style import FULL_WIDTH, PALETTE, paper_style, save_figure, subplots
from spinglass.theory import complexity, layer_energy, threshold_energy

POINTS = 400
STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))


def complexity_curves(p: int, layers: int) -> xr.Dataset:
    """Theta_k(u) for k < layers and the total Theta(u), from left of -E_0 to right of -E_inf.

    Parameters
    ----------
    p : int
        Degree, at least 3.
    layers : int
        Number of indices.

    Returns
    -------
    xarray.Dataset
        ``theta`` (index, energy), ``theta_total`` (energy), ``layer_energy`` (index) and the
        scalar ``threshold_energy``; complexities per spin, energies H/n.

    Raises
    ------
    InputError
        If p is below 3: at p = 2 every complexity vanishes.
    """
    edge = threshold_energy(p)
    if p < 3:
        raise InputError(f"p must be at least 3 for a complexity to draw; got {p}")
    lowest = layer_energy(p, 0)
    gap = edge - lowest
    energies = np.union1d(
        np.linspace(lowest - 0.5 * gap, edge + 0.8 * gap, POINTS),
        [edge, *(layer_energy(p, k) for k in range(layers))],
    )
    return xr.Dataset(
        {
            "theta": (("index", "energy"), [complexity(energies, p, k) for k in range(layers)]),
            "theta_total": ("energy", complexity(energies, p, None)),
            "layer_energy": ("index", [layer_energy(p, k) for k in range(layers)]),
            "threshold_energy": edge,
        },
        coords={"index": np.arange(layers), "energy": energies},
        attrs={"p": p, "source": "arXiv:1003.1129", "units": "energy per spin; nats per spin"},
    )


def draw_complexity(p: int, stem: Path, layers: int = 4) -> list[Path]:
    """Draw Theta_k(u) and the total against u, with -E_0 and -E_inf marked.

    Parameters
    ----------
    p : int
        Degree, at least 3.
    stem : Path
        Output path; with a suffix one file, else all (`spinglass.figures.style.figure_paths`).
    layers : int
        Number of indices drawn, at most 6.

    Returns
    -------
    list of Path
        The PDF, the PNG and the data.

    Raises
    ------
    InputError
        If p is outside its domain.
    """
    data = complexity_curves(p, layers)
    with paper_style():
        figure, axes = subplots(figsize=(FULL_WIDTH * 0.72, 3.4))
        _draw_curves(axes, data)
        _mark_energies(axes, data)
        axes.set_xlabel("energy per spin  $u = H/n$")
        axes.set_ylabel(r"complexity  $\Theta_k(u)$  (nats per spin)")
        axes.set_title(f"$p = {p}$, no field", loc="left")
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0))
        return save_figure(figure, Path(stem), data)


def _draw_curves(axes: Axes, data: xr.Dataset) -> None:
    """The total behind, the layers in front; each colour has its own dashes."""
    energies = data["energy"].values
    axes.plot(energies, data["theta_total"], color=PALETTE[-1], lw=4.0, alpha=0.3, label="total")
    for k, curve in enumerate(data["theta"].values):
        axes.plot(energies, curve, color=PALETTE[k], ls=STYLES[k], label=f"$k = {k}$")
    top = float(max(data["theta"].max(), data["theta_total"].max()))
    bottom = -0.35 * top
    axes.set(xlim=(energies[0], energies[-1]), ylim=(bottom, 1.1 * top))
    axes.axhline(0.0, color="0.5", lw=0.7)


def _mark_energies(axes: Axes, data: xr.Dataset) -> None:
    """Vertical lines at -E_0 and -E_inf, labelled with their values."""
    marks = [
        (float(data["layer_energy"][0]), "$-E_0 = {:.4f}$", 0.93),
        (float(data["threshold_energy"]), r"$-E_\infty = {:.4f}$", 0.05),
    ]
    for energy, label, height in marks:
        axes.axvline(energy, color="0.35", lw=0.8, ls=(0, (2, 2)))
        axes.annotate(
            label.format(energy),
            (energy, height),
            (4, 0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
