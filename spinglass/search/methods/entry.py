"""The public entry to descents: it checks arguments, draws starts and calls a method by name."""

import numpy as np
from numpy.typing import ArrayLike

from spinglass.checks import integer_at_least, points_on_sphere, positive_integer, positive_number
from spinglass.control import FREE, Control
from spinglass.errors import InputError
from spinglass.landscape.forms import check_starts
from spinglass.landscape.geometry import random_points
from spinglass.landscape.model import Landscape
from spinglass.search.descent import Descent, Status
from spinglass.search.methods.method_registry import method_named
from spinglass.search.methods.request import Request
from spinglass.search.signs import known_signs


def descend(
    model: Landscape,
    starts: int | ArrayLike = 20000,
    *,
    start_seed: int = 0,
    first: int = 0,
    tol: float = 1e-10,
    method: str = "flow",
    max_gradients: int = 100_000,
    control: Control = FREE,
) -> Descent:
    """Follow the gradient flow from each start to a stationary point, and certify that point.

    Parameters
    ----------
    model : Landscape
        The landscape.
    starts : int or (count, n) array_like
        Number of random starts, uniform on the sphere, or the starts themselves.
    start_seed : int
        Fixes the random starts; start number k does not depend on how many there are.
    first : int
        Number of the first random start.
    tol : float
        Gradient norm / sqrt(n), in the landscape's `unit`, at which a point counts as stationary.
    method : str
        One of `spinglass.search.methods.method_registry.METHODS`, which says what each does.
    max_gradients : int
        Gradients allowed to a start; a start that spends them is returned as not converged.
    control : Control
        If it stops the work, starts that have not begun are returned as not converged, with no
        gradient spent.  It is told how many starts have ended, and as ``found`` how many in minima.

    Raises
    ------
    InputError
        If an argument is not allowed, or as `spinglass.errors.MemoryLimitError` if the starts need
        more memory than is free.
    """
    run = method_named(method).run
    if isinstance(starts, int) or getattr(starts, "ndim", None) == 0:
        count = positive_integer("starts", starts)
        check_starts(count, model.n)
        first = integer_at_least("first", first, 0)
        points = random_points(model.n, count, start_seed, first)
    else:
        points = points_on_sphere(starts, model.n).reshape(-1, model.n)
    goal, most = positive_number("tol", tol), positive_integer("max_gradients", max_gradients)
    if goal >= 1.0:
        raise InputError(f"tol must be a finite number in (0, 1), got {tol!r}")
    request = Request(points, goal, most, control)
    unit = model.unit
    own = model.in_unit(unit)
    with control.in_force():
        return _doubted(own, run(own, request)).times(unit)


def _doubted(model: Landscape, descents: Descent) -> Descent:
    """Mark stationary points as degenerate if the true eigenvalues may have other signs."""
    rows = np.flatnonzero((descents.status == Status.MINIMUM) | (descents.status == Status.SADDLE))
    gap, slope = np.abs(descents.lambda_min[rows]), descents.gradient_norm[rows]
    known = known_signs(model, descents.spins[rows], gap, slope)
    descents.status[rows[~known]] = Status.DEGENERATE
    return descents
