"""Minima in the plane of energy and radial force: where they are, and where descent ends.

In a pure model without field X = p E, and all minima lie on a line.  In a mixture they fill an
area below the marginal line X = -2 sqrt(xi''), on which the lowest eigenvalue of a large minimum
vanishes.  Colours are the exact mean density of minima at finite n; the curves beside the axes are
its marginal densities, each over its largest value.
"""

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from spinglass import theory
from spinglass.checks import integer_at_least
from spinglass.contents.numbers import or_nan
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.figures import style
from spinglass.figures.descent_ends import Ends
from spinglass.figures.picture import Picture
from spinglass.files.labelled import labelled

SMALLEST, LARGEST = 2, 2000
_THINNEST = 0.5
"""Least spread of the energy at fixed radial force that is drawn, in cells of the grid."""
_CELLS, _COARSE, _BINS, _MARGIN = 90, 61, 40, 0.03
_DECADES, _FEWEST = 6.0, -1.0
"""Densities are drawn to so many decades below the largest, and at least to this logarithm."""
_RESOLVED = 10.0
"""Above the marginal line, densities so many decades below the largest are left out: deep inside
the spectrum of a large matrix they lose their digits."""
_ABOVE, _TAIL = 15, 8.0
"""How far to look for minima: above the marginal line, in units of the spread of an extreme
eigenvalue; below it, in standard deviations of the radial force."""

_COLOURS = LinearSegmentedColormap.from_list("density", ("#EAF3FB", "#9CC8E6", "#3A80BE"), 256)


def minima_plane(n: int, covariance: Covariance | int, ends: Sequence[Ends] = ()) -> xr.Dataset:
    """Tabulate the exact mean density of minima over energy and radial force.

    Parameters
    ----------
    n : int
        Number of spins, 2 to 2000.
    covariance : Covariance or int
        Orders, weights and field; a pure model without field (an order alone) is refused.
    ends : sequence of Ends
        Where descents ended; the table extends far enough to contain all of them.

    Returns
    -------
    xarray.Dataset
        ``log10_density`` (force, energy), per unit of H/n and of X; ``end_energy``, ``end_force``
        and ``end_landscape`` (end); the scalars ``marginal_force``, ``threshold_energy`` and
        ``ground_state_energy``, nan if there is none or theory does not know it.

    Raises
    ------
    InputError
        If n is out of range, or the radial force fixes the energy, or nearly so: the minima then
        fill a strip too thin to draw.
    """
    size, law = integer_at_least("n", n, SMALLEST, LARGEST), theory.covariance_of(covariance)
    marks = _marks(law)
    energies = np.concatenate([np.empty(0), *(each.energy for each in ends)])
    forces = np.concatenate([np.empty(0), *(each.force for each in ends)])
    energy, force, floor = _window(size, law, [*energies, *_known(marks)], forces)
    _check_width(size, law, energy)
    density = theory.log_mean_density(size, law, energy[None], force[:, None]) / math.log(10.0)
    owner = np.repeat(np.arange(len(ends)), [len(each.energy) for each in ends])
    columns = {
        "log10_density": (("force", "energy"), density, "log10 of the exact mean density"),
        "energy": ("energy", energy, "energy per spin H/n"),
        "force": ("force", force, "radial force X = x . dH / n"),
        "end_energy": ("end", energies, "H/n where a descent ended"),
        "end_force": ("end", forces, "X where a descent ended"),
        "end_landscape": ("end", owner, "landscape of the descent"),
        "marginal_force": ((), _marginal_force(law), "marginal radial force"),
        **{name: ((), value, name.replace("_", " ")) for name, value in marks.items()},
    }
    attributes = {
        "n": size,
        "orders": law.orders,
        "nu": law.nu,
        "floor": floor,
        "descents": sum(each.descents for each in ends),
        "landscapes": len(ends),
        "source": "Kac and Rice at finite n",
    }
    return labelled(columns, attributes)


def _check_width(n: int, law: Covariance, energy: np.ndarray) -> None:
    """Refuse a strip of minima that falls between the columns of the grid."""
    cell, spread = float(energy[1] - energy[0]), math.sqrt(law.energy_variance / n)
    if spread < _THINNEST * cell:
        raise InputError(
            "the covariance must have a field or several orders: in a nearly pure model E = X / p, "
            f"and the spread of E at fixed X ({spread:.1e}) is too small to draw, "
            f"got {law.orders}, nu = {law.nu:g}"
        )


def _marginal_force(law: Covariance) -> float:
    return -2.0 * math.sqrt(law.curvature)


def _marks(law: Covariance) -> dict[str, float]:
    """Return the energies of the threshold and the ground state; nan if unknown or absent."""
    edge = or_nan(theory.threshold_energy, law) if law.b > 0.0 else math.nan
    return {
        "threshold_energy": edge,
        "ground_state_energy": or_nan(theory.ground_state_energy, law),
    }


def _known(marks: dict[str, float]) -> list[float]:
    return [value for value in marks.values() if math.isfinite(value)]


def _window(
    n: int, law: Covariance, energies: Sequence[float], forces: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the energies and forces of the grid, and the log10 of the least density drawn.

    On the line E = a X of mean energies, the density of points is that of X times a constant.
    """
    slope, spread = law.slope / law.radial, math.sqrt(law.energy_variance / n)
    edge = _marginal_force(law)
    scan = np.union1d(_below(n, law), edge + _step(n, law) * np.arange(_ABOVE))
    along = theory.log_mean_density(n, law, slope * scan, scan) / math.log(10.0)
    floor = min(along.max() - _DECADES, _FEWEST)
    seen = (along > floor) & ((scan <= edge) | (along > along.max() - _RESOLVED))
    reach = spread * np.sqrt(2.0 * math.log(10.0) * (along[seen] - floor))
    centre = slope * scan[seen]
    wide = np.concatenate([centre - reach, centre + reach, energies])
    high = np.concatenate([scan[seen], [edge], forces])
    return _around(wide), _around(high), float(floor)


def _below(n: int, law: Covariance) -> np.ndarray:
    """Return a grid of forces, from below all expected minima up to the marginal line."""
    edge = _marginal_force(law)
    bottom = min(edge, -law.radial / math.sqrt(law.slope)) - _TAIL * math.sqrt(law.radial / n)
    return np.linspace(bottom, edge, _COARSE)


def _step(n: int, law: Covariance) -> float:
    """Return the spread of the radial force at which the lowest eigenvalue is zero."""
    return math.sqrt(law.curvature) * n ** (-2.0 / 3.0)


def _around(values: np.ndarray) -> np.ndarray:
    """Return a grid that extends a little beyond all values."""
    low, high = float(values.min()), float(values.max())
    margin = _MARGIN * (high - low)
    return np.linspace(low - margin, high + margin, _CELLS)


@style.paper_style()
def plot_marginal(
    n: int,
    covariance: Covariance | int,
    ends: Sequence[Ends] = (),
    *,
    figure: Figure | SubFigure | None = None,
) -> Picture:
    """Draw the exact mean density of minima over energy and radial force, and ends of descents.

    Parameters
    ----------
    n, covariance
        As for `minima_plane`.
    ends : sequence of Ends
        Where descents ended, one `spinglass.figures.descent_ends.Ends` per landscape.
    figure : Figure or SubFigure, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Picture
        The figure and its numbers.

    Raises
    ------
    InputError
        If an item of ``ends`` is anything else; otherwise as for `minima_plane`.
    """
    if other := [type(each).__name__ for each in ends if not isinstance(each, Ends)]:
        raise InputError(f"ends must be of spinglass.plot.ends_of, got {other[0]}")
    law = theory.covariance_of(covariance)
    data = minima_plane(n, law, ends)
    figure, axes = style.subplots(
        2,
        2,
        figsize=(style.FULL_WIDTH * 0.8, 5.0),
        width_ratios=[4.0, 1.0],
        height_ratios=[1.0, 4.0],
        figure=figure,
    )
    plane = axes[1, 0]
    colours = _draw_density(plane, data)
    _draw_ends(plane, data)
    _mark(plane, data, law)
    _draw_side(axes[0, 0], data, "energy")
    _draw_side(axes[1, 1], data, "force")
    _explain(axes[0, 1], plane)
    bar = figure.colorbar(colours, ax=axes[1, :], location="bottom", aspect=40)
    bar.set_label(r"$\log_{10}$ of the mean number of minima per unit of $E$ and of $X$")
    field = rf", $\nu = {law.nu:g}$" if law.nu else ", no field"
    axes[0, 0].set_title(f"$n = {n}$, {style.orders_label(law)}{field}", loc="left")
    return Picture("marginal", figure, tuple(axes.flat), data)


def _draw_density(axes: Axes, data: xr.Dataset) -> ContourSet:
    """Draw filled contours of the density at powers of ten."""
    density, floor = data["log10_density"].values, data.attrs["floor"]
    levels = MaxNLocator(10, integer=True).tick_values(floor, density.max())
    axes.set(xlim=data["energy"].values[[0, -1]], ylim=data["force"].values[[0, -1]])
    axes.set(xlabel="energy per spin  $E = H/n$")
    axes.set_ylabel(r"radial force per spin  $X = x \cdot \partial H / n$")
    return axes.contourf(data["energy"], data["force"], density, levels=levels, cmap=_COLOURS)


def _draw_ends(axes: Axes, data: xr.Dataset) -> None:
    """Draw one dot per descent, smaller if there are many; a bitmap inside vector figures."""
    count = data.sizes["end"]
    if count == 0:
        return
    size = min(6.0, max(0.8, 60.0 / math.sqrt(count)))
    alpha = min(1.0, max(0.15, 600.0 / count))
    look: Any = {"ls": "", "marker": "o", "mec": "none", "color": style.PALETTE[1]}
    axes.plot(data["end_energy"], data["end_force"], ms=size, alpha=alpha, rasterized=True, **look)
    descents, landscapes = data.attrs["descents"], data.attrs["landscapes"]
    some = "" if count == descents else f" of {descents:,}"
    plural = "" if descents == 1 else "s"
    where = "" if landscapes == 1 else f"\non {landscapes} landscapes"
    axes.plot([], [], ms=4.0, label=f"ends of {count:,}{some} descent{plural}{where}", **look)


def _mark(axes: Axes, data: xr.Dataset, law: Covariance) -> None:
    """Draw the marginal line, the mean energy at each force, and the energies for n to infinity."""
    axes.plot([], [], color=style.PALETTE[0], label="all minima, exact mean")
    force = data["force"].values[[0, -1]]
    edge = float(data["marginal_force"])
    axes.axhline(edge, color="black", lw=1.0, label=rf"$X = -2\sqrt{{\xi''}} = {edge:.4f}$")
    axes.plot(
        law.slope / law.radial * force, force, color="0.35", lw=0.9, ls=":", label="mean $E$ at $X$"
    )
    styles = {"threshold_energy": ("--", "th"), "ground_state_energy": ("-.", "gs")}
    for name, (dashes, letters) in styles.items():
        energy = float(data[name])
        if math.isfinite(energy):
            words = rf"$E_\mathrm{{{letters}}} = {energy:.4f}$"
            axes.axvline(energy, color="black", lw=0.9, ls=dashes, label=words)
    if law.b > 0.0 and not math.isfinite(float(data["threshold_energy"])):
        axes.plot([], [], ls="", label="no threshold: points are rare there")
    if not math.isfinite(float(data["ground_state_energy"])):
        axes.plot([], [], ls="", label=style.ground_state_label(data["ground_state_energy"].values))


def _draw_side(axes: Axes, data: xr.Dataset, along: str) -> None:
    """Draw the marginal density along one axis and a histogram of ends, each over its maximum."""
    across = "force" if along == "energy" else "energy"
    places = data[along].values
    log_density = data["log10_density"]
    density = (10.0 ** (log_density - log_density.max())).sum(across).values
    counts, edges = np.histogram(data[f"end_{along}"], _BINS, (places[0], places[-1]))
    upright = along == "energy"
    orientation: Literal["vertical", "horizontal"] = "vertical" if upright else "horizontal"
    if counts.any():
        heights = counts / counts.max()
        shade: Any = {"fill": True, "color": style.PALETTE[1], "alpha": 0.6}
        axes.stairs(heights, edges, orientation=orientation, **shade)
    curve = (places, density / density.max())
    axes.plot(*(curve if upright else curve[::-1]), color=style.PALETTE[0])
    limits = {"xlim": places[[0, -1]], "ylim": (0.0, 1.1)}
    if not upright:
        limits = {"ylim": limits["xlim"], "xlim": limits["ylim"]}
    axes.set(xticks=[], yticks=[], **limits)


def _explain(corner: Axes, plane: Axes) -> None:
    """Draw the legend in the empty corner."""
    corner.axis("off")
    corner.legend(*plane.get_legend_handles_labels(), loc="center", fontsize=7)
