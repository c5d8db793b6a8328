"""Kernel estimate of a quantity over the plane: Nadaraya and Watson's mean, where there are data.

The samples are binned on a fine grid and smoothed there, so that twenty thousand points cost what
twenty do.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Array = NDArray[np.float64]


@dataclass(frozen=True)
class KernelMap:
    """A kernel estimate on a grid.

    Attributes
    ----------
    mean : (cells, cells) float64
        Kernel mean of the values, rows along y; nan where there is nothing near.
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
    """Estimate the mean of values around every point of a square.

    Parameters
    ----------
    plane : (samples, 2) float64
        Positions.
    values : (samples,) float64
        What is averaged.
    half_width : float
        The square reaches from -half_width to half_width.
    bandwidth : float
        Standard deviation of the Gaussian kernel.
    cells : int
        Resolution.
    """
    edges = np.linspace(-half_width, half_width, cells + 1)
    x, y = np.clip(plane, -half_width, half_width).T
    sigma = bandwidth / (edges[1] - edges[0])
    count, _, _ = np.histogram2d(y, x, bins=(edges, edges))
    total, _, _ = np.histogram2d(y, x, bins=(edges, edges), weights=values - values.mean())
    weight = gaussian_filter(count, sigma, mode="constant", truncate=6.0)
    smooth = gaussian_filter(total, sigma, mode="constant", truncate=6.0)
    there = weight > 1e-6 * weight.max()
    mean = np.full_like(weight, np.nan)
    mean[there] = smooth[there] / weight[there] + values.mean()
    return KernelMap(mean, weight / weight.max(), (-half_width, half_width) * 2)
