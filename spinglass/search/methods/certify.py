"""Certify points without moving them: energy, gradient norm, lowest eigenvalue, index, status."""

import numpy as np

from spinglass.arrays import Array
from spinglass.landscape import evaluate
from spinglass.landscape.model import Landscape
from spinglass.search.descent import Descent, Status, stationary_status


def certify(model: Landscape, points: Array, tol: float, gradients: np.ndarray) -> Descent:
    """Return the record of the points at which a descent has ended, minima or not.

    Parameters
    ----------
    model : Landscape
        The landscape, in its own unit.
    points : (count, n) float64
        On the sphere of radius sqrt(n).
    tol : float
        Gradient norm / sqrt(n) at which a point counts as stationary.
    gradients : (count,) int64
        Gradients spent on each.
    """
    record = Descent.empty(len(points), model.n)
    record.spins[:] = points
    record.gradients[:] = gradients
    finite = np.isfinite(points).all(axis=1)
    record.status[~finite] = Status.NOT_FINITE
    where = np.flatnonzero(finite)
    record.energy[where] = model.energy(points[where])
    norms = np.linalg.norm(model.riemannian_gradient(points[where]), axis=1) / np.sqrt(model.n)
    record.gradient_norm[where] = norms
    stationary = where[norms <= tol]
    spectra = evaluate.spectra(model, points[stationary])
    record.lambda_min[stationary] = spectra[:, 0]
    record.index[stationary] = np.sum(spectra < 0, axis=1)
    for row in stationary:
        record.status[row] = stationary_status(record.index[row], record.lambda_min[row])
    return record
