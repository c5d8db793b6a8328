"""One look for every figure, and one way to save it: vector, bitmap and the numbers beside them.

A path with a suffix of one of these is that file alone; any other is a stem, and all are written.

The fonts are set for a figure printed at its own size (7 inches is a full text width), text in
the PDF stays text, and every colour comes from a colour-blind-safe palette that also reads in
grey: `viridis`-like maps for fields, Okabe and Ito's list for lines.

What the user has told matplotlib, in files or in the program, has no part in it: beneath the style
lie matplotlib's own defaults, and figures are made without pyplot, which would open the user's
backend.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
import xarray as xr
from cycler import cycler
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.figure import Figure
from numpy.typing import NDArray

from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.files.provenance import FILE_CHECKSUMS, details
from spinglass.files.store import replacing, write_dataset
from spinglass.files.targets import check_file, is_stream
from spinglass.signals import Planted, Spike, signal_said_by

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

_SUFFIXES = (".pdf", ".png", ".svg", ".nc")
_UNDATED: dict[str, dict[str, Any]] = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}


@contextmanager
def paper_style() -> Iterator[None]:
    """Draw everything inside the context in the style of this package."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_RC)
        yield


def figure_paths(stem: Path) -> list[Path]:
    """Return the files of a figure: one if the suffix says which, else PDF, PNG and numbers.

    Raises
    ------
    InputError
        If a figure is not written in such a format, or not there.
    """
    suffix = stem.suffix.lower()
    if suffix in _SUFFIXES:
        return [stem]
    if suffix[1:] in FigureCanvasBase.get_supported_filetypes():
        raise InputError(f"figures are written as {', '.join(_SUFFIXES)}, got {str(stem)!r}")
    if not stem.name or is_stream(stem):
        raise InputError(f"cannot write a figure to {stem}: the name of a file is wanted")
    return [stem.with_name(f"{stem.name}{ending}") for ending in (".pdf", ".png", ".nc")]


def check_figure(stem: Path) -> None:
    """Find out before the work whether a figure can be written; leave nothing.

    Raises
    ------
    InputError
        If it cannot.
    """
    for path in figure_paths(stem):
        check_file(path)


def orders_label(covariance: Covariance) -> str:
    """Return the orders and weights as a formula for titles: $p = 3$, or xi without the field."""
    if covariance.is_pure:
        return f"$p = {covariance.weights[0][0]}$"
    factors = [("" if c == 1.0 else rf"{c:.4g}\,", p) for p, c in covariance.weights]
    return rf"$\xi(q) = {' + '.join(f'{c}q^{{{p}}}' for c, p in factors)}$"


def special_label(attributes: Mapping[str, Any]) -> str:
    """Return what titles say of a hidden point or of own couplings or field; empty for neither."""
    signal = signal_said_by(attributes)
    if isinstance(signal, Planted):
        words = f"planted at T = {signal.temperature:g}"
        return words if signal.pinned else f"{words}, unpinned"
    if isinstance(signal, Spike):
        return f"spike of order {signal.order}, strength {signal.strength:g}"
    own = [what for key, what in FILE_CHECKSUMS.items() if key in attributes]
    return f"own {' and '.join(own)}" if own else ""


def ground_state_label(energies: NDArray[np.float64]) -> str:
    """Return what a legend says of ground-state energies, nan where theory does not know them."""
    words = r"ground state, $n \to \infty$"
    known = np.isfinite(energies)
    if known.all():
        return words
    return f"{words} (where known)" if known.any() else "ground state: not of one step, unknown"


def orders_attributes(attributes: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return what the numbers of a figure say of their landscape: ``p`` or ``mixture``, and more.

    Parameters
    ----------
    attributes : mapping
        Of the file that is drawn.
    *names : str
        What else is taken of them.
    """
    law = Covariance.said_by(attributes)
    return {
        "n": attributes["n"],
        **law.named,
        **details(attributes),
        **{name: attributes[name] for name in names},
    }


def subplots(
    rows: int = 1,
    columns: int = 1,
    *,
    figsize: tuple[float, float],
    layout: Literal["constrained"] | None = None,
    **words: Any,
) -> tuple[Figure, Any]:
    """Make a figure and its axes, as `matplotlib.pyplot.subplots` does, but on no screen.

    Parameters
    ----------
    rows, columns : int
        Of the grid of axes.
    figsize : (float, float)
        Width and height in inches.
    layout : str, optional
        ``constrained``.
    **words
        As of `matplotlib.figure.Figure.subplots`.

    Returns
    -------
    figure : matplotlib.figure.Figure
        Nothing else holds it: it need not be closed.
    axes : Axes or array of Axes
        One, or as many as there are.
    """
    figure = Figure(figsize=figsize, layout=layout)
    return figure, figure.subplots(rows, columns, **words)


@contextmanager
def _quiet_fonts() -> Iterator[None]:
    """Keep back what the library of fonts says of the dates inside matplotlib's own fonts."""
    logger = logging.getLogger("fontTools")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def save_figure(figure: Figure, stem: Path, data: xr.Dataset) -> list[Path]:
    """Write ``stem.pdf``, ``stem.png`` and the numbers ``stem.nc``, each whole or not at all.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The finished figure.
    stem : Path
        Output path, without suffix or, for one file, with .pdf, .png, .svg or .nc; missing folders
        are made.
    data : xarray.Dataset
        What is drawn, labelled and with units, so that anybody can redraw it.

    Returns
    -------
    list of Path
        The files written, those of `figure_paths`.

    Raises
    ------
    InputError
        If the suffix is another one of pictures, or the folder cannot be written to.
    StorageError
        If there is no room for a file.
    """
    paths = figure_paths(stem)
    for path in paths:
        suffix = path.suffix.lower()
        if suffix == ".nc":
            write_dataset(data, path)
            continue
        with paper_style(), _quiet_fonts(), replacing(path) as temporary:
            figure.savefig(temporary, format=suffix[1:], metadata=_UNDATED.get(suffix, {}))
    return paths
