"""Proofs that computed complex stationary points exist, that they differ, and which are real.

The zeros z = (u, lambda) are those of `spinglass.search.proofs.polynomial_system`.  Let Y be any
matrix, eta >= |Y Phi(z)|, kappa >= |1 - Y DPhi(z)|, and L >= |Y| times the Lipschitz constant of
DPhi in a ball about z, whose radius is the reach of L.  If kappa < 1 and
D = (1 - kappa)^2 - 2 eta L > 0, then z - Y Phi(z) maps the ball of radius
r = (1 - kappa - sqrt(D)) / L to itself and contracts there: the ball holds exactly one zero, which
is regular.  No other zero is nearer than r+ = (1 - kappa + sqrt(D)) / L or the reach, whichever is
smaller (Newton-Kantorovich in Krawczyk's form).  Phi is real, so that the conjugate of a zero is a
zero: if the ball of radius r+ holds both, they are one real zero.

Some zeros are large, and lambda grows as |u|^(d-2).  So the proof is done for u / s and lambda / w,
with powers of two s near |u| and w near a bound of the derivative of A there; their system has the
same form, and its values follow without rounding.  The radii are scaled back to z itself.  Zeros
differ if their u do, since lambda follows from u; and the radius of u alone, r s, is much smaller
if lambda is large.

Rounding errors are included as in `spinglass.search.proofs.enclosures`: in any order of summing, an
inner product of k complex numbers errs by less than gamma(4 k) times the sum of the products'
sizes.  The results hold for the polynomial with the stored coefficients.

Certificates are made in lanes (`spinglass.kernels.zero_balls`); where these fail, with pivots, one
matrix after the other.
"""

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.kernels.path_room import new_room
from spinglass.kernels.zero_balls import certify
from spinglass.landscape.random import generator
from spinglass.parallel import map_threads
from spinglass.search.proofs.certificates import prove_stationary
from spinglass.search.proofs.enclosures import gamma
from spinglass.search.proofs.polynomial_system import REACH, WITHIN, Complex, Polynomial

_BATCH = 128
_PIECE = 1024
_POLISH = 10
_CONVERGED = 1e-11
_UP = 1.0 + 1e-9
_LARGE = 64.0
"""Balls larger than the median by this factor are compared with all others, one by one."""


@dataclass(frozen=True)
class Balls:
    """Approximate zeros, and what is proven about each.

    Attributes
    ----------
    z : (count, n + 1) complex128
        The approximate zeros, after some steps of Newton's method.
    radius : (count,) float64
        Exactly one zero lies within this distance; infinite if nothing is proven.
    alone : (count,) float64
        No other zero lies within this distance; 0 if nothing is proven.
    width : (count,) float64
        The u of that zero lies within this distance of this u; infinite if nothing is proven.
    """

    z: Complex
    radius: Array
    alone: Array
    width: Array

    @property
    def proven(self) -> NDArray[np.bool_]:
        """Which balls are proven to hold exactly one zero, (count,)."""
        return np.isfinite(self.radius)

    @property
    def real(self) -> NDArray[np.bool_]:
        """Which balls hold a zero that is proven to be real, (count,)."""
        return self.proven & (2.0 * self._height * _UP + self.radius < self.alone)

    @property
    def unreal(self) -> NDArray[np.bool_]:
        """Which balls hold a zero that is proven not to be real, (count,)."""
        return self.proven & (self._height > self.radius * _UP)

    def put(self, rows: NDArray[np.int64], others: "Balls") -> None:
        """Overwrite the balls in ``rows`` by others."""
        for name, values in vars(self).items():
            values[rows] = getattr(others, name)

    @property
    def _height(self) -> Array:
        return np.linalg.norm(self.z.imag, axis=1)

    def take(self, rows: NDArray[np.bool_]) -> "Balls":
        """Return the balls that ``rows``, a mask, selects."""
        return Balls(*(values[rows] for values in vars(self).values()))


def no_balls(system: Polynomial) -> Balls:
    """Return an empty list of balls."""
    return Balls(np.empty((0, system.n + 1), np.complex128), *np.empty((3, 0)))


def balls_at(system: Polynomial, z: Complex) -> Balls:
    """Apply `prove_zeros` to the finite points; for the others nothing is proven.

    Points for which nothing is proven are returned unmoved.
    """
    finite = np.flatnonzero(np.isfinite(z).all(axis=1))
    nothing, without = np.full(len(z), np.inf), np.zeros(len(z))
    ends = Balls(z.copy(), nothing, without, nothing.copy())
    balls = prove_zeros(system, z[finite])
    ends.put(finite[balls.proven], balls.take(balls.proven))
    return ends


def join(parts: list[Balls]) -> Balls:
    """Concatenate lists of balls, at least one."""
    columns = zip(*(vars(part).values() for part in parts), strict=True)
    return Balls(*map(np.concatenate, columns))


def prove_zeros(system: Polynomial, z: Complex) -> Balls:
    """Move each point (u, lambda) by Newton's method, and try to prove that a zero is near it."""
    better, balls = np.array(z, np.complex128, order="C"), np.empty((4, len(z)))
    map_threads(partial(_certify, system, better, balls), _pieces(z))
    left = np.flatnonzero(balls[1] == 0.0)
    if len(left):
        slow = prove_with_pivots(system, z[left])
        better[left] = slow.z
        balls[0, left], balls[1, left], balls[3, left] = slow.radius, slow.alone, slow.width
    return Balls(better, balls[0], balls[1], balls[3])


def _pieces(z: Complex) -> list[slice]:
    return [slice(first, first + _PIECE) for first in range(0, len(z), _PIECE)]


def _certify(system: Polynomial, z: Complex, balls: Array, rows: slice) -> None:
    """Move and certify the points of some ``rows`` in lanes, in place."""
    room = new_room(
        system.system, np.ones(system.n, np.complex128), system.variables, system.degree
    )
    bounds = np.empty((4, len(z[rows])))
    certify(system.system, z[rows], system.bounds, *room, bounds)
    balls[:, rows] = bounds


def prove_with_pivots(system: Polynomial, z: Complex) -> Balls:
    """Prove as `prove_zeros` does, with pivots and with bounds of every entry: slower, sharper."""
    parts = [_prove(system, z[first : first + _BATCH]) for first in range(0, len(z), _BATCH)]
    return join([no_balls(system), *parts])


def mirrored(mirror: int, z: Complex) -> Complex:
    """Return the mirror images (-u, ``mirror`` lambda) of points (u, lambda), (count, n + 1)."""
    return np.concatenate([-z[:, :-1], mirror * z[:, -1:]], axis=1)


def meetings(system: Polynomial, balls: Balls) -> NDArray[np.int64]:
    """Return the pairs of proven balls that may hold the same zero, (pairs, 2), smaller row first.

    If the system has the mirror symmetry, each ball is also compared with the mirror images of the
    others and of itself.
    """
    rows = np.flatnonzero(balls.proven)
    if not len(rows):
        return np.empty((0, 2), np.int64)
    # |u . v| with a fixed unit vector v is the same at u and -u, and differs by |u - u'| at most.
    along = np.abs(np.einsum("ci,i->c", balls.z[rows, :-1], _direction(system.n)))
    order = np.argsort(along, kind="stable")
    rows, along = rows[order], along[order]
    radius, slack = balls.width[rows], 1e-12 * (1.0 + float(along.max()))
    usual = _LARGE * float(np.median(radius))
    small, near_pairs = np.flatnonzero(radius <= usual), []
    if system.mirror:
        # |u| is at least 1, so that only large balls meet their own image.
        own = np.flatnonzero(radius >= 0.5)
        near_pairs.append(np.stack([own, own], axis=1))
    for shift in range(1, len(small)):
        first, second = small[:-shift], small[shift:]
        close = along[second] - along[first] <= 2.0 * usual * _UP + slack
        if not close.any():
            break
        near_pairs.append(np.stack([first[close], second[close]], axis=1))
    for large in np.flatnonzero(radius > usual):
        near = np.flatnonzero(
            np.abs(along - along[large]) <= (radius + radius[large]) * _UP + slack
        )
        near = near[(near < large) | (radius[near] <= usual)]
        near_pairs.append(np.stack([np.full(len(near), large), near], axis=1))
    pairs = rows[np.concatenate([np.empty((0, 2), np.int64), *near_pairs])]
    return np.sort(pairs[_met(system, balls, pairs)], axis=1)


@lru_cache(maxsize=32)
def _direction(n: int) -> Complex:
    """Return a fixed vector of length 1, (n,) complex128; it is cached and must not be changed."""
    parts = generator(0, "order of balls").normal(size=(n, 2))
    direction: Complex = (parts / np.linalg.norm(parts)).view(np.complex128)[:, 0]
    return direction


def _met(system: Polynomial, balls: Balls, pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which pairs of balls may meet, (pairs,): themselves, or one and the other's image."""
    if not len(pairs):
        return np.empty(0, np.bool_)
    one, other = balls.z[pairs[:, 0], :-1], balls.z[pairs[:, 1], :-1]
    size = np.linalg.norm(one, axis=1) + np.linalg.norm(other, axis=1)
    apart = np.linalg.norm(one - other, axis=1)
    if system.mirror:
        apart = np.minimum(apart, np.linalg.norm(one + other, axis=1))
    reach = (balls.width[pairs[:, 0]] + balls.width[pairs[:, 1]]) * _UP
    return ~(apart - 1e-14 * size > reach)


def distinct(system: Polynomial, balls: Balls) -> NDArray[np.bool_]:
    """Return a mask, (count,), of balls that are proven, and proven to hold different zeros.

    Of two balls that may hold the same zero, or mirror images if the system has that symmetry, the
    later is left out.
    """
    chosen = balls.proven.copy()
    chosen[meetings(system, balls)[:, 1]] = False
    return chosen


def indices(system: Polynomial, balls: Balls) -> NDArray[np.int64]:
    """Return the Morse index of the zero in each ball, proven real; -1 where it is not proven.

    The derivative of Phi has one more eigenvalue of each sign than the tangent Hessian of -H.
    Their signs at the zero are those at the real part of the ball's centre, if that point's own
    ball is proven to hold the same zero.
    """
    real, bounds = balls.z.real.astype(np.complex128), np.empty((4, len(balls.z)))
    map_threads(partial(_certify, system, real, bounds), _pieces(real))
    away = np.linalg.norm(real - balls.z, axis=1) + bounds[0]
    proven: NDArray[np.int64] = np.where(away * _UP < balls.alone, bounds[2], -1.0).astype(np.int64)
    left = np.flatnonzero(proven < 0)
    if not len(left):
        return proven
    points = balls.z[left, :-1].real
    points *= np.sqrt(system.n) / np.linalg.norm(points, axis=1, keepdims=True)
    for row, proof in zip(left, prove_stationary(system.model, points), strict=True):
        apart = (proof.distance + balls.radius[row]) * _UP
        proven[row] = proof.index if apart < balls.alone[row] else -1
    return proven


def _evaluate(tensor: Array, u: NDArray[np.inexact]) -> tuple[NDArray, NDArray]:
    """Return B contracted with (1, u) d - 1 times, (count, n), and d - 2 times, (count, n, n)."""
    value, matrix = contracted(tensor, np.concatenate([np.ones((len(u), 1)), u], axis=1))
    return value, matrix[:, :, 1:]


def contracted(tensor: Array, y: NDArray[np.inexact]) -> tuple[NDArray, NDArray]:
    """Return B contracted with (x0, u) d - 1 times, (count, n), and d - 2, (count, n, n + 1)."""
    count, m = y.shape
    level = y @ tensor.reshape(m, -1)
    for _ in range(tensor.ndim - 3):
        level = np.einsum("cj,cjr->cr", y, level.reshape(count, m, -1))
    matrix = level.reshape(count, m, -1)
    return np.einsum("cj,cjr->cr", y, matrix), matrix.transpose(0, 2, 1)


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
    """Return bounds of the rounding errors of each entry of Phi and DPhi."""
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
    """Return approximate inverses, nan for singular matrices."""
    out: Complex = np.full_like(matrices, np.nan)
    try:
        out[:] = np.linalg.inv(matrices)
    except np.linalg.LinAlgError:
        for matrix, place in zip(matrices, out, strict=True):
            with suppress(np.linalg.LinAlgError):
                place[:] = np.linalg.inv(matrix)
    return out


def _prove(system: Polynomial, z: Complex) -> Balls:
    with np.errstate(all="ignore"):  # nothing is proven where a number is not finite
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
        size = np.linalg.norm(z[:, :-1], axis=1) / s * _UP + REACH
        bend = np.sqrt(2.0) * _UP
        for p, bound in system.growth:
            bend = bend + bound * s ** (p - 2) / w * size ** (p - 3) * _UP
        slope = np.linalg.norm(inverse, axis=(1, 2)) * bend * _UP
        root = np.sqrt((1.0 - kappa) ** 2 / _UP - 2.0 * eta * slope * _UP)
        radius = 2.0 * eta / (1.0 - kappa + root) * _UP
        alone = np.minimum((1.0 - kappa + root) / slope / _UP, REACH)
        proven = (kappa < 1.0) & (root > 0.0) & (radius < np.minimum(alone, WITHIN))
        width, radius, alone = radius * s, radius * np.maximum(s, w), alone * np.minimum(s, w)
    return Balls(
        z,
        np.where(proven, radius, np.inf),
        np.where(proven, alone, 0.0),
        np.where(proven, width, np.inf),
    )


def _scales(system: Polynomial, z: Complex) -> tuple[Array, Array]:
    """Return the scales s of u and w of lambda, powers of two, (count,) each."""
    s = np.exp2(np.rint(np.log2(np.linalg.norm(z[:, :-1], axis=1))))
    size = sum((bound * s ** (p - 2) for p, bound in system.growth), np.full(len(z), system.least))
    return s, np.exp2(np.rint(np.log2(np.maximum(size, np.abs(z[:, -1])))))


def _column(first: Array, last: Array, n: int) -> Array:
    """Return rows, (count, n + 1), with the number in ``first`` n times and that in ``last``."""
    return np.concatenate([np.repeat(first[:, None], n, axis=1), last[:, None]], axis=1)


def _eta(inverse: Complex, value: Complex, error: Array) -> Array:
    """Return upper bounds of |Y Phi|, the length of the Newton step, (count,)."""
    moved = np.abs(np.einsum("cij,cj->ci", inverse, value))
    spread = gamma(4 * (value.shape[1] + 4)) * np.abs(value) + error
    moved += np.einsum("cij,cj->ci", np.abs(inverse), spread)
    return np.linalg.norm(moved, axis=1) * _UP


def _kappa(inverse: Complex, derivative: Complex, error: Array) -> Array:
    """Return upper bounds of |1 - Y DPhi|, (count,)."""
    size = derivative.shape[1]
    defect = np.abs(np.eye(size) - inverse @ derivative)
    defect += np.abs(inverse) @ (gamma(4 * (size + 4)) * np.abs(derivative) + error)
    return np.linalg.norm(defect + gamma(4), axis=(1, 2)) * _UP
