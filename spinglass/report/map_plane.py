"""The minima of several fields on planes, and an image of where the descents ended.

Descents that end in the same minimum differ by at most 1e-4 of the radius, so that placing the
minima, each with its number of descents, places all descents.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import orthogonal_procrustes

from spinglass.arrays import Array
from spinglass.control import Control
from spinglass.figures.density import kernel_map
from spinglass.figures.embedding import FEW, embed
from spinglass.report.field_minima import FieldMinima

CELLS = 192
SHADES = 16
"""Number of steps of energy, and of density, in an image."""

_BANDWIDTH = 0.035


def place_minima(field: FieldMinima) -> Array:
    """Return positions of the minima in the square from -1 to 1, shape (minima, 2).

    The embedding is `spinglass.figures.embedding.embed`: neighbours are near, distances between
    groups mean nothing.  It runs on one thread: some hundreds of points are too few for more.
    """
    plane = embed(field.spins, np.arange(len(field.energy)), control=Control(1))
    reach = float(np.max(np.abs(plane)))
    margin = 1.12 if len(plane) >= FEW else 1.6
    return plane / (margin * reach) if reach > 0.0 else plane


def turned(plane: Array, course: NDArray[np.int64], before: Array, earlier: NDArray) -> Array:
    """Rotate or mirror a plane so that minima stay near their places at the field before.

    Both planes are (minima, 2); the same minimum has the same number (`spinglass.report.courses`)
    in ``course`` and ``earlier``.
    """
    _, here, there = np.intersect1d(course, earlier, return_indices=True)
    if not len(here):
        return plane
    rotation, _ = orthogonal_procrustes(plane[here], before[there])
    moved = plane @ rotation
    reach = float(np.max(np.abs(moved), initial=0.0))
    return moved / max(1.0, 1.05 * reach)


def image(field: FieldMinima, plane: Array) -> NDArray[np.uint8]:
    """Return shades of the plane, shape (CELLS, CELLS), rows along y.

    A shade is ``SHADES * e + d``: e is the kernel mean of the energy of nearby descents, between
    the lowest and highest minimum of the field, d the root of their kernel density, both in steps.
    """
    if not field.count.any():
        return np.zeros((CELLS, CELLS), np.uint8)
    rows = np.repeat(np.arange(len(plane)), field.count)
    smooth = kernel_map(plane[rows], field.energy[rows], 1.0, _BANDWIDTH, CELLS)
    low, high = field.energy.min(), field.energy.max()
    height = (smooth.mean - low) / (high - low) if high > low else np.zeros_like(smooth.mean)
    steps = [np.clip(part, 0.0, 1.0) * (SHADES - 1) for part in (height, np.sqrt(smooth.density))]
    energy, density = (np.rint(part).astype(np.uint8) for part in steps)
    return np.asarray(SHADES * energy + density, np.uint8)
