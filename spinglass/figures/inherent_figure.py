"""Inherent structures against the temperature of the equilibrium in which descents began."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from spinglass import theory
from spinglass.contents.inherent_means import inherent_means
from spinglass.contents.numbers import or_nan
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.figures import style
from spinglass.figures.picture import Picture
from spinglass.figures.sources import Source, one_or_several
from spinglass.files.labelled import labelled
from spinglass.files.places import check_folder_to_read
from spinglass.search.results import DESCENTS
from spinglass.sweep.job import JOB_FILES

_LABELS = {
    "energy": "energy per spin $H/n$",
    "overlap": "overlap $m$ with planted point",
    "radial_force": r"radial force $X = x \cdot \partial H / n$",
}
_MARKERS = "osD^v<>"
_DASHES = {"T_K": ":", "T_d": "--", "T_SF": "-."}
_POINTS = 200


@style.paper_style()
def plot_inherent(
    results: Source | Sequence[Source], *, figure: Figure | SubFigure | None = None
) -> Picture:
    """Draw energy, overlap and radial force of inherent structures against the temperature.

    Shown are means over disorder with standard errors, the closed form for n to infinity, which
    ends at T_SF, and the radial force of marginal minima, whose lowest eigenvalue is zero.

    Parameters
    ----------
    results : Path, str or xarray.Dataset, or a list of them
        Folder of `spinglass inherent`, or files or datasets of such descents; all of one
        covariance.
    figure : Figure or SubFigure, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Picture
        The figure and its numbers.

    Raises
    ------
    InputError
        If there are no results, one is of other descents, or they are of several covariances.
    DamagedFileError
        If a file is damaged, or of another job than its name says.
    """
    table = inherent_means(_given(results))
    column = "p" if "p" in table else "mixture"
    names = list(dict.fromkeys(table[column].values.tolist()))
    if len(names) > 1:
        laws = ", ".join(Covariance.of(name).orders for name in names)
        raise InputError(f"inherent structures are drawn of one covariance, got {laws}")
    law = Covariance.of(names[0])
    data = xr.merge([table, closed_form(law, table["temperature"].values)])
    figure, axes = style.subplots(1, 3, figsize=(style.FULL_WIDTH, 3.2), figure=figure)
    _draw_means(axes, table)
    _draw_theory(axes, data, law)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=min(len(labels), 4))
    axes[0].set_title(style.orders_label(law), loc="left")
    return Picture("inherent", figure, tuple(axes), data)


def _given(results: Source | Sequence[Source]) -> list[Path | xr.Dataset]:
    """Return all files, including those in folders, and all datasets."""
    sources: list[Path | xr.Dataset] = []
    for each in one_or_several(results):
        if isinstance(each, xr.Dataset):
            sources.append(DESCENTS.take(each))
        elif Path(each).is_file():
            sources.append(Path(each))
        else:
            check_folder_to_read(Path(each))
            if not (inside := sorted(Path(each).glob(JOB_FILES))):
                raise InputError(f"no result files in {each}")
            sources += inside
    return sources


def closed_form(law: Covariance, temperatures: np.ndarray) -> xr.Dataset:
    """Tabulate the closed form from the lowest temperature drawn up to T_SF, densest at T_SF.

    The dataset also has the temperatures ``T_K``, ``T_d`` and ``T_SF``, nan if theory lacks them.
    """
    highest = theory.stability_temperature(law)
    low = min(float(temperatures.min()), 0.95 * highest)
    grid = highest - (highest - low) * np.linspace(1.0, 1e-3, _POINTS) ** 2
    valleys = [theory.inherent_structure(law, float(each)) for each in grid]
    marks = {
        "T_K": or_nan(theory.kauzmann_temperature, law),
        "T_d": or_nan(theory.dynamic_temperature, law),
        "T_SF": highest,
    }

    place = "curve_temperature"
    columns: dict[str, tuple[Any, Any, str]] = {place: (place, grid, "temperature")}
    for name, words in _LABELS.items():
        curve = [getattr(valley, name) for valley in valleys]
        columns[f"curve_{name}"] = (place, curve, f"{words.partition(' $')[0]}, n to infinity")
    columns |= {name: ((), value, f"temperature {name}") for name, value in marks.items()}
    columns["marginal_force"] = ((), -2.0 * law.curvature**0.5, "radial force at the margin")
    return labelled(columns)


def _draw_means(axes: Sequence[Axes], table: xr.Dataset) -> None:
    series = list(zip(table["n"].values.tolist(), table["pinned"].values.tolist(), strict=True))
    for number, (n, pinned) in enumerate(dict.fromkeys(series)):
        mine = table.isel(point=[which == (n, pinned) for which in series])
        look: dict[str, Any] = {
            "fmt": _MARKERS[number % len(_MARKERS)],
            "color": style.PALETTE[number % len(style.PALETTE)],
            "label": f"$n = {n}$, {_samples(mine)}{'' if pinned else ', unpinned'}",
        }
        for axis, name in zip(axes, _LABELS, strict=True):
            style.draw_means(axis, mine, "temperature", name, ms=3.0, lw=0.9, **look)


def _samples(table: xr.Dataset) -> str:
    counts = table["samples"].values
    few, most = int(counts.min()), int(counts.max())
    number = f"{most:,}" if few == most else f"{few:,} to {most:,}"
    return f"{number} sample{'' if most == 1 else 's'}"


def _draw_theory(axes: Sequence[Axes], data: xr.Dataset, law: Covariance) -> None:
    """Draw closed forms, temperatures and margins, all of them in the legend of the first axes."""
    grid = data["curve_temperature"]
    curve: dict[str, Any] = {"color": "black", "lw": 1.2, "zorder": 1}
    margin: dict[str, Any] = {"color": "0.5", "lw": 0.8, "zorder": 0}
    force = float(data["marginal_force"])
    for axis, (name, words) in zip(axes, _LABELS.items(), strict=True):
        axis.plot(grid, data[f"curve_{name}"], label=r"closed form, $n \to \infty$", **curve)
        axis.set_xlabel("temperature $T$")
        axis.xaxis.set_major_locator(MaxNLocator(5))
        axis.set_ylabel(words)
        for mark, label in _marks(data).items():
            axis.axvline(float(data[mark]), color="0.35", ls=_DASHES[mark], lw=0.9, label=label)
    axes[2].axhline(force, **margin)
    if law.is_pure:  # the energy is X / p
        axes[0].axhline(force / law.weights[0][0], **margin)
    axes[0].plot([], [], label="marginal minima", **margin)
    axes[1].set_ylim(bottom=min(0.0, *axes[1].get_ylim()))


def _marks(data: xr.Dataset) -> dict[str, str]:
    """Return the labels of the known temperatures, by name; T_d and T_SF share one if equal."""
    marks = {"T_K": "$T_K$", "T_d": "$T_d$", "T_SF": r"$T_\mathrm{SF}$"}
    known = {name: label for name, label in marks.items() if np.isfinite(float(data[name]))}
    if "T_d" in known and np.isclose(data["T_d"], data["T_SF"], rtol=1e-9):
        known["T_d"] += f" = {known.pop('T_SF')}"
    return known
