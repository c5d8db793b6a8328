"""One look for every figure.

The font sizes suit a figure printed at its own size (7 inches is a full text width), text in
the PDF stays text, and every colour comes from a colour-blind-safe palette that also reads in
grey: `viridis`-like maps for fields, Okabe and Ito's list for lines.

The user's settings of matplotlib, in files or in the program, have no effect: the style starts
from matplotlib's own defaults, and figures are made without pyplot, which would load the user's
backend.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import LogLocator, NullLocator

from spinglass.arrays import Array
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.files.provenance import FILE_CHECKSUMS, details
from spinglass.signals import signal_said_by

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's colours, the most distinct first."""

FULL_WIDTH = 7.0
"""Width of a full-width figure in inches."""

ORDERS = {"p": "order of interaction", "mixture": "orders and weights c_p^2 of the covariance"}
"""What a column of orders holds, by the name that `spinglass.covariance.column_of` gives it."""

_RC: Any = {
    "figure.dpi": 150,
    "savefig.dpi": 300,
    "savefig.bbox": "tight",
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=PALETTE),
    "lines.linewidth": 1.4,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "spinglass",
}


@contextmanager
def paper_style() -> Iterator[None]:
    """Draw everything inside the context in the style of this package."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_RC)
        yield


def orders_label(covariance: Covariance) -> str:
    """Return the orders and weights as a formula for titles: $p = 3$, or xi without the field."""
    if covariance.is_pure:
        return f"$p = {covariance.weights[0][0]}$"
    factors = [("" if c == 1.0 else rf"{_written(c)}\,", p) for p, c in covariance.weights]
    return rf"$\xi(q) = {' + '.join(f'{c}q^{{{p}}}' for c, p in factors)}$"


def _written(weight: float) -> str:
    """Return a number as in a formula, 1e-06 as a power of ten."""
    digits, _, power = f"{weight:.4g}".partition("e")
    if not power:
        return digits
    ten = f"10^{{{int(power)}}}"
    return ten if digits == "1" else rf"{digits} \times {ten}"


def special_label(attributes: Mapping[str, Any]) -> str:
    """Return a title's words for a hidden point, or couplings or a field from files, or ""."""
    signal = signal_said_by(attributes)
    if signal is not None:
        return signal.words
    own = [what for key, what in FILE_CHECKSUMS.items() if key in attributes]
    return f"own {' and '.join(own)}" if own else ""


def ground_state_label(energies: Array) -> str:
    """Return the legend's words for ground-state energies, which are nan if unknown to theory."""
    words = r"ground state, $n \to \infty$"
    known = np.isfinite(energies)
    if known.all():
        return words
    return f"{words} (where known)" if known.any() else "ground state: not of one step, unknown"


def orders_attributes(attributes: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return a figure's attributes: those that identify the landscape, and those in ``names``."""
    law = Covariance.said_by(attributes)
    return {
        "n": attributes["n"],
        **law.named,
        **details(attributes),
        **{name: attributes[name] for name in names},
    }


def described(numbers: xr.Dataset, words: Mapping[str, tuple[str, str]]) -> xr.Dataset:
    """Return the numbers with the description and unit, "1" for none, of each variable."""
    labelled = numbers.copy()
    for name in labelled.variables:
        long_name, units = words[str(name)]
        labelled[name] = labelled[name].assign_attrs(long_name=long_name, units=units)
    return labelled


def subplots(
    rows: int = 1,
    columns: int = 1,
    *,
    figsize: tuple[float, float],
    figure: Figure | SubFigure | None = None,
    **words: Any,
) -> tuple[Figure | SubFigure, Any]:
    """Make the axes of a figure, as `matplotlib.pyplot.subplots` does, but without pyplot.

    ``figsize``, in inches, is the size of a new figure, which need not be closed, as pyplot does
    not keep it.  ``words`` go to `matplotlib.figure.Figure.subplots`.  Returns the figure and one
    Axes or an array of them; `InputError` if ``figure`` is neither a Figure nor a SubFigure.
    """
    if figure is not None and not isinstance(figure, Figure | SubFigure):
        raise InputError(
            f"figure must be a matplotlib Figure or SubFigure, got {type(figure).__name__}"
        )
    made = Figure(figsize=figsize, layout="constrained") if figure is None else figure
    return made, made.subplots(rows, columns, **words)


def plain_numbers(*axes: Axis) -> None:
    """Label logarithmic axes with 1, 2 and 5 times powers of ten, as plain numbers."""
    for axis in axes:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(NullLocator())


def draw_means(axes: Axes, table: xr.Dataset, across: str, name: str, **look: Any) -> None:
    """Draw a column of means with their standard errors, taken as 0 where they are nan."""
    errors = np.nan_to_num(table[f"{name}_error"].values)
    axes.errorbar(table[across], table[name], errors, capsize=2, **look)


def mark_value(axes: Axes, value: float, words: str, height: float, **style: Any) -> None:
    """Write ``words`` beside a value on the horizontal axis, at a height from 0 to 1."""
    axes.annotate(
        words,
        (value, height),
        (4, 0),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        va="center",
        fontsize=8,
        **style,
    )


def axes_or_new(ax: Axes | None, figsize: tuple[float, float]) -> Axes:
    """Return ``ax``, or the axes of a new figure whose size is ``figsize``, in inches.

    Raises
    ------
    InputError
        If ``ax`` is not a matplotlib Axes.
    """
    if ax is not None:
        if not isinstance(ax, Axes):
            raise InputError(f"ax must be matplotlib Axes, got {type(ax).__name__}")
        return ax
    return Figure(figsize=figsize, layout="constrained").subplots()
