"""Plain Riemannian gradient descent with a safe fixed step: the slow and obvious reference."""

import numpy as np

from spinglass.landscape.geometry import retract
from spinglass.landscape.model import Landscape
from spinglass.search.descent import Descent, Status
from spinglass.search.methods.certify import certify
from spinglass.search.methods.request import Request
from spinglass.search.methods.stiffness import spectral_edge


def descend_steepest(model: Landscape, request: Request) -> Descent:
    """Repeat x <- retract(x - g / (4 edge)) until the gradient norm / sqrt(n) is within ``tol``.

    The step is an eighth of the stability limit at a stationary point of low energy, where the
    spectrum reaches about twice the edge: small enough to stay near the gradient flow.
    """
    points = request.starts.copy()
    spent = np.zeros(len(points), np.int64)
    step = 1.0 / (4.0 * spectral_edge(model))
    moving = np.arange(len(points))
    while moving.size and not request.control.spent:
        slope = model.riemannian_gradient(points[moving])
        spent[moving] += 1
        arrived = np.linalg.norm(slope, axis=1) / np.sqrt(model.n) <= request.tol
        ended = arrived | (spent[moving] >= request.max_gradients)
        going = moving[~ended]
        points[going] = retract(points[going] - step * slope[~ended])
        request.advance(int(ended.sum()), 0)
        moving = going
    record = certify(model, points, request.tol, spent)
    request.advance(0, record.count(Status.MINIMUM))
    return record
