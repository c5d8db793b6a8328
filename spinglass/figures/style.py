"""One look for every figure, and one way to save it: vector, bitmap and the numbers beside them.

The fonts are set for a figure printed at its own size (7 inches is a full text width), text in
the PDF stays text, and every colour comes from a colour-blind-safe palette that also reads in
grey: `viridis`-like maps for fields, Okabe and Ito's list for lines.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import xarray as xr
from cycler import cycler
from matplotlib.figure import Figure

from spinglass.store import replacing, write_dataset

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's colours, the most distinct first."""

FULL_WIDTH = 7.0
"""Width of a full-width figure in inches."""

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
}


@contextmanager
def paper_style() -> Iterator[None]:
    """Draw everything inside the context in the style of this package."""
    with mpl.rc_context(_RC):
        yield


def save_figure(figure: Figure, stem: Path, data: xr.Dataset) -> list[Path]:
    """Write ``stem.pdf``, ``stem.png`` and the numbers ``stem.nc``, each whole or not at all.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The finished figure.
    stem : Path
        Output path without suffix; missing folders are made.
    data : xarray.Dataset
        What is drawn, labelled and with units, so that anybody can redraw it.

    Returns
    -------
    list of Path
        The files written, in the order PDF, PNG, data.

    Raises
    ------
    InputError
        If the folder cannot be written to.
    StorageError
        If there is no room for a file.
    """
    paths = [stem.with_name(f"{stem.name}.{suffix}") for suffix in ("pdf", "png", "nc")]
    with mpl.rc_context(_RC):
        for path, metadata in zip(paths, ({"CreationDate": None}, {}), strict=False):
            with replacing(path) as temporary:
                figure.savefig(temporary, format=path.suffix[1:], metadata=metadata)
    write_dataset(data, paths[2])
    return paths
