"""Kernel estimate of a quantity over the plane: Nadaraya and Watson's mean.

The samples are binned on a fine grid and smoothed there, so that twenty thousand points cost no
more than twenty.  Wider kernels, each with a thousandth of the weight of the one before, take over
far from all samples, so that the estimate is defined everywhere and changes smoothly.
"""

from dataclasses import dataclass

import numpy as np

from spinglass.arrays import Array

_LEVELS = 5
_SHARE = 1e-3


@dataclass(frozen=True)
class KernelMap:
    """A kernel estimate on a grid.

    Attributes
    ----------
    mean : (cells, cells) float64
        Kernel mean of the values, rows along y.
    density : (cells, cells) float64
        Kernel density of the samples, relative to its maximum.
    extent : tuple of float
        x and y range: left, right, bottom, top.
    """

    mean: Array
    density: Array
    extent: tuple[float, float, float, float]


def kernel_map(
    plane: Array, values: Array, half_width: float, bandwidth: float, cells: int = 400
) -> KernelMap:
    """Estimate the mean of values around every point of the square -half_width to half_width.

    ``values``, shape (samples,), are at the places ``plane``, (samples, 2); ``bandwidth`` is the
    standard deviation of the narrowest Gaussian kernel; the grid has ``cells`` by ``cells`` cells.
    """
    edges = np.linspace(-half_width, half_width, cells + 1)
    x, y = np.clip(plane, -half_width, half_width).T
    sigma = bandwidth / (edges[1] - edges[0])
    count, _, _ = np.histogram2d(y, x, bins=(edges, edges))
    total, _, _ = np.histogram2d(y, x, bins=(edges, edges), weights=values - values.mean())
    density = _smoothed(count, sigma)
    weight, smooth = np.zeros_like(count), np.zeros_like(count)
    for level in range(_LEVELS):
        width, share = sigma * 2.0**level, _SHARE**level
        weight += share * _smoothed(count, width)
        smooth += share * _smoothed(total, width)
    mean = smooth / np.maximum(weight, np.finfo(float).tiny) + values.mean()
    return KernelMap(mean, density / density.max(), (-half_width, half_width) * 2)


def _smoothed(grid: Array, width: float) -> Array:
    """Convolve a grid along both axes with a Gaussian whose standard deviation is ``width`` cells.

    As wide kernels reach across the whole grid, multiplying by the matrix of all pairs of cells is
    the fastest way.
    """
    cells = np.arange(len(grid))
    kernel = np.exp(-0.5 * ((cells[:, None] - cells) / width) ** 2) / (np.sqrt(2.0 * np.pi) * width)
    return kernel @ grid @ kernel
