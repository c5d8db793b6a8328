"""The landscape in the regimes of the field: one panel per field strength, one colour scale.

Each panel shows all samples of one landscape, embedded by t-SNE, over the kernel estimate of H/n
(Chaudhari and Soatto, arXiv:1511.06485, Figure 2).  If there are fewer than twenty minima, each
is drawn as a disc, whose area is the share of the samples in it.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import EllipseCollection
from matplotlib.colors import FuncNorm, Normalize
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.contents.numbers import or_nan
from spinglass.control import FREE, Control
from spinglass.covariance import Covariance, Name
from spinglass.errors import InputError
from spinglass.figures import style
from spinglass.figures.density import KernelMap, kernel_map
from spinglass.figures.embedding import FEW, embed
from spinglass.figures.picture import Picture
from spinglass.figures.sources import Source, results_of
from spinglass.files.labelled import labelled
from spinglass.search.descent import Status
from spinglass.theory import ground_state_energy, threshold_energy

_MAP = "viridis"
_MOST_PANELS = 4

_DISC = 0.45
"""Radius of a disc that stands for all samples, in units of the least distance of two minima."""


@dataclass(frozen=True)
class Discs:
    """One disc per minimum: places (minima, 2), radii and energies (minima,)."""

    place: Array
    radius: Array
    energy: Array


@dataclass(frozen=True)
class Panel:
    """What one panel shows; positions (samples, 2), energies (samples,) are H/n.

    ``discs`` are drawn instead of the samples, if there are any.
    """

    title: str
    nu: float
    plane: Array
    energy: Array
    label: NDArray[np.int64]
    distinct: int
    starts: int
    background: KernelMap
    discs: Discs | None


def plot_landscape(
    results: Source | Sequence[Source],
    *,
    seed: int | None = None,
    embedding: str = "opentsne",
    perplexity: float = 30.0,
    control: Control = FREE,
    figure: Figure | SubFigure | None = None,
) -> Picture:
    """Draw one landscape in the regimes of the field, side by side.

    Parameters
    ----------
    results : Path, str or xarray.Dataset, or a list of them
        Folder of a sweep, or results of descents: files or datasets.
    seed : int, optional
        The landscape; the first one by default.
    embedding, perplexity, control
        As in `spinglass.figures.embedding.embed`.
    figure : Figure or SubFigure, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Picture
        The figure and its numbers.

    Raises
    ------
    InputError
        If there is nothing to draw, or an argument is not allowed.
    DamagedFileError
        If a file is damaged.
    """
    chosen = _choose(results_of(results), seed)
    panels = [_panel(data, embedding, perplexity, control) for data in chosen]
    law = Covariance.said_by(chosen[0].attrs).at_field(0.0)
    with style.paper_style():
        figure, axes = _draw(panels, law, figure)
        return Picture("landscape", figure, axes, _numbers(panels, chosen[0]))


def _choose(results: list[xr.Dataset], seed: int | None) -> list[xr.Dataset]:
    """Choose the results of one landscape, of the largest size, at up to four field strengths."""
    wanted = results[0].attrs["seed"] if seed is None else seed
    same = [data for data in results if data.attrs["seed"] == wanted]
    if not same:
        known = sorted({int(data.attrs["seed"]) for data in results})
        raise InputError(f"seed must be one of {known}, got {wanted}")
    last = _kind(same[-1])
    same = [data for data in same if _kind(data) == last]
    labelled = [data for data in same if data.attrs.get("regime")]
    chosen = labelled or same
    if len(chosen) > _MOST_PANELS:
        places = np.linspace(0, len(chosen) - 1, _MOST_PANELS).round().astype(int)
        chosen = [chosen[place] for place in places]
    return chosen


def _kind(data: xr.Dataset) -> tuple[int, Name, str]:
    attrs = data.attrs
    return int(attrs["n"]), Covariance.said_by(attrs).name, style.special_label(attrs)


def _panel(data: xr.Dataset, embedding: str, perplexity: float, control: Control) -> Panel:
    rows = np.flatnonzero(data["status"].values == Status.MINIMUM)
    if not rows.size:
        raise InputError(
            f"results must hold a minimum to draw, got none at nu = {data.attrs['nu']:g}"
        )
    label = data["minimum"].values[rows].astype(np.int64)
    energy = data["energy"].values[rows]
    plane = embed(data["spins"].values[rows], label, embedding, perplexity, control)
    discs = _discs(plane, label, energy) if data.sizes["minimum"] < FEW else None
    if discs is None:
        half_width = 1.12 * float(np.max(np.abs(plane)))
    else:
        reach = float(np.max(np.abs(discs.place).max(axis=1) + discs.radius))
        half_width = max(1.25 * reach, 1.0)
    background = kernel_map(plane, energy, half_width, 0.03 * half_width)
    regime = data.attrs.get("regime") or ""
    name = f"{regime}\n" if regime else ""
    ratio = data.attrs["nu"] / data.attrs["critical_field"] if data.attrs["critical_field"] else 0.0
    critical = rf" = {ratio:.2f} $\nu_c$" if ratio else ""
    special = style.special_label(data.attrs)
    title = rf"{name}$\nu$ = {data.attrs['nu']:.4g}{critical}" + (f"\n{special}" if special else "")
    return Panel(
        title,
        float(data.attrs["nu"]),
        plane,
        energy,
        label,
        data.sizes["minimum"],
        data.sizes["start"],
        background,
        discs,
    )


def _discs(plane: Array, label: NDArray[np.int64], energy: Array) -> Discs:
    """Return a disc for each minimum, its area the share of the samples; discs do not touch."""
    _, first, count = np.unique(label, return_index=True, return_counts=True)
    place = plane[first]
    gaps = np.linalg.norm(place[:, None] - place[None], axis=2)
    apart = gaps[np.triu_indices(len(place), 1)]
    closest = float(apart.min()) if apart.size else 1.0
    return Discs(place, _DISC * closest * np.sqrt(count / count.sum()), energy[first])


def _draw(
    panels: list[Panel], law: Covariance, figure: Figure | SubFigure | None
) -> tuple[Figure | SubFigure, tuple[Axes, ...]]:
    figure, axes = style.subplots(
        1,
        len(panels),
        figsize=(style.FULL_WIDTH, style.FULL_WIDTH / max(len(panels), 2) + 1.75),
        squeeze=False,
        figure=figure,
    )
    names = (r"$-E_0$", r"$-E_\infty$") if law.is_pure else (r"$E_\mathrm{gs}$", r"$E_\mathrm{th}$")
    energies = or_nan(ground_state_energy, law), or_nan(threshold_energy, law)
    known = [math.isfinite(energies[0]), law.critical_field > 0.0 and math.isfinite(energies[1])]
    marks = list(itertools.compress(zip(energies, names, strict=True), known))
    if not law.is_pure:
        figure.suptitle(style.orders_label(law), fontsize=9)
    norm = energy_scale([panel.energy for panel in panels], [value for value, _ in marks])
    for axis, panel in zip(axes[0], panels, strict=True):
        _draw_panel(axis, panel, norm)
    _colour_bar(figure, list(axes[0]), norm, panels, marks, known[0])
    return figure, tuple(axes[0])


def energy_scale(energies: list[Array], marks: list[float]) -> Normalize:
    """Return one colour scale for energies in clusters far apart.

    The field lowers all energies by far more than minima differ within a panel.  Colours therefore
    depend half on the rank among the distinct energies that occur, and half on the energy itself.
    """
    pooled = np.concatenate([np.quantile(energy, np.linspace(0, 1, 101)) for energy in energies])
    knots = np.unique(np.concatenate([pooled, marks]).round(9))
    if knots.size < 2 or knots[-1] - knots[0] < 1e-9:
        return Normalize(knots[0] - 0.5, knots[-1] + 0.5)
    rank = np.linspace(0.0, 1.0, knots.size)
    level = 0.5 * rank + 0.5 * (knots - knots[0]) / (knots[-1] - knots[0])
    forward, inverse = (knots, level), (level, knots)
    return FuncNorm(
        (lambda e: np.interp(e, *forward), lambda u: np.interp(u, *inverse)),
        vmin=knots[0],
        vmax=knots[-1],
    )


def _draw_panel(axis: Axes, panel: Panel, norm: Normalize) -> None:
    background = panel.background
    axis.imshow(
        background.mean,
        extent=background.extent,
        origin="lower",
        cmap=_MAP,
        norm=norm,
        alpha=0.55,
        interpolation="bilinear",
        rasterized=True,
    )
    if panel.discs is None:
        _draw_samples(axis, panel, norm)
    else:
        _draw_discs(axis, panel.discs, norm)
    axis.set(xticks=[], yticks=[], aspect="equal")
    axis.set_xlim(background.extent[0], background.extent[1])
    axis.set_ylim(background.extent[2], background.extent[3])
    for side in axis.spines.values():
        side.set_visible(True)
        side.set_linewidth(0.6)
    axis.set_title(panel.title)
    minima = "minimum" if panel.distinct == 1 else "minima"
    shown = "each dot is a descent" if panel.discs is None else "disc area: share of descents"
    axis.set_xlabel(
        f"{panel.distinct:,} distinct {minima}\nfrom {panel.starts:,} starts\n({shown})\n"
        f"lowest $H/n$ = {panel.energy.min():.4f}\nmean $H/n$ = {panel.energy.mean():.4f}",
        fontsize=8,
    )


def _draw_samples(axis: Axes, panel: Panel, norm: Normalize) -> None:
    """Draw a dot per sample, and lines of equal density around them."""
    background = panel.background
    cells = np.linspace(background.extent[0], background.extent[1], background.density.shape[0])
    levels = [0.01, 0.1, 0.5]
    axis.contour(cells, cells, background.density, levels, colors="white", linewidths=0.4)
    axis.scatter(
        panel.plane[:, 0],
        panel.plane[:, 1],
        c=panel.energy,
        cmap=_MAP,
        norm=norm,
        s=np.clip(2e4 / len(panel.energy), 1.0, 20.0),
        lw=0,
        rasterized=True,
    )


def _draw_discs(axis: Axes, discs: Discs, norm: Normalize) -> None:
    """Draw a disc per minimum; a white rim of fixed width makes even the smallest visible."""
    circles = EllipseCollection(
        2.0 * discs.radius,
        2.0 * discs.radius,
        np.zeros(len(discs.radius)),
        units="xy",
        offsets=discs.place,
        offset_transform=axis.transData,
        array=discs.energy,
        cmap=_MAP,
        norm=norm,
        edgecolors="white",
        linewidths=0.6,
    )
    axis.add_collection(circles)


def _colour_bar(
    figure: Figure | SubFigure,
    axes: list[Axes],
    norm: Normalize,
    panels: list[Panel],
    marks: list[tuple[float, str]],
    ground_known: bool,
) -> None:
    """Draw the colour bar: the ranges of the panels below it, the limits of theory above it."""
    bar = figure.colorbar(
        ScalarMappable(norm, _MAP), ax=axes, orientation="horizontal", aspect=50, pad=0.06
    )
    ends = [value for panel in panels for value in (panel.energy.min(), panel.energy.max())]
    ticks = _spaced(norm, ends)
    bar.set_ticks(ticks, labels=[f"{value:.3f}" for value in ticks])
    bar.ax.minorticks_off()
    bar.ax.tick_params(labelsize=7)
    unknown = "" if ground_known else "; ground state: not of one step, unknown"
    bar.set_label(f"energy per spin $H/n${unknown}")
    sides = ["right", "left"] if len(marks) > 1 else ["center"]
    for (value, name), side in zip(marks, sides, strict=True):
        bar.ax.axvline(value, color="black", lw=1.0)
        words = rf" {name} = {value:.3f} at $\nu$ = 0 "
        place = (value, 1.15)
        bar.ax.annotate(
            words, place, xycoords=("data", "axes fraction"), ha=side, va="bottom", fontsize=7
        )


def _spaced(norm: Normalize, values: list[float]) -> list[float]:
    """Keep the values whose labels do not overlap those of values kept before them."""
    kept: list[float] = []
    for value in values:
        if all(abs(norm(value) - norm(other)) > 0.06 for other in kept):
            kept.append(value)
    return kept


def _numbers(panels: list[Panel], first: xr.Dataset) -> xr.Dataset:
    """Return what is drawn as one dataset, panel after panel."""
    plane, energy, label = (
        np.concatenate([getattr(panel, name) for panel in panels])
        for name in ("plane", "energy", "label")
    )
    nu = np.repeat([panel.nu for panel in panels], [len(panel.energy) for panel in panels])
    columns = {
        "position": (("sample", "axis"), plane, "position in the embedding"),
        "energy": ("sample", energy, "energy per spin H/n"),
        "minimum": ("sample", label, "number of the minimum in its panel"),
        "nu": ("sample", nu, "field strength"),
    }
    return labelled(columns, style.orders_attributes(first.attrs, "seed", "versions"))
