"""Theorem 1 at finite size: the law of the couplings and the covariance of the loss."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from scipy import stats

from spinglass.deep.sparse_network import GateKind
from spinglass.deep.threshold_kernel import live_correlation
from spinglass.errors import InputError
from spinglass.figures import style
from spinglass.figures.picture import Picture

_NAMES = {
    GateKind.INDEPENDENT: "independent gates",
    GateKind.THRESHOLD: "frozen threshold gates",
}
_KOLMOGOROV_MEAN = np.sqrt(np.pi / 2) * np.log(2)
"""Mean of sqrt(count) times the Kolmogorov-Smirnov distance of true draws from their law."""
_MARKERS = {GateKind.INDEPENDENT: "o", GateKind.THRESHOLD: "s"}


@style.paper_style()
def plot_network(
    laws: list[xr.Dataset],
    covariances: list[xr.Dataset],
    *,
    figure: Figure | SubFigure | None = None,
) -> Picture:
    """Draw the law of the couplings by width, and the covariance of the loss by overlap and width.

    Parameters
    ----------
    laws : list of xarray.Dataset
        From `spinglass.deep.coupling_law`, in the order of the legend.
    covariances : list of xarray.Dataset
        From `spinglass.deep.loss_covariance`, frozen and live.
    figure : Figure or SubFigure, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Picture
        The figure and its numbers.

    Raises
    ------
    InputError
        If a list is empty or holds anything else, even a path: these studies have no files.
    """
    _check("laws", laws, "couplings", "coupling_study")
    _check("covariances", covariances, "correlation", "covariance_study")
    frozen = [data for data in covariances if data.attrs["gates"] != GateKind.LIVE]
    live = [data for data in covariances if data.attrs["gates"] == GateKind.LIVE]
    figure, axes = style.subplots(3, 2, figsize=(style.FULL_WIDTH, 8.4), figure=figure)
    _quantiles(axes[0, 0], laws[0])
    for colour, law in zip(style.PALETTE, laws, strict=False):
        _rates(axes[0, 1], axes[1, 0], law, colour)
    axes[1, 0].plot([], [], ":", color="0.4", lw=0.8, label="independent Gaussians, as many")
    axes[1, 0].legend()
    axes[0, 1].plot([], [], "0.4", lw=0.8, label="1/N")
    axes[0, 1].legend(handles=axes[0, 1].lines[-1:], loc="lower left")
    colours = _order_colours(covariances)
    _frozen(axes[1, 1], frozen, colours)
    _live(axes[2, 0], live, colours)
    _exponents(axes[2, 1], live, colours)
    for axis, letter in zip(axes.flat, "abcdef", strict=True):
        axis.set_title(f"({letter})", loc="left")
    return Picture("network", figure, tuple(axes.flat), _numbers(laws, covariances))


def _check(name: str, studies: object, variable: str, source: str) -> None:
    """Refuse anything but a list of one or more datasets of a study."""
    given = studies if isinstance(studies, list | tuple) else [studies]
    other = [data for data in given if not isinstance(data, xr.Dataset) or variable not in data]
    if other or not isinstance(studies, list | tuple) or not given:
        got = type((other or [studies])[0]).__name__ if given else "none"
        raise InputError(f"{name} must be a list of datasets of `{source}`, got {got}")


def _order_colours(covariances: list[xr.Dataset]) -> dict[int, str]:
    orders = sorted({data.attrs["p"] for data in covariances})
    return {order: style.PALETTE[k % len(style.PALETTE)] for k, order in enumerate(orders)}


def _quantiles(axis: Axes, law: xr.Dataset) -> None:
    for colour, size in zip(style.PALETTE, law["size"].values, strict=False):
        values = np.sort(law.couplings.sel(size=size).values.ravel())
        ranks = (np.arange(len(values)) + 0.5) / len(values)
        shown = np.unique(np.linspace(0, len(values) - 1, 300).astype(int))
        axis.plot(
            stats.norm.ppf(ranks)[shown],
            values[shown],
            ".",
            ms=3,
            color=colour,
            label=f"N = {size}",
        )
    axis.plot([-4, 4], [-4, 4], "k:", lw=0.8)
    axis.set(xlabel="standard normal quantile", ylabel="quantile of couplings / rms")
    axis.legend(title=f"p = {law.attrs['p']}, n = {law.attrs['n']}")


def _rates(kurtosis: Axes, distance: Axes, law: xr.Dataset, colour: str) -> None:
    name = f"p = {law.attrs['p']}, {_NAMES[law.attrs['gates']]}"
    marker = _MARKERS[law.attrs["gates"]]
    sizes = law["size"].values
    kurtosis.errorbar(
        sizes, law.kurtosis, law.kurtosis_error, fmt=marker, ms=4, color=colour, label=name
    )
    if law.attrs["gates"] == GateKind.INDEPENDENT:
        large = np.argsort(sizes)[1:]  # the smallest size is not asymptotic yet
        amplitudes = (law.kurtosis.values * sizes)[large]
        scale = np.average(amplitudes, weights=(law.kurtosis_error.values * sizes)[large] ** -2.0)
        kurtosis.plot(sizes, scale / sizes, color=colour, lw=0.8)
    distance.plot(sizes, law.distance, marker=marker, ms=4, color=colour, label=name)
    count = law.couplings.isel(size=0).size
    distance.axhline(_KOLMOGOROV_MEAN / count**0.5, color=colour, ls=":", lw=0.8)
    distance.set(ylabel="K-S distance to N(0, 1)")
    kurtosis.set(ylabel="excess kurtosis")
    for axis in (kurtosis, distance):
        axis.set(xscale="log", yscale="log", xlabel="width N")
        axis.set_xticks(sizes, [str(size) for size in sizes])
        axis.set_xticks([], minor=True)
        axis.yaxis.set_minor_formatter("")
    distance.set_ylim(0.01, 1.0)


def _frozen(axis: Axes, covariances: list[xr.Dataset], colours: dict[int, str]) -> None:
    """Draw the correlation of the loss with frozen gates against the overlap, beside q^p."""
    overlaps = np.linspace(0.25, 1.0, 100)
    for data in covariances:
        _points(axis, data, colours[data.attrs["p"]], _MARKERS[data.attrs["gates"]])
    for order, colour in colours.items():
        axis.plot(overlaps, overlaps**order, color=colour, lw=0.8, label=f"$q^{order}$")
    for kind in dict.fromkeys(data.attrs["gates"] for data in covariances):
        axis.plot([], [], _MARKERS[kind], color="0.4", ms=4, label=_NAMES[kind])
    axis.set(xlabel="overlap q", ylabel="correlation, gates frozen", xlim=(0.2, 1.02))
    axis.legend(loc="upper left")


def _live(axis: Axes, covariances: list[xr.Dataset], colours: dict[int, str]) -> None:
    """Draw the live loss of the widest, busiest networks against its limit and against q^p."""
    overlaps = np.linspace(0.25, 1.0, 400)
    for data in _widest(covariances):
        p, activity = data.attrs["p"], _activity(data)
        if activity < max(map(_activity, covariances)):
            continue
        _points(axis, data, colours[p], "o")
        axis.plot(
            overlaps,
            live_correlation(overlaps, p, activity),
            color=colours[p],
            lw=0.8,
            label=f"p = {p}, wide network $C_{p}(q)$",
        )
        axis.plot(overlaps, overlaps**p, ":", color=colours[p], lw=0.8)
    axis.plot([], [], "o", color="0.4", ms=4, label=f"N = {_width(covariances)}")
    axis.plot([], [], ":", color="0.4", lw=0.8, label="$q^p$, for comparison")
    axis.set(xlabel="overlap q", ylabel="correlation, live loss", xlim=(0.2, 1.02))
    axis.legend(loc="upper left")


def _exponents(axis: Axes, covariances: list[xr.Dataset], colours: dict[int, str]) -> None:
    """Draw the exponents fitted to the live loss against the width, and those of the limit."""
    styles = dict(
        zip(sorted({_activity(d) for d in covariances}, reverse=True), "o^", strict=False)
    )
    for data in covariances:
        colour, activity = colours[data.attrs["p"]], _activity(data)
        axis.errorbar(
            data.attrs["width"],
            data.attrs["exponent"],
            data.attrs["exponent_error"],
            fmt=styles[activity],
            ms=4,
            color=colour,
            mfc=colour if activity == max(styles) else "white",
        )
    for data in _widest(covariances):
        dashes = "-" if _activity(data) == max(styles) else "--"
        axis.axhline(
            data.attrs["limit_exponent"], color=colours[data.attrs["p"]], ls=dashes, lw=0.8
        )
    for order, colour in colours.items():
        axis.axhline(order, color=colour, ls=":", lw=0.8)
        axis.plot([], [], "s", color=colour, ms=4, label=f"p = {order}")
    for (activity, marker), dashes in zip(styles.items(), ("-", "--"), strict=False):
        face = "0.4" if activity == max(styles) else "white"
        axis.plot(
            [],
            [],
            marker=marker,
            ls=dashes,
            lw=0.8,
            color="0.4",
            mfc=face,
            ms=4,
            label=f"{activity:.2g} of the units on",
        )
    axis.plot([], [], ":", color="0.4", lw=0.8, label="p itself")
    widths = sorted({data.attrs["width"] for data in covariances})
    axis.set(xscale="log", xlabel="width N", ylabel="exponent fitted to the live loss")
    axis.set_xticks(widths, [str(width) for width in widths])
    axis.set_xticks([], minor=True)
    axis.set_xlim(widths[0] / 1.3, widths[-1] * 1.3)
    axis.set_ylim(0, 1.6 * max(data.attrs["limit_exponent"] for data in covariances))
    axis.legend(loc="upper center", ncols=2)


def _points(axis: Axes, data: xr.Dataset, colour: str, marker: str) -> None:
    axis.errorbar(
        data.overlap,
        data.correlation,
        data.correlation_error,
        fmt=marker,
        ms=4,
        lw=1,
        color=colour,
    )


def _width(covariances: list[xr.Dataset]) -> int:
    return max(int(data.attrs["width"]) for data in covariances)


def _widest(covariances: list[xr.Dataset]) -> list[xr.Dataset]:
    return [d for d in covariances if d.attrs["width"] == _width(covariances)]


def _activity(data: xr.Dataset) -> float:
    """Return the share of units that are on, rounded so that it is equal at all degrees."""
    return round(float(data.attrs["active"] / data.attrs["degree"]), 12)


def _numbers(laws: list[xr.Dataset], covariances: list[xr.Dataset]) -> xr.Dataset:
    law = xr.concat(
        [data.drop_vars("couplings").assign_coords(law=_key(data)) for data in laws],
        dim="law",
        combine_attrs="drop",
    )
    covariance = xr.concat(
        [
            data.assign_coords(covariance=_key(data)).assign(
                exponent=data.attrs["exponent"], exponent_error=data.attrs["exponent_error"]
            )
            for data in covariances
        ],
        dim="covariance",
        combine_attrs="drop",
    )
    return style.described(xr.merge([law, covariance]), _WORDS)


_WORDS = {
    "law": ("study of couplings: layers p and how the gates are frozen", "1"),
    "size": ("width N", "1"),
    "kurtosis": ("excess kurtosis of the couplings", "1"),
    "kurtosis_error": ("jackknife error of the excess kurtosis", "1"),
    "distance": ("Kolmogorov-Smirnov distance of the couplings to N(0, 1)", "1"),
    "common": ("share of the variance that the mean over all couplings carries", "1"),
    "covariance": ("study of the loss: layers p, gates, width N and activity", "1"),
    "overlap": ("overlap q of two weight vectors", "1"),
    "correlation": ("correlation of the loss at two weight vectors", "1"),
    "correlation_error": ("jackknife error of the correlation", "1"),
    "limit": ("correlation expected of a wide network", "1"),
    "exponent": ("exponent e of the fit q^e", "1"),
    "exponent_error": ("jackknife error of the exponent", "1"),
}


def _key(data: xr.Dataset) -> str:
    """Name a study for the file of numbers."""
    a = data.attrs
    live = f" N={a['width']} activity={_activity(data):.2g}" if a["gates"] == GateKind.LIVE else ""
    return f"p={a['p']} {a['gates']}{live}"
