"""A landscape emptied by its field: every branch of minima, and how many there are."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter
from scipy.interpolate import CubicHermiteSpline

from spinglass.arrays import Array
from spinglass.contents.numbers import or_nan
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.figures.picture import Picture
from spinglass.figures.sources import Source, name_of
from spinglass.figures.style import (
    FULL_WIDTH,
    PALETTE,
    ground_state_label,
    orders_attributes,
    orders_label,
    paper_style,
    subplots,
)
from spinglass.following.branches import BRANCHES, Branches, from_dataset
from spinglass.theory import ground_state_energy, mean_minima

_PIECES = 24
_SURVIVOR, _BORN, _DIED, _THEORY = PALETTE[6], PALETTE[2], PALETTE[1], PALETTE[0]


def plot_branches(branches: Source, *, figure: Figure | SubFigure | None = None) -> Picture:
    """Draw the energies of all branches over the field, and the number of minima beneath.

    Between the fields that were visited the energy is interpolated by cubics through the computed
    energies with the computed slopes -eta . x / n, so that folds are met where they are.

    Parameters
    ----------
    branches : Path, str or xarray.Dataset
        What `spinglass follow` writes, with at least two fields done.
    figure : Figure or SubFigure, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Picture
        The figure and its numbers.

    Raises
    ------
    InputError
        If there are fewer fields.
    """
    data = BRANCHES.take(branches, ("spins",))
    found = from_dataset(data)
    if found.nu.size < 2:
        raise InputError(
            f"{name_of(branches)} has {found.nu.size} fields done, branches need at least 2"
        )
    with paper_style():
        figure, panels = _draw(found, data.attrs, figure)
        return Picture("branches", figure, panels, _table(found, data.attrs))


def knots(branches: Branches, branch: int) -> Array:
    """Return nu, H/n and slope, shape (knots, 3), of what is known of a branch, by ascending nu."""
    here = branches.present[branch]
    grid = np.stack([branches.nu, branches.energy[branch], branches.slope[branch]], axis=1)[here]
    ends = np.stack([branches.birth[branch], branches.death[branch]])
    rows = np.concatenate([grid, ends[~np.isnan(ends[:, 0])]])
    return rows[np.argsort(rows[:, 0])]


def number_of_minima(branches: Branches) -> tuple[Array, Array]:
    """Return the fields of all folds with both ends, and the number of branches from each on.

    At the last of them the branches that still live are counted.
    """
    spans = [knots(branches, branch)[[0, -1], 0] for branch in range(len(branches.ending))]
    begins, ends = np.array(spans).T
    events = np.unique(np.concatenate([begins, ends]))
    alive = (begins[:, None] <= events) & (events < ends[:, None])
    number = alive.sum(axis=0)
    number[-1] = branches.present[:, np.argmax(branches.nu)].sum()
    return events, number


def _table(branches: Branches, attrs: dict[str, Any]) -> xr.Dataset:
    counts = branches.counts()
    law = Covariance.said_by(attrs)
    exact = [float(mean_minima(attrs["n"], law, nu)) for nu in branches.nu]
    columns = {
        "nu": (("field",), branches.nu, "field strength"),
        "minima": (("field",), counts["minima"], "minima"),
        "exact_mean": (("field",), exact, "exact mean number of minima over disorder"),
        "energy": (("branch", "field"), branches.energy, "energy per spin H/n of the branch"),
        "birth": (("branch", "fold"), branches.birth[:, :2], "nu and H/n where the branch began"),
        "death": (("branch", "fold"), branches.death[:, :2], "nu and H/n where the branch ended"),
    }
    return xr.Dataset(
        {
            name: (dims, values, {"long_name": words, "units": "1"})
            for name, (dims, values, words) in columns.items()
        },
        attrs=orders_attributes(attrs, "seed"),
    )


def _draw(
    branches: Branches, attrs: dict[str, Any], figure: Figure | SubFigure | None
) -> tuple[Figure | SubFigure, tuple[Axes, ...]]:
    figure, (above, below) = subplots(
        2,
        1,
        figsize=(FULL_WIDTH, 5.6),
        height_ratios=(2.2, 1),
        sharex=True,
        layout="constrained",
        figure=figure,
    )
    _draw_energies(above, branches, attrs)
    _draw_numbers(below, branches, attrs)
    critical = float(attrs["critical_field"])
    if branches.nu.min() < critical < branches.nu.max():
        for axis in (above, below):
            axis.axvline(critical, color="0.6", ls=":", lw=1, zorder=0)
        label = above.get_xaxis_transform()
        above.text(critical, 0.99, r" $\nu_c$", transform=label, color="0.4", va="top")
    return figure, (above, below)


def _draw_energies(axis: Axes, branches: Branches, attrs: dict[str, Any]) -> None:
    last = branches.present[:, -1]
    for branch in range(len(branches.ending)):
        nu, energy, slope = knots(branches, branch).T
        colour, width = (_SURVIVOR, 1.6) if last[branch] else ("0.55", 0.7)
        if nu.size == 1:
            axis.plot(nu, energy, ".", color=colour, ms=3)
            continue
        fine = np.interp(np.linspace(0, nu.size - 1, _PIECES * (nu.size - 1) + 1),
                         np.arange(nu.size), nu)  # fmt: skip
        axis.plot(fine, CubicHermiteSpline(nu, energy, slope)(fine), color=colour, lw=width)
    if not last.all():
        axis.plot([], [], color="0.55", lw=0.7, label="branches of minima")
    survivors = "the minimum" if last.sum() == 1 else "minima"
    axis.plot([], [], color=_SURVIVOR, lw=1.6, label=f"{survivors} left at the last field")
    for folds, marker, colour, words in (
        (branches.birth, "o", _BORN, "born at a fold"),
        (branches.death, "x", _DIED, "ended at a fold"),
    ):
        if not np.isnan(folds[:, 0]).all():
            style: dict[str, Any] = {"ms": 3.5, "mew": 1.0, "ls": "", "zorder": 3}
            axis.plot(folds[:, 0], folds[:, 1], marker, color=colour, label=words, **style)
    if not np.isnan(branches.drop).all():
        nu, top = branches.death[:, 0], branches.death[:, 1]
        axis.vlines(nu, top - branches.drop, top, color=_DIED, lw=0.6, alpha=0.5, zorder=1)
        axis.plot([], [], color=_DIED, lw=0.6, alpha=0.5, label="descent from the fold")
    law = Covariance.said_by(attrs)
    fine = np.linspace(branches.nu.min(), branches.nu.max(), 100)
    ground = np.array([or_nan(ground_state_energy, law, nu) for nu in fine])
    axis.plot(fine, ground, "--", color=_THEORY, lw=1, label=ground_state_label(ground))
    axis.set_ylabel("energy per spin $H/n$")
    title = f"$n$ = {attrs['n']}, {orders_label(law)}, sample {attrs['seed']}"
    axis.set_title(title, loc="left")
    axis.legend(loc="lower left")


def _draw_numbers(axis: Axes, branches: Branches, attrs: dict[str, Any]) -> None:
    events, number = number_of_minima(branches)
    axis.step(events, number, where="post", color="0.3", lw=1, label="branches")
    counts = branches.counts()
    axis.plot(branches.nu, counts["census"], "o", color=PALETTE[4], ms=3.5, zorder=3,
              label="fresh census")  # fmt: skip
    fine = np.linspace(branches.nu.min(), branches.nu.max(), 60)
    law = Covariance.said_by(attrs)
    exact = [float(mean_minima(attrs["n"], law, nu)) for nu in fine]
    axis.plot(fine, exact, "-", color=_THEORY, label="exact mean over disorder")
    axis.set_yscale("log")
    most = max(number.max(), counts["census"].max(), *exact)
    axis.set_ylim(0.8, max(4.0, 1.3 * most))
    axis.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.set_xlabel(r"field strength $\nu$")
    axis.set_ylabel("minima")
    axis.legend(loc="best")
