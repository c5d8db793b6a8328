"""The rank plot of basin weights: how unequal the minima are, and where a census ended."""

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from spinglass.contents.census_contents import KIND, summary
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.figures import style
from spinglass.figures.picture import Picture
from spinglass.figures.sources import Source, name_of, one_or_several
from spinglass.files.labelled import labelled
from spinglass.files.provenance import DETAILS

_NAMED = ("n", "p", "mixture", "nu", "seed", "starts", *DETAILS)
_MARKERS = "osD^v<>"
_TOP = 1.3


@style.paper_style()
def plot_ranks(censuses: Source | Sequence[Source], *, ax: Axes | None = None) -> Picture:
    """Draw the shares of the descents that ended in each minimum, the largest first.

    Parameters
    ----------
    censuses : Path, str or xarray.Dataset, or a sequence of them
        Files of `spinglass census --out`, or datasets of `spinglass.search.census_dataset`.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Picture
        The figure and its numbers.

    Raises
    ------
    InputError
        If there is no census, or one is of another kind or has no minimum.
    DamagedFileError
        If a file is damaged, or of no kind.
    """
    rows = [_read(source) for source in one_or_several(censuses)]
    if not rows:
        raise InputError("censuses must hold one at least, got none")
    axes = style.axes_or_new(ax, (style.FULL_WIDTH * 0.8, 3.3))
    for number, row in enumerate(rows):
        _draw(axes, row, number)
    most = max(max(row["minima"], row["expected"] or 0.0) for row in rows)
    least = min(row["weights_by_rank"][-1] for row in rows)
    axes.set(xscale="log", yscale="log", xlim=(0.85, 1.3 * most))
    axes.set_ylim(_room_below(least / _TOP, len(rows) + 1) * least, _TOP)
    style.plain_numbers(axes.xaxis, axes.yaxis)
    axes.set_xlabel("rank of the minimum")
    axes.set_ylabel("share of the descents")
    if any(row["expected"] is not None for row in rows):
        axes.plot([], [], ":", color="0.3", lw=0.9, label="exact mean numbers")
    axes.legend(loc="lower left", fontsize=7, frameon=True, framealpha=1.0, edgecolor="none")
    return Picture.of("ranks", axes, _numbers(rows))


def _read(source: Source) -> dict[str, Any]:
    row = summary(KIND.take(source, ("spins",)))
    if not row["minima"]:
        raise InputError(f"{name_of(source)} must hold a minimum to draw, got none")
    return row


def _draw(axes: Axes, row: dict[str, Any], number: int) -> None:
    """Draw the weights by rank, and a dotted line at the exact mean number of minima."""
    colour = style.PALETTE[number % len(style.PALETTE)]
    shares = np.array(row["weights_by_rank"])
    what = "pairs" if row["antipodal_pairs"] else "minima"
    which = style.special_label(row) or f"seed {row['seed']}"
    label = (
        f"$n$ = {row['n']}, {style.orders_label(Covariance.said_by(row))}, $\\nu$ = {row['nu']:g}, "
        f"{which}: {what} {row['minima']:,}, Chao1 {row['chao1']:,.1f}"
    )
    if row["expected"] is not None:
        label += f", exact mean {row['expected']:,.1f}"
    look = _MARKERS[number % len(_MARKERS)] + "-"
    ranks = np.arange(1, len(shares) + 1)
    axes.plot(ranks, shares, look, ms=2.5, lw=0.8, color=colour, label=label)
    if row["expected"] is not None:
        axes.axvline(row["expected"], color=colour, lw=0.9, ls=":")


def _room_below(reach: float, lines: int) -> float:
    """Return the factor by which to extend a logarithmic axis downwards for a legend's lines."""
    share = min(0.06 * lines + 0.04, 0.6)
    return (0.8 * reach) ** (share / (1.0 - share))


def _numbers(rows: list[dict[str, Any]]) -> xr.Dataset:
    sizes = [row["minima"] for row in rows]
    which = np.repeat(np.arange(len(rows)), sizes)
    rank = np.concatenate([np.arange(1, size + 1) for size in sizes])
    share = np.concatenate([row["weights_by_rank"] for row in rows])
    expected = [math.nan if row["expected"] is None else row["expected"] for row in rows]
    columns = {
        "census": ("minimum", which, "which census"),
        "rank": ("minimum", rank, "rank of the minimum"),
        "share": ("minimum", share, "share of the descents"),
        "expected": ("file", expected, "exact mean number"),
        "chao1": ("file", [row["chao1"] for row in rows], "Chao1 estimate"),
    }
    censuses = json.dumps([{k: row[k] for k in _NAMED if k in row} for row in rows])
    return labelled(columns, {"censuses": censuses})
