"""How a field empties a landscape: every branch of minima, and the number of minima."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter
from numpy.typing import ArrayLike
from scipy.interpolate import CubicHermiteSpline

from spinglass.arrays import Array
from spinglass.contents.numbers import or_nan
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.figures import style
from spinglass.figures.picture import Picture
from spinglass.figures.sources import Source, name_of
from spinglass.files.labelled import labelled
from spinglass.files.provenance import is_drawn
from spinglass.following.branches import BRANCHES, Branches, from_dataset
from spinglass.signals import signal_said_by
from spinglass.theory import ground_state_energy, mean_minima

_PIECES = 24
_THEORY, _DIED, _BORN, *_, _SURVIVOR = style.PALETTE


@style.paper_style()
def plot_branches(branches: Source, *, figure: Figure | SubFigure | None = None) -> Picture:
    """Draw the energies of all branches over the field, and below them the number of minima.

    Between visited fields the energy is interpolated by cubics through the computed energies with
    the computed slopes -eta . x / n, so that curves end at their folds.

    Parameters
    ----------
    branches : Path, str or xarray.Dataset
        File or dataset of `spinglass follow`, with at least two fields done.
    figure : Figure or SubFigure, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Picture
        The figure and its numbers.

    Raises
    ------
    InputError
        If fewer than two fields are done.
    """
    data = BRANCHES.take(branches, ("spins",))
    drawn = branches_in(data, name_of(branches))
    figure, panels = _draw(drawn, data.attrs, figure)
    return Picture("branches", figure, panels, _table(drawn, data.attrs))


def branches_in(data: xr.Dataset, name: str) -> Branches:
    """Return the branches in a dataset; `InputError`, which names ``name``, below two fields."""
    branches = from_dataset(data)
    if branches.nu.size < 2:
        raise InputError(f"{name} must have at least 2 fields done, got {branches.nu.size}")
    return branches


def interpolated(branches: Branches, branch: int, pieces: int) -> tuple[Array, Array]:
    """Return fields along a branch, ``pieces`` per interval between its knots, and H/n there."""
    nu, energy, slope = knots(branches, branch).T
    if nu.size == 1:
        return nu, energy
    fine = np.linspace(0, nu.size - 1, pieces * (nu.size - 1) + 1)
    between = np.interp(fine, np.arange(nu.size), nu)
    return between, CubicHermiteSpline(nu, energy, slope)(between)


def knots(branches: Branches, branch: int) -> Array:
    """Return the computed nu, H/n and slopes of a branch, shape (knots, 3), by ascending nu."""
    here = branches.present[branch]
    grid = np.stack([branches.nu, branches.energy[branch], branches.slope[branch]], axis=1)[here]
    ends = np.stack([branches.birth[branch], branches.death[branch]])
    rows = np.concatenate([grid, ends[~np.isnan(ends[:, 0])]])
    return rows[np.argsort(rows[:, 0])]


def number_of_minima(branches: Branches) -> tuple[Array, Array]:
    """Return the fields where branches begin or end, and the number of branches from each on.

    At the last field the branches that still exist are counted.
    """
    spans = [knots(branches, branch)[[0, -1], 0] for branch in range(len(branches.ending))]
    begins, ends = np.array(spans).T
    events = np.unique(np.concatenate([begins, ends]))
    alive = (begins[:, None] <= events) & (events < ends[:, None])
    number = alive.sum(axis=0)
    number[-1] = branches.present[:, np.argmax(branches.nu)].sum()
    return events, number


def _table(branches: Branches, attrs: dict[str, Any]) -> xr.Dataset:
    minima = branches.counts()["minima"]
    columns: dict[str, tuple[tuple[str, ...], ArrayLike, str]] = {
        "nu": (("field",), branches.nu, "field strength"),
        "minima": (("field",), minima, "minima"),
        "energy": (("branch", "field"), branches.energy, "energy per spin H/n of the branch"),
        "birth": (("branch", "fold"), branches.birth[:, :2], "nu and H/n where the branch began"),
        "death": (("branch", "fold"), branches.death[:, :2], "nu and H/n where the branch ended"),
    }
    if is_drawn(attrs):
        exact = exact_numbers(attrs, branches.nu)
        columns["exact_mean"] = (("field",), exact, "exact mean number of minima over disorder")
    return labelled(columns, style.orders_attributes(attrs, "seed"))


def exact_numbers(attrs: dict[str, Any], fields: Array) -> list[float]:
    """Return the exact mean number of minima of plain samples at each of the fields."""
    law = Covariance.said_by(attrs)
    return [float(mean_minima(attrs["n"], law, nu)) for nu in fields]


def _draw(
    branches: Branches, attrs: dict[str, Any], figure: Figure | SubFigure | None
) -> tuple[Figure | SubFigure, tuple[Axes, ...]]:
    figure, (above, below) = style.subplots(
        2,
        1,
        figsize=(style.FULL_WIDTH, 5.6),
        height_ratios=(2.2, 1),
        sharex=True,
        figure=figure,
    )
    _draw_energies(above, branches, attrs)
    _draw_numbers(below, branches, attrs)
    critical = float(attrs["critical_field"])
    if is_drawn(attrs) and branches.nu.min() < critical < branches.nu.max():
        for axis in (above, below):
            axis.axvline(critical, color="0.6", ls=":", lw=1, zorder=0)
        label = above.get_xaxis_transform()
        above.text(critical, 0.99, r" $\nu_c$", transform=label, color="0.4", va="top")
    return figure, (above, below)


def _draw_energies(axis: Axes, branches: Branches, attrs: dict[str, Any]) -> None:
    last = branches.present[:, -1]
    for branch in range(len(branches.ending)):
        nu, energy = interpolated(branches, branch, _PIECES)
        colour, width = (_SURVIVOR, 1.6) if last[branch] else ("0.55", 0.7)
        if nu.size == 1:
            axis.plot(nu, energy, ".", color=colour, ms=3)
            continue
        axis.plot(nu, energy, color=colour, lw=width)
    if not last.all():
        axis.plot([], [], color="0.55", lw=0.7, label="branches of minima")
    survivors = "the minimum" if last.sum() == 1 else "minima"
    axis.plot([], [], color=_SURVIVOR, lw=1.6, label=f"{survivors} left at the last field")
    for folds, marker, colour, words in (
        (branches.birth, "o", _BORN, "born at a fold"),
        (branches.death, "x", _DIED, "ended at a fold"),
    ):
        if not np.isnan(folds[:, 0]).all():
            look: dict[str, Any] = {"ms": 3.5, "mew": 1.0, "ls": "", "zorder": 3}
            axis.plot(folds[:, 0], folds[:, 1], marker, color=colour, label=words, **look)
    if not np.isnan(branches.drop).all():
        nu, top = branches.death[:, 0], branches.death[:, 1]
        axis.vlines(nu, top - branches.drop, top, color=_DIED, lw=0.6, alpha=0.5, zorder=1)
        axis.plot([], [], color=_DIED, lw=0.6, alpha=0.5, label="descent from the fold")
    law, signal = Covariance.said_by(attrs), signal_said_by(attrs)
    if is_drawn(attrs):
        fine = np.linspace(branches.nu.min(), branches.nu.max(), 100)
        ground = np.array([or_nan(ground_state_energy, law, nu) for nu in fine])
        axis.plot(fine, ground, "--", color=_THEORY, lw=1, label=style.ground_state_label(ground))
    axis.set_ylabel("energy per spin $H/n$")
    title = f"$n$ = {attrs['n']}, {style.orders_label(law)}, sample {attrs['seed']}"
    axis.set_title(title if signal is None else f"{title}, {signal.words}", loc="left")
    axis.legend(loc="lower left")


def _draw_numbers(axis: Axes, branches: Branches, attrs: dict[str, Any]) -> None:
    events, number = number_of_minima(branches)
    axis.step(events, number, where="post", color="0.3", lw=1, label="branches")
    counts = branches.counts()
    axis.plot(branches.nu, counts["census"], "o", color=style.PALETTE[4], ms=3.5, zorder=3,
              label="fresh census")  # fmt: skip
    most = max(number.max(), counts["census"].max())
    if is_drawn(attrs):
        fine = np.linspace(branches.nu.min(), branches.nu.max(), 60)
        exact = exact_numbers(attrs, fine)
        axis.plot(fine, exact, "-", color=_THEORY, label="exact mean over disorder")
        most = max(most, *exact)
    axis.set_yscale("log")
    axis.set_ylim(0.8, max(4.0, 1.3 * most))
    axis.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.set_xlabel(r"field strength $\nu$")
    axis.set_ylabel("minima")
    axis.legend(loc="best")
