"""Density of stationary points over their overlap with a hidden point, found and exact.

The overlap m = x . s* / n is the latitude of a point if s* is the north pole.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from spinglass.averaging import mean_and_error
from spinglass.checks import integer_at_least
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.figures import style
from spinglass.figures.picture import Picture
from spinglass.figures.sources import Source, name_of, one_or_several
from spinglass.files.labelled import labelled
from spinglass.landscape.planting import hidden_point
from spinglass.search.minima import hidden_overlap
from spinglass.search.points_file import POINTS
from spinglass.signals import Signal, signal_said_by, terms_of_theory
from spinglass.theory import latitude_density

PANELS: dict[str, int | None] = {"all points": None, "minima": 0}
"""The points that each panel counts, and their Morse index; None counts all."""

_NODES = 32
"""Gauss-Legendre nodes in each interval."""


@dataclass(frozen=True)
class _Ensemble:
    """What all files share, and the latitudes and indices of the points of each file."""

    n: int
    law: Covariance
    signal: Signal
    samples: list[tuple[np.ndarray, np.ndarray]]


@style.paper_style()
def plot_latitude(
    points: Source | Sequence[Source],
    *,
    bins: int = 16,
    figure: Figure | SubFigure | None = None,
) -> Picture:
    """Draw the density of stationary points over the overlap, found and exact.

    Parameters
    ----------
    points : Path, str or xarray.Dataset, or a sequence of them
        Files of `spinglass points --spike --out`: samples of different seeds and one law.
        Equilibria planted without being pinned will do as well, as they are spikes too.
    bins : int
        Number of intervals of the overlap in which points are counted.
    figure : Figure or SubFigure, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Picture
        The figure and its numbers.

    Raises
    ------
    InputError
        If there are no files, one is of another kind, has no such hidden point or may lack points,
        two have the same seed, or their laws differ.
    DamagedFileError
        If a file is damaged, or of no kind.
    """
    edges = np.linspace(-1.0, 1.0, integer_at_least("bins", bins, 2, 1000) + 1)
    ensemble = _read(one_or_several(points))
    data = xr.merge([_found(ensemble, edges), _exact(ensemble, edges)])
    data.attrs = {"n": ensemble.n, **ensemble.law.named, **ensemble.signal.attributes}
    figure, axes = style.subplots(1, 2, figsize=(style.FULL_WIDTH, 3.0), figure=figure)
    for axis, what in zip(axes, PANELS, strict=True):
        _draw(axis, data.sel(counted=what))
    count = len(ensemble.samples)
    axes[0].set_title(
        f"$n = {ensemble.n}$, {style.orders_label(ensemble.law)}, "
        f"{style.special_label(ensemble.signal.attributes)}: {count:,} samples",
        loc="left",
    )
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return Picture("latitude", figure, tuple(axes), data)


def _read(sources: list[Source]) -> _Ensemble:
    if not sources:
        raise InputError("stationary points must be given, got none")
    known, seeds, samples = None, set(), []
    for source in sources:
        data, name = POINTS.take(source), name_of(source)
        attrs = data.attrs
        signal, law = signal_said_by(attrs), Covariance.said_by(attrs)
        if signal is None or signal.pinned:
            words = "no hidden point" if signal is None else f"{signal.label} pinned"
            raise InputError(f"{name} must be of a spike or of unpinned planting, got {words}")
        if not attrs["complete"]:
            raise InputError(f"{name} must hold all points, got one that may lack some")
        which = attrs["n"], law, signal
        known = known or which
        if which != known:
            raise InputError(
                f"all points must be of n = {known[0]}, {known[1].label} {known[2].label}, got n = "
                f"{attrs['n']}, {law.label} {signal.label} in {name}"
            )
        if attrs["seed"] in seeds:
            raise InputError(f"each sample must be given once, got seed {attrs['seed']} twice")
        seeds.add(attrs["seed"])
        hidden = hidden_point(attrs["n"], attrs["seed"])
        latitude = hidden_overlap(data["spins"].values, hidden, False)
        samples.append((latitude, data["index"].values))
    assert known is not None
    return _Ensemble(*known, samples)


def _found(ensemble: _Ensemble, edges: np.ndarray) -> xr.Dataset:
    """Return mean counts per interval and unit of latitude over samples, with their errors."""
    counts = np.array(
        [
            [
                np.histogram(m if index is None else m[k == index], edges)[0]
                for index in PANELS.values()
            ]
            for m, k in ensemble.samples
        ]
    ) / np.diff(edges)
    errors = [mean_and_error(cell)[1] for cell in counts.reshape(len(counts), -1).T]
    error = np.reshape(errors, counts.shape[1:])
    dims = ("counted", "interval")
    centre = 0.5 * (edges[1:] + edges[:-1])
    return labelled(
        {
            "found": (dims, counts.mean(0), "points found per unit of overlap"),
            "found_error": (dims, error, "standard error of found"),
            "interval": ("interval", centre, "middle of the interval of the overlap"),
            "counted": ("counted", list(PANELS), "which points"),
        }
    )


def _exact(ensemble: _Ensemble, edges: np.ndarray) -> xr.Dataset:
    """Compute the exact density at the nodes of each interval, and its mean over each interval."""
    law, signal = ensemble.law, ensemble.signal
    terms = terms_of_theory(signal, law)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    centre, half = 0.5 * (edges[1:] + edges[:-1]), 0.5 * np.diff(edges)
    m = (centre[:, None] + half[:, None] * nodes).reshape(-1)
    density = np.array([latitude_density(ensemble.n, law, terms, m, k) for k in PANELS.values()])
    means = 0.5 * density.reshape(2, -1, _NODES) @ weights
    dims, cells = ("counted", "latitude"), ("counted", "interval")
    return labelled(
        {
            "density": (dims, density, "exact mean density"),
            "exact": (cells, means, "mean of density over the interval"),
            "latitude": ("latitude", m, "overlap with the hidden point"),
            "counted": ("counted", list(PANELS), "which points"),
        }
    )


def _draw(axes: Axes, data: xr.Dataset) -> None:
    """Draw the means with errors, the exact density as a curve, and its means over intervals."""
    exact = data["density"]
    axes.plot(data["latitude"], exact, color=style.PALETTE[1], label="exact mean (Kac-Rice)")
    edges = np.linspace(-1.0, 1.0, data.sizes["interval"] + 1)
    axes.hlines(
        data["exact"], edges[:-1], edges[1:], color="0.3", lw=0.9, label="its mean in an interval"
    )
    look = {"fmt": "o", "color": style.PALETTE[0], "label": "found, with standard error"}
    style.draw_means(axes, data, "interval", "found", ms=3.0, lw=0.9, **look)
    axes.set(xlim=(-1.02, 1.02), xlabel="overlap with the hidden point")
    axes.set_ylim(0.0, 1.1 * float(max(exact.max(), data["found"].max())))
    axes.set_ylabel(f"{data['counted'].item()} per unit of overlap")
