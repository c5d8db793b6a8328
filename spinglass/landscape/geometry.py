"""The sphere of radius sqrt(n): projection, retraction, overlaps, and checks of derivatives."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinglass.arrays import Array
from spinglass.checks import integer_at_least
from spinglass.kernels.simd import LANES
from spinglass.landscape.model import Landscape
from spinglass.landscape.random import normals


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


def random_points(n: int, count: int, start_seed: int = 0, first: int = 0) -> Array:
    """Return ``count`` points, uniform on the sphere of radius sqrt(n).

    Parameters
    ----------
    n, count : int
        Spins, and number of points.
    start_seed : int
        Fixes an infinite sequence of points.
    first : int
        Position of the first point returned in this sequence.

    Returns
    -------
    (count, n) float64
    """
    n = integer_at_least("n", n, 2)
    count = integer_at_least("count", count, 0)
    start_seed = integer_at_least("start_seed", start_seed, 0)
    first = integer_at_least("first", first, 0)
    return retract(normals(start_seed, "starts", first * n, count * n).reshape(count, n))


@dataclass(frozen=True)
class DerivativeCheck:
    """A derivative compared with the energy along great circles.

    Attributes
    ----------
    errors : (circles,) float64
        Derivative along each circle minus its exact value from the energy, divided by a bound on
        it: p times the largest |H| on the circle, or p^2 times for the second derivative
        (Bernstein's inequality for trigonometric polynomials).
    roughness : float
        Largest Fourier coefficient of an order above p, which must vanish, over the largest |H|.
    tangency : float
        Largest radial component of the derivative, divided by the bound.
    """

    errors: Array
    roughness: float
    tangency: float

    @property
    def error(self) -> float:
        """The largest absolute error."""
        return float(np.max(np.abs(self.errors)))

    @property
    def passed(self) -> bool:
        """Whether error, roughness and tangency are all within `DERIVATIVE_TOLERANCE`."""
        return max(self.error, self.roughness, self.tangency) <= DERIVATIVE_TOLERANCE


DERIVATIVE_TOLERANCE = 1e-9
"""Rounding gives at most 1e-5 of this, so that no right derivative fails; a wrong one passes only
if its error is below this along all circles."""

_CIRCLES = LANES
"""The Hessian kernel evaluates this many points at once."""


def check_gradient(model: Landscape, start_seed: int = 0) -> DerivativeCheck:
    """Check the Riemannian gradient against the energy on great circles through random points.

    On the circle cos(t) x + sin(t) v the energy is a trigonometric polynomial with the highest
    order as its degree: a few values fix it, and so its derivatives at x, up to rounding.

    Parameters
    ----------
    model : Landscape
        The landscape.
    start_seed : int
        Fixes points and directions.
    """
    own = model.in_unit(model.unit)
    x, v = _circles(model, start_seed)
    gradients = own.riemannian_gradient(x)
    along = np.einsum("ki,ki->k", gradients, v) / model.n
    radial = np.abs(np.einsum("ki,ki->k", gradients, x)) / model.n
    return _against_energy(own, x, v, along, radial, 1)


def check_hessian(model: Landscape, start_seed: int = 0) -> DerivativeCheck:
    """Check the Riemannian Hessian as `check_gradient` checks the gradient."""
    own = model.in_unit(model.unit)
    x, v = _circles(model, start_seed)
    hessians = own.hessian(x)
    along = np.einsum("ki,kij,kj->k", v, hessians, v) / model.n
    radial = np.linalg.norm(hessians @ x[..., None], axis=(1, 2)) / math.sqrt(model.n)
    return _against_energy(own, x, v, along, radial, 2)


def _circles(model: Landscape, start_seed: int) -> tuple[Array, Array]:
    points = random_points(model.n, 2 * _CIRCLES, start_seed)
    x, v = points[::2], points[1::2]
    for _ in range(2):  # One projection leaves a radial part if x and v are nearly parallel.
        v = retract(project(x, v))
    return x, v


def _against_energy(
    model: Landscape, x: Array, v: Array, along: Array, radial: Array, order: int
) -> DerivativeCheck:
    """Compare derivatives of H/n along circles with those of the Fourier series of H/n.

    Parameters
    ----------
    model : Landscape
        The landscape.
    x, v : (circles, n) float64
        Points and directions, orthogonal, on the sphere.
    along, radial : (circles,) float64
        The derivative along the circle, and the size of its radial component; per spin.
    order : int
        1 for the gradient, 2 for the Hessian.
    """
    degree = max(model.orders)
    count = 4 * (degree + 1)
    angle = 2.0 * np.pi * np.arange(count) / count
    circles = np.cos(angle)[:, None, None] * x + np.sin(angle)[:, None, None] * v
    energy = model.energy(circles)
    series = np.fft.rfft(energy, axis=0) / count
    number = np.arange(degree + 1)[:, None]
    exact = 2.0 * np.sum(((1j * number) ** order * series[: degree + 1]).real, axis=0)
    largest = np.abs(energy).max(axis=0)
    scale = np.where(largest > 0.0, largest, 1.0)
    beyond = np.abs(series[degree + 1 :]).max(axis=0) / scale
    bound = degree**order * scale
    return DerivativeCheck(
        (along - exact) / bound, float(beyond.max()), float((radial / bound).max())
    )
