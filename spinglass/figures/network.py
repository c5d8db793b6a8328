"""Theorem 1 at finite size: the couplings' law and the covariance of the loss."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from scipy import stats

from spinglass.figures.style import FULL_WIDTH, PALETTE, paper_style, save_figure

_NAMES = {
    "independent": "independent gates",
    "threshold": "frozen threshold gates",
    "live": "live zero-one loss",
}


def draw_network_study(
    laws: list[xr.Dataset], covariances: list[xr.Dataset], stem: Path
) -> list[Path]:
    """Draw Q-Q plot, kurtosis and Kolmogorov-Smirnov distance by size, and covariance by overlap.

    Parameters
    ----------
    laws, covariances : list of xarray.Dataset
        From `spinglass.deep.network_study`, in the order of the legend.
    stem : Path
        Output path without suffix.
    """
    with paper_style():
        figure, axes = plt.subplots(2, 2, figsize=(FULL_WIDTH, 5.6), layout="constrained")
        _quantiles(axes[0, 0], laws[0])
        for colour, law in zip(PALETTE, laws, strict=False):
            _rates(axes[0, 1], axes[1, 0], law, colour)
        axes[1, 0].legend()
        axes[0, 1].plot([], [], "0.4", lw=0.8, label="1/N")
        axes[0, 1].legend(handles=axes[0, 1].lines[-1:], loc="lower left")
        _covariances(axes[1, 1], covariances)
        for axis, letter in zip(axes.flat, "abcd", strict=True):
            axis.set_title(f"({letter})", loc="left")
        paths = save_figure(figure, stem, _numbers(laws, covariances))
        plt.close(figure)
    return paths


def _quantiles(axis: Axes, law: xr.Dataset) -> None:
    for colour, size in zip(PALETTE, law["size"].values, strict=False):
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
    marker = "o" if law.attrs["gates"] == "independent" else "s"
    sizes = law["size"].values
    kurtosis.errorbar(
        sizes, law.kurtosis, law.kurtosis_error, fmt=marker, ms=4, color=colour, label=name
    )
    if law.attrs["gates"] == "independent":
        weight = 1 / (law.kurtosis_error.values * sizes) ** 2
        scale = np.average(law.kurtosis.values * sizes, weights=weight)
        kurtosis.plot(sizes, scale / sizes, color=colour, lw=0.8)
    distance.plot(sizes, law.distance, marker=marker, ms=4, color=colour, label=name)
    distance.set(ylabel="K-S distance to N(0, 1)")
    kurtosis.set(ylabel="excess kurtosis")
    for axis in (kurtosis, distance):
        axis.set(xscale="log", yscale="log", xlabel="width N")
        axis.set_xticks(sizes, [str(size) for size in sizes])
        axis.set_xticks([], minor=True)
        axis.yaxis.set_minor_formatter("")
    distance.set_ylim(0.01, 1.0)


def _covariances(axis: Axes, covariances: list[xr.Dataset]) -> None:
    markers = {"independent": "o", "threshold": "s", "live": "x"}
    overlaps = np.linspace(0.25, 1.0, 100)
    orders = sorted({data.attrs["p"] for data in covariances})
    for data in covariances:
        kind = data.attrs["gates"]
        axis.errorbar(
            data.overlap,
            data.correlation,
            data.correlation_error,
            fmt=markers[kind],
            ms=4,
            color=PALETTE[orders.index(data.attrs["p"])],
        )
    for order in orders:
        axis.plot(overlaps, overlaps**order, color=PALETTE[orders.index(order)], lw=0.8)
        axis.plot([], [], color=PALETTE[orders.index(order)], label=f"$q^{order}$")
    for kind in dict.fromkeys(data.attrs["gates"] for data in covariances):
        axis.plot([], [], markers[kind], color="0.4", ms=4, label=_NAMES[kind])
    axis.set(xlabel="overlap q", ylabel="correlation of the loss", xlim=(0.1, 1.02))
    axis.legend(loc="upper left", fontsize=7)


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
    return xr.merge([law, covariance])


def _key(data: xr.Dataset) -> str:
    return f"p={data.attrs['p']} {data.attrs['gates']}"
