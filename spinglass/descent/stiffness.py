"""How stiff the gradient flow of a model is: the edge of the spectrum of d2H."""

import numpy as np

from spinglass import batches
from spinglass.errors import InputError
from spinglass.geometry import random_points
from spinglass.model import PSpin

_POINTS = 4
_MARGIN = 1.1


def spectral_edge(model: PSpin) -> float:
    """Return an estimate of the largest |eigenvalue| of d2H on the tangent space, with a margin.

    Taken from the spectra at a few fixed random points.  An estimate is enough: error control
    notices where it is too small, and shortens the steps.
    """
    points = random_points(model.n, _POINTS, seed=0)
    radial = np.asarray(model.radial_force(points))
    if not np.isfinite(radial).all():
        raise InputError("the energy is not finite: couplings or field are too large")
    shifted = batches.spectra(model, points) + radial[:, None]
    return max(_MARGIN * float(np.max(np.abs(shifted))), 1e-6)
