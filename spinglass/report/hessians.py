"""Spectra of the Hessian at minima, from couplings that are drawn again from their seed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.control import Control
from spinglass.landscape.model import Landscape
from spinglass.landscape.redraw import redraw
from spinglass.report.field_minima import FieldMinima

BINS = 24
_AT_ONCE = 32


@dataclass(frozen=True)
class Spectra:
    """Histograms of the n - 1 tangent eigenvalues at each minimum of a field.

    Attributes
    ----------
    edges : (BINS + 1,) float64
        Edges of the bins, the same for all minima.
    counts : (minima, BINS) int64
        Number of eigenvalues in each bin.
    lowest, highest : (minima,) float64
        The ends of the spectrum.
    centre : (minima,) float64
        -X, minus the radial force: the centre of the semicircle that the spectrum has for n to
        infinity.
    radius : float
        2 sqrt(xi''(1)), the radius of the semicircle.
    """

    edges: Array
    counts: NDArray[np.int64]
    lowest: Array
    highest: Array
    centre: Array
    radius: float


def drawn_again(attributes: Mapping[str, Any], path: Path) -> Landscape | None:
    """Draw the landscape of a file again; None if its couplings or field have no seed.

    `MemoryLimitError` if the couplings do not fit into memory, `DamagedFileError` if they are not
    those of the file.
    """
    if attributes["seed"] < 0 or "field_sha256" in attributes:
        return None
    return redraw(attributes, path)


def spectra(
    model: Landscape,
    field: FieldMinima,
    control: Control,
    step: Callable[[int, str], None],
) -> Spectra:
    """Return the spectra at the minima of one field of a sample.

    Before each piece of work ``step`` is called with its number of minima and words for it; of
    ``control`` only the threads are used.
    """
    here = model.at_field(field.nu)
    pieces = []
    for first in range(0, len(field.spins), _AT_ONCE):
        piece = field.spins[first : first + _AT_ONCE]
        step(len(piece), f"spectra of the Hessian at nu = {field.nu:.4g}")
        with control.in_force():
            pieces.append(here.spectrum(piece))
    values = np.concatenate(pieces)
    edges = np.histogram_bin_edges(values, BINS)
    return Spectra(
        edges,
        np.array([np.histogram(row, edges)[0] for row in values]),
        values[:, 0],
        values[:, -1],
        -here.radial_force(field.spins),
        2.0 * float(np.sqrt(field.law.curvature)),
    )
