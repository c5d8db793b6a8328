"""The curves of stationary points over the field: their equations, tangents and corrector.

In the variables w = (u, X, nu), u = x / sqrt(n), the stationary points of all fields nu eta are the
zeros of

    G(w) = (dH_0 / sqrt(n) - nu eta / sqrt(n) - X u, (1 - |u|^2) / 2),

n + 1 equations for n + 2 unknowns: curves, smooth also where they turn back in nu (a fold, where a
minimum meets a saddle).  With one more row, the *border*, the derivative of G becomes the square
matrix of this module; the last column of its inverse is the tangent.  Along a curve
Hess dx = P eta dnu, with P the projection on the tangent space; hence dH/dnu = -eta . x.  If a
point s* is hidden, nu eta is replaced by nu eta + a_1(nu) s* (`spinglass.signals`).
Allgower and Georg, Introduction to Numerical Continuation Methods (2003).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.landscape import evaluate
from spinglass.landscape.model import Landscape

MOST_CONTRACTION = 0.1
"""Largest quotient of Newton steps.  The first one estimates h / 2 of Newton-Kantorovich, which
allows h = 1/2: points are corrected only well inside the region where the zero is unique."""

_CONVERGED = 1e-8
_LONGEST = 0.5
_MOST_ITERATIONS = 8


@dataclass(frozen=True)
class Corrected:
    """A group of predicted points after correction.

    Attributes
    ----------
    w : (count, n + 2) float64
        Corrected points, on curves to rounding where ``converged``.
    tangent : (count, n + 2) float64
        Unit tangents there, with a positive component along the border.
    sign : (count,) float64
        Sign of the determinant of the bordered matrix.
    contraction : (count,) float64
        Largest quotient of successive Newton steps; 0 if one step was enough.
    converged : (count,) bool
        Whether Newton's method converged with no quotient above `MOST_CONTRACTION`.
    """

    w: Array
    tangent: Array
    sign: Array
    contraction: Array
    converged: NDArray[np.bool_]


class Curve:
    """The equations of one sample's curves, for groups of points.

    Parameters
    ----------
    model : Landscape
        The sample; the strength of its field is not used.
    """

    def __init__(self, model: Landscape) -> None:
        self.model = model
        self.n = model.n
        self.direction: Array = model.field_direction / math.sqrt(model.n)

    def place(self, x: Array, nu: Array) -> Array:
        """Return w, shape (count, n + 2), for points x (count, n) and field strengths (count,)."""
        w = np.empty((len(x), self.n + 2))
        w[:, : self.n] = x / np.linalg.norm(x, axis=1, keepdims=True)
        w[:, -2] = 0.0
        w[:, -1] = nu
        gradient, _ = self._derivatives(w)
        w[:, -2] = np.sum(w[:, : self.n] * gradient, axis=1)
        return w

    def spins(self, w: Array) -> Array:
        """Return the points x, shape (..., n), of norm sqrt(n)."""
        u = w[..., : self.n]
        return u * (math.sqrt(self.n) / np.linalg.norm(u, axis=-1, keepdims=True))

    def bordered(self, w: Array, border: Array) -> tuple[Array, Array]:
        """Return G, shape (count, n + 1), and its bordered derivative (count, n + 2, n + 2)."""
        n = self.n
        u = w[:, :n]
        gradient, curvature = self._derivatives(w)
        value = np.empty((len(w), n + 1))
        value[:, :n] = gradient - w[:, n, None] * u
        value[:, n] = 0.5 * (1.0 - np.sum(u * u, axis=1))
        matrix = np.zeros((len(w), n + 2, n + 2))
        matrix[:, :n, :n] = curvature
        diagonal = np.arange(n)
        matrix[:, diagonal, diagonal] -= w[:, n, None]
        matrix[:, :n, n] = matrix[:, n, :n] = -u
        matrix[:, :n, n + 1] = -self.direction - self._pull(w[:, -1], 1)
        matrix[:, n + 1] = border
        return value, matrix

    def correct(self, guess: Array, border: Array) -> Corrected:
        """Run Newton's method from each guess within the hyperplane orthogonal to its border."""
        count = len(guess)
        w, tangent = guess.copy(), np.zeros_like(guess)
        sign, contraction = np.zeros(count), np.zeros(count)
        converged = np.zeros(count, np.bool_)
        last = np.full(count, np.inf)
        live = np.arange(count)
        for _ in range(_MOST_ITERATIONS):
            step, tangent[live], sign[live] = self._newton(w[live], border[live])
            size = np.linalg.norm(step, axis=1)
            # Once steps are as small as rounding errors, their quotient means nothing.
            quotient = np.where(size > _CONVERGED, size / last[live], 0.0)
            contraction[live] = np.fmax(contraction[live], quotient)
            w[live] += step
            last[live] = size
            sound = (
                (contraction[live] <= MOST_CONTRACTION) & (size < _LONGEST) & (sign[live] != 0.0)
            )
            converged[live] = sound & (size <= _CONVERGED)
            live = live[sound & (size > _CONVERGED)]
            if not live.size:
                break
        return Corrected(w, tangent, sign, contraction, converged)

    def _newton(self, w: Array, border: Array) -> tuple[Array, Array, Array]:
        """Return the Newton step, unit tangent and sign of the determinant at each point."""
        value, matrix = self.bordered(w, border)
        right = np.zeros((*w.shape, 2))
        right[:, :-1, 0] = -value
        right[:, -1, 1] = 1.0
        sign = np.linalg.slogdet(matrix)[0]
        solved = np.zeros_like(right)
        regular = sign != 0.0
        solved[regular] = np.linalg.solve(matrix[regular], right[regular])
        step, tangent = solved[..., 0], solved[..., 1]
        length = np.linalg.norm(tangent, axis=1, keepdims=True)
        return step, tangent / np.maximum(length, np.finfo(float).tiny), sign

    def _derivatives(self, w: Array) -> tuple[Array, Array]:
        """Return dH / sqrt(n), shape (count, n), and d2H, shape (count, n, n)."""
        model, u = self.model, w[:, : self.n]
        points = math.sqrt(self.n) * u
        total, gradient = np.zeros((len(u), self.n, self.n)), np.zeros_like(u)
        for form, scale in zip(evaluate.forms_of(model), model.scales, strict=True):
            curvature = -evaluate.second_derivatives(form, scale, points)
            gradient += np.matmul(curvature, u[:, :, None])[:, :, 0] / (form.p - 1)
            total += curvature
        return gradient - w[:, -1:] * self.direction - self._pull(w[:, -1]), total

    def _pull(self, nu: Array, derivative: int = 0) -> Array | float:
        """Return the hidden point's part of the field / sqrt(n), (count, n); 0 without one."""
        if self.model.hidden is None:
            return 0.0
        pulls = np.array([self.model.pull_at(each, derivative) for each in nu.tolist()])
        return pulls[:, None] * (self.model.hidden / math.sqrt(self.n))
