"""Values and gradients of any number of points, a few groups of lanes at a time."""

import numpy as np

from spinglass.kernels.compiled import jit as _jit
from spinglass.kernels.gradient import gradient
from spinglass.kernels.simd import LANES, fma, load, splat, store


@_jit
def gather(points, x):
    """Lay points (count, n) out as (groups, n, LANES), padding with ones."""
    count, n = points.shape
    for s in range(x.shape[0]):
        first = s * LANES
        here = min(max(count - first, 0), LANES)
        for i in range(n):
            for lane in range(here):
                x[s, i, lane] = points[first + lane, i]
            for lane in range(here, LANES):
                x[s, i, lane] = 1.0


@_jit
def finish(x, g, p, value, slopes):
    """Write values, by Euler's identity, and gradients of the points in the first lanes."""
    n = x.shape[1]
    count = slopes.shape[0]
    total = np.empty(LANES)
    for s in range((count + LANES - 1) // LANES):
        first = s * LANES
        here = min(count - first, LANES)
        form = splat(0.0)
        for i in range(n):
            q = (s * n + i) * LANES
            form = fma(load(x, q), load(g, q), form)
        store(total, 0, form)
        for lane in range(here):
            value[first + lane] = total[lane] / p
            for i in range(n):
                slopes[first + lane, i] = g[s, i, lane]


@_jit
def forms_and_gradients(form, points, value, slopes, slab, room):
    """Evaluate the form and its gradient at every point.

    Parameters
    ----------
    form, room
        As in `gradient.gradient`.
    points : (count, n) float64
        The points, not necessarily on the sphere.
    value : (count,) float64
        Receives F.
    slopes : (count, n) float64
        Receives dF/dx.
    slab : (2, groups, n, LANES) float64
        Working space.
    """
    x, g = slab[0], slab[1]
    count, n = points.shape
    size = x.shape[0] * LANES
    for first in range(0, count, size):
        stop = min(first + size, count)
        groups = (stop - first + LANES - 1) // LANES
        gather(points[first:stop], x[:groups])
        gradient(form, 0, n, x[:groups], g[:groups], room)
        finish(x, g, form.p, value[first:stop], slopes[first:stop])
