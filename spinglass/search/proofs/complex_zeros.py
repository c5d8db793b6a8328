"""Proofs that complex stationary points are where they were computed, that they differ, are real.

In u = x / sqrt(n) the stationary points are the zeros z = (u, lambda) with u real of

    Phi(z) = (A(u) - lambda u, (1 - u . u) / 2),    A(u) = -dH(sqrt(n) u),

in the landscape's unit of energy; lambda is -sqrt(n) times the radial force.  Let Y be any matrix,
eta >= |Y Phi(z)|, kappa >= |1 - Y DPhi(z)|, and L >= |Y| times the Lipschitz constant of DPhi
within a reach of z.  Where kappa < 1 and D = (1 - kappa)^2 - 2 eta L > 0, z - Y Phi(z) maps the
ball of radius r = (1 - kappa - sqrt(D)) / L to itself and shrinks distances there: it has exactly
one zero, which is regular.  No other zero is nearer than r+ = (1 - kappa + sqrt(D)) / L, nor within
the reach of L (Newton-Kantorovich in Krawczyk's form).  Phi is real, so the conjugate of a zero is
a zero: a ball of radius r+ that holds both holds a real one.

Some zeros are large, and lambda grows as |u|^(d-2).  So all this is shown of u / s and lambda / w,
with powers of two s near |u| and w near a bound of the derivative of A there: a system of the same
form, whose values follow without rounding.  The radii are of z itself.

Rounding errors are included as in `spinglass.search.proofs.enclosures`: in any order of summing, an
inner product of k complex numbers errs by less than gamma(4 k) times the sum of the products'
sizes.  What is said is true of the polynomial with the stored coefficients.
"""

from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from spinglass.kernels.packing import flattening
from spinglass.landscape.evaluate import forms_of
from spinglass.landscape.model import Array, Landscape
from spinglass.landscape.random import generator
from spinglass.search.proofs.enclosures import gamma, tensor_norm

Complex = NDArray[np.complex128]

_BATCH = 128
_POLISH = 10
_CONVERGED = 1e-11
_REACH = 0.25
_WITHIN = 1e-6
"""Of what lies farther from its zero, in the units s and w, nothing is said to be proven."""
_UP = 1.0 + 1e-9


@dataclass(frozen=True)
class Polynomial:
    """The system Phi of a landscape, in the landscape's unit of energy.

    Attributes
    ----------
    n, degree : int
        Sites; the highest order d.
    tensor : (n + 1,) * (d - 1) + (n,) float64
        B: A(u) is its contraction with (1, u) over the first d - 1 axes, among which it is
        symmetric.
    growth : tuple of (int, float)
        Of each order p >= 3, a bound of |D^2 A| on the unit ball; it grows as |u|^(p - 3).
    mirror : int
        Where (-u, s lambda) is a zero with (u, lambda), this s, 1 or -1; else 0.
    """

    n: int
    degree: int
    tensor: Array
    growth: tuple[tuple[int, float], ...]
    mirror: int


@dataclass(frozen=True)
class Balls:
    """What is proven of approximate zeros.

    Attributes
    ----------
    z : (count, n + 1) complex128
        Where they are, after some steps of Newton's method.
    radius : (count,) float64
        Exactly one zero is no farther from it than this; infinite where nothing is proven.
    alone : (count,) float64
        There is no other zero within this distance; 0 where nothing is proven.
    """

    z: Complex
    radius: Array
    alone: Array

    @property
    def proven(self) -> NDArray[np.bool_]:
        """Which hold a zero, (count,)."""
        return np.isfinite(self.radius)

    @property
    def real(self) -> NDArray[np.bool_]:
        """Whose zero is proven to be real, (count,)."""
        return self.proven & (2.0 * self._height * _UP + self.radius < self.alone)

    @property
    def unreal(self) -> NDArray[np.bool_]:
        """Whose zero is proven not to be real, (count,)."""
        return self.proven & (self._height > self.radius * _UP)

    @property
    def _height(self) -> Array:
        return np.linalg.norm(self.z.imag, axis=1)

    def take(self, rows: NDArray[np.bool_]) -> "Balls":
        """Return some of them."""
        return Balls(self.z[rows], self.radius[rows], self.alone[rows])


def polynomial_of(model: Landscape) -> Polynomial:
    """Return the system of a landscape; its highest order must be at least 3."""
    own = model.in_unit(model.unit)
    n, degree = model.n, max(model.orders)
    tensor = np.zeros((n + 1,) * (degree - 1) + (n,))
    tensor[(0,) * (degree - 1)] = own.field
    growth = []
    for form, scale in zip(forms_of(own), own.scales, strict=True):
        p, factor = form.p, scale * n ** (0.5 * (form.p - 1))
        flat = np.empty((n, n ** (p - 1)))
        flattening(form.c, n, p, form.plan.table, flat)
        part = p * factor / comb(degree - 1, p - 1) * flat.reshape((n,) * p)
        for places in combinations(range(degree - 1), p - 1):
            where = tuple(slice(1, None) if k in places else 0 for k in range(degree - 1))
            tensor[where] = part
        if p > 2:
            size = p * (p - 1) * (p - 2) * factor * tensor_norm(form, n)
            growth.append((p, size * (1.0 + gamma(40))))
    symmetric = own.is_odd or own.is_even
    mirror = (1 if degree % 2 == 0 else -1) if symmetric else 0
    return Polynomial(n, degree, tensor, tuple(growth), mirror)


def prove_zeros(system: Polynomial, z: Complex) -> Balls:
    """Try to prove that a zero lies near each of the points, after some steps of Newton's method.

    Parameters
    ----------
    system : Polynomial
        The system.
    z : (count, n + 1) complex128
        Approximate zeros (u, lambda).
    """
    parts = [_prove(system, z[first : first + _BATCH]) for first in range(0, len(z), _BATCH)]
    parts.append(Balls(np.empty((0, system.n + 1), np.complex128), np.empty(0), np.empty(0)))
    columns = zip(*((part.z, part.radius, part.alone) for part in parts), strict=True)
    return Balls(*(np.concatenate(column) for column in columns))


def mirrored(system: Polynomial, z: Complex) -> Complex:
    """Return the zeros at -u, (count, n + 1), of a system that has that symmetry."""
    return np.concatenate([-z[:, :-1], system.mirror * z[:, -1:]], axis=1)


def distinct(system: Polynomial, balls: Balls) -> NDArray[np.bool_]:
    """Choose balls that are proven, and pairwise proven to hold different zeros.

    Of two that may hold the same zero the later is left out.  Where the system has the symmetry,
    a ball is also compared with all the mirror images, its own among them.

    Returns
    -------
    (count,) bool
        Which are chosen.
    """
    chosen, count = balls.proven.copy(), len(balls.z)
    rows = np.flatnonzero(chosen)
    z, radius = balls.z[rows], balls.radius[rows]
    if system.mirror:
        z, radius = np.concatenate([z, mirrored(system, z)]), np.tile(radius, 2)
        rows = np.tile(rows, 2)
    if not len(rows):
        return np.zeros(count, np.bool_)
    # Points as near as two balls may reach are as near along any direction.
    direction = generator(0, "order of balls").normal(size=system.n + 1)
    along = z.real @ (direction / np.linalg.norm(direction))
    order = np.argsort(along, kind="stable")
    reach = 2.0 * radius.max() * _UP + 1e-12 * (1.0 + np.linalg.norm(z, axis=1).max())
    for shift in range(1, len(order)):
        close = along[order[shift:]] - along[order[:-shift]] <= reach
        if not close.any():
            break
        first, second = order[:-shift][close], order[shift:][close]
        apart = np.linalg.norm(z[first] - z[second], axis=1)
        size = np.linalg.norm(z[first], axis=1) + np.linalg.norm(z[second], axis=1)
        met = ~(apart - 1e-14 * size > (radius[first] + radius[second]) * _UP)
        chosen[np.maximum(rows[first], rows[second])[met]] = False
    return chosen


def _evaluate(tensor: Array, u: NDArray[np.inexact]) -> tuple[NDArray, NDArray]:
    """Return B contracted with (1, u) d - 1 times, (count, n), and d - 2 times over its u part."""
    count, m = len(u), tensor.shape[0]
    y = np.concatenate([np.ones((count, 1)), u], axis=1)
    level = y @ tensor.reshape(m, -1)
    for _ in range(tensor.ndim - 3):
        level = np.einsum("cj,cjr->cr", y, level.reshape(count, m, -1))
    matrix = level.reshape(count, m, -1)
    return np.einsum("cj,cjr->cr", y, matrix), matrix[:, 1:].transpose(0, 2, 1)


def _equations(system: Polynomial, z: Complex) -> tuple[Complex, Complex]:
    """Return Phi, (count, n + 1), and DPhi, (count, n + 1, n + 1)."""
    n, u, force = system.n, z[:, :-1], z[:, -1:]
    slope, matrix = _evaluate(system.tensor, u)
    value = np.concatenate(
        [slope - force * u, 0.5 * (1.0 - (u * u).sum(axis=1, keepdims=True))], axis=1
    )
    derivative = np.zeros((len(z), n + 1, n + 1), np.complex128)
    derivative[:, :n, :n] = (system.degree - 1) * matrix - force[:, :, None] * np.eye(n)
    derivative[:, :n, n] = derivative[:, n, :n] = -u
    return value, derivative


def _errors(system: Polynomial, z: Complex) -> tuple[Array, Array]:
    """Bound the rounding errors of Phi and DPhi entry by entry."""
    n, u, force = system.n, np.abs(z[:, :-1]), np.abs(z[:, -1:])
    slope, matrix = _evaluate(np.abs(system.tensor), u)
    chain = gamma(8 * (n + 2) * system.degree + 100)
    value = np.concatenate(
        [slope + force * u, 0.5 * (1.0 + (u * u).sum(axis=1, keepdims=True))], axis=1
    )
    derivative = np.zeros((len(z), n + 1, n + 1))
    derivative[:, :n, :n] = (system.degree - 1) * matrix + force[:, :, None] * np.eye(n)
    return chain * value * _UP, chain * derivative * _UP


def _inverses(matrices: Complex) -> Complex:
    """Return approximate inverses; of a matrix that has none, nan."""
    out: Complex = np.full_like(matrices, np.nan)
    try:
        out[:] = np.linalg.inv(matrices)
    except np.linalg.LinAlgError:
        for matrix, place in zip(matrices, out, strict=True):
            with suppress(np.linalg.LinAlgError):
                place[:] = np.linalg.inv(matrix)
    return out


def _prove(system: Polynomial, z: Complex) -> Balls:
    with np.errstate(all="ignore"):  # of what is not finite nothing is proven
        for _ in range(_POLISH):
            value, derivative = _equations(system, z)
            step = np.einsum("cij,cj->ci", _inverses(derivative), value)
            z = z - step
            if not np.any(np.abs(step).max(axis=1) > _CONVERGED * np.abs(z).max(axis=1)):
                break
        s, w = _scales(system, z)
        over, under = _column(s * w, s * s, system.n), _column(s, w, system.n)
        factors = under[:, None] / over[:, :, None]
        value, derivative = _equations(system, z)
        value_error, derivative_error = _errors(system, z)
        inverse = _inverses(derivative * factors)
        eta = _eta(inverse, value / over, value_error / over)
        kappa = _kappa(inverse, derivative * factors, derivative_error * factors)
        size = np.linalg.norm(z[:, :-1], axis=1) / s * _UP + _REACH
        bend = np.sqrt(2.0) * _UP
        for p, bound in system.growth:
            bend = bend + bound * s ** (p - 2) / w * size ** (p - 3) * _UP
        slope = np.linalg.norm(inverse, axis=(1, 2)) * bend * _UP
        root = np.sqrt((1.0 - kappa) ** 2 / _UP - 2.0 * eta * slope * _UP)
        radius = 2.0 * eta / (1.0 - kappa + root) * _UP
        alone = np.minimum((1.0 - kappa + root) / slope / _UP, _REACH)
        proven = (kappa < 1.0) & (root > 0.0) & (radius < np.minimum(alone, _WITHIN))
        radius, alone = radius * np.maximum(s, w), alone * np.minimum(s, w)
    return Balls(z, np.where(proven, radius, np.inf), np.where(proven, alone, 0.0))


def _scales(system: Polynomial, z: Complex) -> tuple[Array, Array]:
    """Return s and w, powers of two, (count,) each."""
    s = np.exp2(np.rint(np.log2(np.linalg.norm(z[:, :-1], axis=1))))
    size = sum((bound * s ** (p - 2) for p, bound in system.growth), np.zeros(len(z)))
    return s, np.exp2(np.rint(np.log2(np.maximum(size, np.abs(z[:, -1])))))


def _column(first: Array, last: Array, n: int) -> Array:
    """Return the first number n times, then the last one, of each row."""
    return np.concatenate([np.repeat(first[:, None], n, axis=1), last[:, None]], axis=1)


def _eta(inverse: Complex, value: Complex, error: Array) -> Array:
    """Bound |Y Phi|, (count,)."""
    moved = np.abs(np.einsum("cij,cj->ci", inverse, value))
    spread = gamma(4 * (value.shape[1] + 4)) * np.abs(value) + error
    moved += np.einsum("cij,cj->ci", np.abs(inverse), spread)
    return np.linalg.norm(moved, axis=1) * _UP


def _kappa(inverse: Complex, derivative: Complex, error: Array) -> Array:
    """Bound |1 - Y DPhi|, (count,)."""
    size = derivative.shape[1]
    defect = np.abs(np.eye(size) - inverse @ derivative)
    defect += np.abs(inverse) @ (gamma(4 * (size + 4)) * np.abs(derivative) + error)
    return np.linalg.norm(defect + gamma(4), axis=(1, 2)) * _UP
