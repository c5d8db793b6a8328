"""The disconnectivity tree: which minima are joined below which energy.

From each minimum a vertical line rises to the lowest energy at which a path leads to a lower
minimum, and there joins the line of that minimum.  The line of the lowest minimum is the trunk.
Branches go to the side on which there are fewer minima, so that lines never cross.
"""

from collections import deque
from typing import Any

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap, LogNorm, to_rgba
from matplotlib.ticker import LogLocator

from spinglass.arrays import Array
from spinglass.connections import Connections, Tree, disconnectivity_tree
from spinglass.connections.files import CONNECTIONS, POSITIONS, from_dataset
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.figures import style
from spinglass.figures.picture import Picture
from spinglass.figures.sources import Source, name_of
from spinglass.files.labelled import labelled

_TRUNK = "0.45"
_UNMET = style.PALETTE[1]
_COLOURS = ListedColormap(colormaps["viridis_r"](np.linspace(0.12, 1.0, 256)))
_DOTS_UP_TO = 150
_PLAIN_UP_TO = 100.0
"""Largest ratio of weights for which the colour bar is labelled in plain decimals."""


@style.paper_style()
def plot_disconnectivity(graph: Source, *, ax: Axes | None = None) -> Picture:
    """Draw the disconnectivity tree of a graph, its minima coloured by basin weight.

    Parameters
    ----------
    graph : Path, str or xarray.Dataset
        File of `spinglass connect`, NetCDF or JSON, or a dataset from
        `spinglass.connections.graph_dataset`.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Picture
        The figure and its numbers.

    Raises
    ------
    InputError
        If ``graph`` is not such a graph, or has no minima.
    """
    data = CONNECTIONS.take(graph, POSITIONS)
    connections = from_dataset(data, name_of(graph))
    if not len(connections.minima):
        raise InputError(f"{name_of(graph)} must hold a minimum to draw, got none")
    table = _table(data.attrs, connections, disconnectivity_tree(connections))
    axis = style.axes_or_new(ax, (style.FULL_WIDTH, 4.2))
    _draw(axis, table, connections.share_connected)
    return Picture.of("disconnectivity", axis, table)


def leaf_positions(tree: Tree) -> Array:
    """Return the horizontal place of every minimum, 0 to minima - 1 in steps of 1; (minima,).

    The minima under a node stand side by side.  When two branches merge, the one with the higher
    lowest minimum goes to that side of the other's lowest minimum where fewer minima stand.
    """
    leaves = [deque([leaf]) for leaf in range(tree.minima)]
    left = [0] * tree.minima  # minima to the left of the lowest, under each node
    for main, side in tree.children:
        row, before = leaves[main], left[main]
        if before < len(row) - 1 - before:
            row.extendleft(reversed(leaves[side]))
            before += len(leaves[side])
        else:
            row.extend(leaves[side])
        leaves.append(row)
        left.append(before)
    order = [leaf for root in tree.roots for leaf in leaves[root]]
    place = np.empty(tree.minima)
    place[order] = np.arange(tree.minima)
    return place


def _table(header: dict[str, Any], graph: Connections, tree: Tree) -> xr.Dataset:
    main, side = tree.lowest[tree.children].T if len(tree.level) else np.empty((2, 0), np.int64)
    columns = {
        "energy": ("minimum", graph.minimum_energy, "H/n of the minimum"),
        "weight": ("minimum", graph.weight, "basin weight, share of the descents"),
        "position": ("minimum", leaf_positions(tree), "horizontal place in the figure"),
        "escape": ("minimum", tree.escape, "H/n of the lowest pass to a lower minimum"),
        "component": ("minimum", graph.component, "connected component"),
        "level": ("merge", tree.level, "H/n of the saddle at which two branches merge"),
        "trunk": ("merge", main, "lowest minimum of the lower branch"),
        "branch": ("merge", side, "lowest minimum of the other branch"),
    }
    attributes = style.orders_attributes(header, "nu", "couplings_sha256", "searches", "seed")
    return labelled(columns, {**attributes, "edges": len(graph.edges)})


def _draw(axis: Axes, table: xr.Dataset, connected: float) -> None:
    energy, level = table["energy"].values, table["level"].values
    everything = np.concatenate([energy, level])
    span = float(np.ptp(everything)) or max(abs(float(energy[0])), 1.0)
    top = float(everything.max()) + 0.06 * span
    axis.set_ylim(float(everything.min()) - 0.06 * span, top)
    count, edges = len(energy), table.attrs["edges"]
    axis.set_xlim(-0.5 - 0.02 * count, count - 0.5 + 0.02 * count)
    _draw_trunks(axis, table, top)
    _draw_leaves(axis, table, top)
    axis.set_xticks([])
    axis.spines["bottom"].set_visible(False)
    axis.set_ylabel("energy per spin $H/n$")
    orders = style.orders_label(Covariance.said_by(table.attrs))
    special = style.special_label(table.attrs)
    axis.set_title(
        f"$n$ = {table.attrs['n']}, {orders}, $\\nu$ = {table.attrs['nu']:g}"
        f"{', ' if special else ''}{special}: "
        f"{count:,} minim{'um' if count == 1 else 'a'}, {edges:,} saddle"
        f"{'' if edges == 1 else 's'}, {connected:.0%} of the minima connected",
        loc="left",
    )


def _draw_trunks(axis: Axes, table: xr.Dataset, top: float) -> None:
    """Draw the merges, and the lines of all minima above their first merge."""
    place, level = table["position"].values, table["level"].values
    main, side = place[table["trunk"].values], place[table["branch"].values]
    first, last = first_merges(table), np.minimum(table["escape"].values, top)
    onward = np.flatnonzero(first < last)
    flat = _segments(main, level, side, level)
    tall = _segments(place[onward], first[onward], place[onward], last[onward])
    width = 0.8 * line_width(len(place))
    axis.add_collection(LineCollection([*flat, *tall], colors=_TRUNK, linewidths=width))


def _draw_leaves(axis: Axes, table: xr.Dataset, top: float) -> None:
    """Draw every minimum up to its first merge, in the colour of its basin weight."""
    place, energy, weight = (table[name].values for name in ("position", "energy", "weight"))
    ends = np.minimum(first_merges(table), top)
    scale, met = _weight_scale(weight), weight > 0.0
    paint = np.tile(to_rgba(_UNMET), (len(weight), 1))
    paint[met] = _COLOURS(scale(weight[met]))
    width = line_width(len(place))
    lines = _segments(place, energy, place, ends)
    axis.add_collection(LineCollection(list(lines), colors=paint, linewidths=1.6 * width))
    if len(place) <= _DOTS_UP_TO:
        axis.scatter(place, energy, s=18.0 * width, c=paint, zorder=3, linewidths=0)
    assert axis.figure is not None
    bar = axis.figure.colorbar(ScalarMappable(scale, _COLOURS), ax=axis, pad=0.01, aspect=30)
    lowest, highest = bar.ax.get_ylim()
    if highest <= _PLAIN_UP_TO * lowest:
        bar.set_ticks(LogLocator(subs=(1.0, 2.0, 5.0)))
        bar.minorticks_off()
        bar.ax.yaxis.set_major_formatter("{x:g}")
    bar.set_label("basin weight (share of descents)")
    if not met.all():
        axis.plot([], [], color=_UNMET, label="met by no descent, found below a saddle")
        axis.legend(loc="upper right")


def _segments(x: Array, y: Array, to_x: Array, to_y: Array) -> Array:
    """Return straight lines from (x, y) to (to_x, to_y), shape (lines, 2, 2)."""
    return np.stack([np.stack([x, y], axis=1), np.stack([to_x, to_y], axis=1)], axis=1)


def _weight_scale(weight: Array) -> LogNorm:
    """Return the scale of the weights, of at least a decade, so that near weights look alike."""
    met = weight[weight > 0.0]
    lowest, highest = (float(met.min()), float(met.max())) if met.size else (1e-3, 1.0)
    return LogNorm(min(lowest, 0.1 * highest), highest)


def first_merges(table: xr.Dataset) -> Array:
    """Return the level at which each minimum first merges with another, (minima,); inf if never."""
    first = np.full(table.sizes["minimum"], np.inf)
    for name in ("trunk", "branch"):
        np.minimum.at(first, table[name].values, table["level"].values)
    return first


def line_width(minima: int) -> float:
    """Return the width of lines in points, smaller for many minima."""
    return float(np.clip(60.0 / minima, 0.3, 1.0))
