"""The stiffness of a landscape's gradient flow: the edge of the spectrum of d2H."""

import numpy as np

from spinglass.errors import InputError
from spinglass.kernels import newton
from spinglass.kernels.simd import LANES
from spinglass.landscape.evaluate import for_kernels
from spinglass.landscape.geometry import random_points
from spinglass.landscape.model import Landscape

_POINTS = 16
_MARGIN = 1.1


def spectral_edge(model: Landscape) -> float:
    """Return an estimate of the largest |eigenvalue| of d2H on the tangent space, with a margin.

    ``model`` is in its own unit.  The estimate is the largest end of the spectra at a few fixed
    random points; error control notices if it is too small, and shortens the steps.  Raises
    `InputError` if the derivatives are not finite.
    """
    points = random_points(model.n, _POINTS, start_seed=0)
    space = newton.new_space(model.n, model.orders)
    outcome, summary = np.empty((2, LANES), np.int64), np.full((4, LANES), np.nan)
    stay = newton.Goal(np.inf, 0)
    largest = 0.0
    for first in range(0, _POINTS, LANES):
        block = np.resize(points[first : first + LANES], (LANES, model.n))
        newton.polish(for_kernels(model), block, LANES, stay, space, outcome, summary)
        ends = summary[2:] + space.radial
        if not np.isfinite(ends).all():
            raise InputError(
                "couplings and field must be so small that energies are finite, "
                f"got a curvature of {ends[~np.isfinite(ends)][0]}"
            )
        largest = max(largest, float(np.max(np.abs(ends))))
    return max(_MARGIN * largest, 1e-6)
