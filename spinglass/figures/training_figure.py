"""Figure 3 of arXiv:1511.06485: test error and smallest back-propagated gradient by epoch."""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from spinglass.deep.experiment import load_experiment
from spinglass.deep.run_file import TRAINING
from spinglass.errors import InputError
from spinglass.figures import style
from spinglass.figures.picture import Picture
from spinglass.figures.sources import Source, one_or_several
from spinglass.files.store import with_plain_attributes

COLOURS = {"adam": style.PALETTE[0], "annealsgd": style.PALETTE[1], "noise": style.PALETTE[2]}
"""ADAM blue and AnnealSGD red, as in the paper."""

RUN_WORDS = {name: (each.words, each.units) for name, each in TRAINING.variables.items()} | {
    "optimizer": ("method of training", "1"),
    "seed": ("which of the runs with the same method", "1"),
    "chance": ("alignment expected by chance, 1 / sqrt(parameters)", "1"),
}
"""Description and unit of each variable that is drawn of runs."""

_RUN_AXES = ("optimizer", "seed", "epoch", "step")
_WIDE = 5.0
"""Errors that span more than this factor are drawn on a logarithmic axis."""


def runs_of(source: Source) -> xr.Dataset:
    """Return the training runs in a folder, or a given dataset of them.

    `InputError` if there are none, or a dataset lacks the axes of methods, seeds, epochs or steps;
    `DamagedFileError` if a file is damaged.
    """
    (one,) = one_or_several([source])
    if not isinstance(one, xr.Dataset):
        return load_experiment(Path(one))
    if missing := [name for name in _RUN_AXES if name not in one.sizes]:
        raise InputError(
            "a dataset of training runs must be one that `load_experiment` returns, "
            f"got one without the axes {', '.join(missing)}"
        )
    return with_plain_attributes(one)


def method_colours(data: xr.Dataset) -> dict[str, str]:
    """Return a colour for every method: that of `COLOURS`, or one that is left."""
    names = [str(name) for name in data.optimizer.values]
    spare = iter([c for c in style.PALETTE if c not in COLOURS.values()] * len(names))
    return {name: COLOURS[name] if name in COLOURS else next(spare) for name in names}


@style.paper_style()
def plot_training(runs: Source, *, figure: Figure | SubFigure | None = None) -> Picture:
    """Draw the runs of a folder: mean over seeds as a line, lowest to highest as a band.

    The gradient is that of the loss without the field: mean |dL/dw| in the layer of the smallest.

    Parameters
    ----------
    runs : Path, str or xarray.Dataset
        Folder of `spinglass train`, or a dataset of `spinglass.deep.experiment.load_experiment`.
    figure : Figure or SubFigure, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Picture
        The figure and its numbers.

    Raises
    ------
    InputError
        If ``runs`` is neither a folder of runs nor such a dataset.
    """
    data = runs_of(runs)
    figure, axes = style.subplots(1, 2, figsize=(style.FULL_WIDTH, 2.9), figure=figure)
    for name, colour in method_colours(data).items():
        mine = data.sel(optimizer=name).dropna("seed", how="all", subset=["test_error"])
        _band(axes[0], mine.epoch.values[1:], 100 * mine.test_error.values[:, 1:], colour, name)
        epochs = mine.step.values / data.attrs["steps_per_epoch"]
        _band(axes[1], epochs, mine.min_gradient.values, colour, name, geometric=True)
    axes[0].set(xlabel="epoch", ylabel="test error (%)")
    shown = data.test_error.isel(epoch=slice(1, None))
    if float(shown.min()) > 0 and float(shown.max() / shown.min()) > _WIDE:
        axes[0].set_yscale("log")
        axes[0].yaxis.set_major_formatter("{x:g}")
        axes[0].yaxis.set_minor_formatter(_sparse_label)
    axes[1].set(xlabel="epoch", ylabel="smallest layer gradient", yscale="log")
    seeds = data.sizes["seed"]
    figure.legend(
        handles=axes[0].lines,
        loc="outside upper center",
        ncols=len(axes[0].lines),
        title=f"line: mean, band: range of {seeds} seeds",
    )
    for axis, letter in zip(axes, "ab", strict=True):
        axis.set_title(f"({letter})", loc="left")
    numbers = style.described(data[["test_error", "min_gradient", "loss"]], RUN_WORDS)
    return Picture("training", figure, tuple(axes), numbers)


def _band(
    axis: Axes,
    times: np.ndarray,
    values: np.ndarray,
    colour: str,
    name: str,
    geometric: bool = False,
) -> None:
    """Draw the mean over seeds, of logarithms if ``geometric``, and the range of one method."""
    mean = np.exp(np.log(values).mean(axis=0)) if geometric else values.mean(axis=0)
    axis.plot(times, mean, color=colour, label=name)
    axis.fill_between(times, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.2, lw=0)


def _sparse_label(value: float, _: int | None = None) -> str:
    """Label 2, 3 and 5 between the decades."""
    digit = value / 10.0 ** np.floor(np.log10(value))
    return f"{value:g}" if round(digit, 6) in (2.0, 3.0, 5.0) else ""
