"""The sphere of radius sqrt(n): projection, retraction, overlaps, and checks of derivatives."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinglass.checks import integer_at_least
from spinglass.model import PSpin
from spinglass.streams import normals

Array = NDArray[np.float64]


def project(x: ArrayLike, v: ArrayLike) -> Array:
    """Return the tangential part of ``v`` at ``x``, both of shape (..., n)."""
    x, v = np.asarray(x, float), np.asarray(v, float)
    along = np.einsum("...i,...i->...", x, v) / np.einsum("...i,...i->...", x, x)
    return v - along[..., None] * x


def retract(x: ArrayLike) -> Array:
    """Return ``x``, shape (..., n), scaled to |x|^2 = n."""
    x = np.asarray(x, float)
    return x * np.sqrt(x.shape[-1] / np.einsum("...i,...i->...", x, x))[..., None]


def overlap(x: ArrayLike, y: ArrayLike) -> Array:
    """Return the overlap q = x . y / n of points of shape (..., n)."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    return np.einsum("...i,...i->...", x, y) / x.shape[-1]


def random_points(n: int, count: int, seed: int = 0, first: int = 0) -> Array:
    """Return points number ``first`` on, uniform on the sphere of radius sqrt(n).

    Parameters
    ----------
    n, count : int
        Sites, and number of points.
    seed : int
        Fixes the sequence of points; point number k is the same however it is drawn.
    first : int
        Number of the first point.

    Returns
    -------
    (count, n) float64
    """
    n = integer_at_least("n", n, 2)
    count = integer_at_least("count", count, 0)
    first = integer_at_least("first", first, 0)
    return retract(normals(seed, "starts", first * n, count * n).reshape(count, n))


@dataclass(frozen=True)
class TaylorCheck:
    """Remainders of a Taylor expansion along a great circle, and their slope.

    Attributes
    ----------
    steps, remainders : (k,) float64
        Arc lengths / sqrt(n), and the absolute remainders of H/n.
    slope : float
        Median slope in log-log over the steps where rounding does not matter.
    expected : int
        2 for the gradient, 3 for the Hessian: higher is a coincidence, lower an error.
    tangency : float
        Largest radial component of the derivative, relative to its norm.
    """

    steps: Array
    remainders: Array
    slope: float
    expected: int
    tangency: float

    @property
    def passed(self) -> bool:
        """Whether the slope is within 0.1 of what it must be and the derivative is tangent."""
        return abs(self.slope - self.expected) < 0.1 and self.tangency < 1e-10


def check_gradient(model: PSpin, seed: int = 0) -> TaylorCheck:
    """Check the Riemannian gradient: H(exp(t v)) - H - t g.v must vanish as t^2."""
    x, v = _point_and_direction(model, seed)
    g = model.riemannian_gradient(x)
    tangency = abs(g @ x) / (np.linalg.norm(g) * np.linalg.norm(x))
    return _slope(model, x, v, np.array([g @ v / model.n]), 2, float(tangency))


def check_hessian(model: PSpin, seed: int = 0) -> TaylorCheck:
    """Check the Riemannian Hessian: H(exp(t v)) - H - t g.v - t^2 v.Hess.v / 2 vanishes as t^3."""
    x, v = _point_and_direction(model, seed)
    g, hessian = model.riemannian_gradient(x), model.hessian(x)
    tangency = np.linalg.norm(hessian @ x) / (np.linalg.norm(hessian) * np.linalg.norm(x))
    terms = np.array([g @ v, v @ hessian @ v / 2]) / model.n
    return _slope(model, x, v, terms, 3, float(tangency))


def _point_and_direction(model: PSpin, seed: int) -> tuple[Array, Array]:
    x, v = random_points(model.n, 2, seed)
    return x, retract(project(x, v))


_DECADES = {2: (-5.0, -3.0), 3: (-3.5, -2.0)}
"""Where neither rounding nor the next order of the expansion matters."""


def _slope(
    model: PSpin, x: Array, v: Array, terms: Array, expected: int, tangency: float
) -> TaylorCheck:
    lowest, highest = _DECADES[expected]
    steps = np.logspace(lowest, highest, 21)
    circle = np.cos(steps)[:, None] * x + np.sin(steps)[:, None] * v
    series = sum(term * steps ** (order + 1) for order, term in enumerate(terms))
    remainders = np.abs(model.energy(circle) - model.energy(x) - series)
    usable = remainders > 1e-13
    slopes = np.diff(np.log(remainders[usable])) / np.diff(np.log(steps[usable]))
    slope = float(np.median(slopes)) if slopes.size >= 3 else float("nan")
    return TaylorCheck(steps, remainders, slope, expected, tangency)
