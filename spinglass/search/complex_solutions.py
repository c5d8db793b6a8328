"""All complex stationary points of a small landscape, and a proof that they are all.

With d >= 3 the highest order and u = x / sqrt(n), the stationary points are the real solutions of

    sum_p A_p(u) + h = lambda u,    u . u = 1,    A_p of degree p - 1.

There are at most N = 2 ((d - 1)^n - 1) / (d - 2) isolated complex solutions, and exactly N for
almost all couplings.  To see the bound, put lambda = mu^(d-2) and make everything homogeneous with
x0: n equations of degree d - 1 and u . u = x0^2, in projective space of dimension n + 1.  By
Bezout's theorem the multiplicities of isolated solutions add up to at most 2 (d - 1)^n, which they
do not reach if there are others besides (Fulton, Intersection Theory, examples 8.4.6 and 12.3.1).
The point u = x0 = 0 takes 2 of them: near it u is of second order in x0, so that the last equation
is x0^2 = 0 to leading order.  Every solution that is wanted takes d - 2: one for each root mu, or a
root of multiplicity d - 2 where lambda = 0.  So whoever has proven N different ones has all, and
there are neither others, nor curves of them, nor any at infinity.  Without field N is twice the
number of E-eigenvectors of Cartwright and Sturmfels, arXiv:1004.4953.

As many paths lead there from a_i u_i^(d-1) = lambda u_i with random phases a_i: on each set of
indices that is not empty u_i is a root of 1 / a_i, elsewhere 0.  Where x -> -x is a symmetry of the
landscape it is one of the whole homotopy, and half of the paths are followed.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from spinglass.checks import integer_at_least
from spinglass.control import FREE, Control, Progress
from spinglass.errors import InputError
from spinglass.kernels.homotopy import Steps, System, new_room, track
from spinglass.landscape.model import Array, Landscape
from spinglass.landscape.random import generator
from spinglass.parallel import map_threads, single_threaded_blas
from spinglass.search.proofs.complex_zeros import (
    Balls,
    Complex,
    Polynomial,
    distinct,
    mirrored,
    polynomial_of,
    prove_zeros,
)
from spinglass.shown import Shown

MOST_PATHS = 2**17
"""Largest number of solutions that is looked for."""

MOST_COEFFICIENTS = 2**22
"""Largest size of the array of couplings and field as one form, (n + 1)^(d - 1) n."""

_STEPS = Steps(1e-3, 0.5, 0.1, 0.1, 500)
_ATTEMPTS = 3
_PIECE = 32
_BLOCK = 2048


@dataclass(frozen=True, repr=False)
class ComplexSolutions(Shown):
    """Complex stationary points that are proven, and proven to differ from each other.

    Attributes
    ----------
    u : (count, n) complex128
        x / sqrt(n).
    radial_force : (count,) complex128
        X = x . dH / n; without field -X / p is the generalised eigenvalue, in the normalisation of
        the landscape.
    radius : (count,) float64
        Exactly one solution (u, sqrt(n) X / unit) is no farther from this one, Euclidean.
    real, unreal : (count,) bool
        Which are proven to be real, and which not to be.
    expected : int
        N: how many there are if all are isolated and simple and none is at infinity.
    paths, arrived : int
        Paths followed, and those that came to their end.
    halved : bool
        Whether a path stands for a solution and its image under x -> -x.
    doubtful : (others, n) complex128
        Ends u of the last paths of which nothing is proven, as they are near degenerate solutions.
    """

    u: Complex
    radial_force: Complex
    radius: Array
    real: NDArray[np.bool_]
    unreal: NDArray[np.bool_]
    expected: int
    paths: int
    arrived: int
    halved: bool
    doubtful: Complex

    def facts(self) -> dict[str, object]:
        """Return the numbers that a terminal or a notebook shows."""
        return {
            "solutions": len(self.u),
            "expected": self.expected,
            "complete": self.complete,
            "real": int(self.real.sum()),
        }

    @property
    def complete(self) -> bool:
        """Whether these are proven to be all complex stationary points there are."""
        return len(self.u) == self.expected

    @property
    def decided(self) -> bool:
        """Whether of each it is proven whether it is real."""
        return bool((self.real | self.unreal).all())


def solution_count(n: int, degree: int) -> int:
    """Return N, the number of complex stationary points of almost all landscapes.

    Parameters
    ----------
    n, degree : int
        Sites; the highest order, at least 3.
    """
    return 2 * ((degree - 1) ** n - 1) // (degree - 2)


def solve_complex(
    model: Landscape, *, start_seed: int = 0, control: Control = FREE
) -> ComplexSolutions:
    """Find all complex stationary points, each with a proof, by a homotopy.

    Parameters
    ----------
    model : Landscape
        The landscape; its highest order must be at least 3.
    start_seed : int
        Fixes the systems from which paths begin.
    control : Control
        Asked after every few thousand paths; told of the paths followed.

    Returns
    -------
    ComplexSolutions
        With fewer than ``expected`` where solutions are degenerate, too close to tell apart or at
        infinity, or where the time was up.

    Raises
    ------
    InputError
        If an argument is not allowed or the landscape too large.
    """
    seed = integer_at_least("start_seed", start_seed, 0)
    expected = _checked_count(model)
    with single_threaded_blas(), control.in_force():
        system = polynomial_of(model)
        return _solve(system, model, _STEPS, seed, expected, control)


def _checked_count(model: Landscape) -> int:
    """Return N, if the homotopy can be used."""
    n, degree = model.n, max(model.orders)
    if degree < 3:
        raise InputError(f"the homotopy needs couplings of order 3 or more, got {degree}")
    # Logarithms first: powers of a large order are numbers of many thousand digits.
    if n * np.log2(degree - 1) > 64 or solution_count(n, degree) > MOST_PATHS:
        raise InputError(
            f"the homotopy needs 2 ((p - 1)^n - 1) / (p - 2) <= {MOST_PATHS}, "
            f"got n = {n} and the order p = {degree}"
        )
    if (degree - 1) * np.log2(n + 1) > 64 or (n + 1) ** (degree - 1) * n > MOST_COEFFICIENTS:
        raise InputError(
            f"the homotopy needs (n + 1)^(p - 1) n <= {MOST_COEFFICIENTS}, "
            f"got n = {n} and the order p = {degree}"
        )
    return solution_count(n, degree)


def _solve(
    system: Polynomial,
    model: Landscape,
    steps: Steps,
    seed: int,
    expected: int,
    control: Control,
) -> ComplexSolutions:
    """Follow all paths, up to three times from other starts and with shorter steps."""
    share = 2 if system.mirror else 1
    known = prove_zeros(system, np.empty((0, system.n + 1), np.complex128))
    paths = arrived = 0
    for attempt in range(_ATTEMPTS):
        phases = generator(seed, attempt, "homotopy").uniform(0.0, 2.0 * np.pi, system.n)
        starts = start_points(system.degree, np.exp(1j * phases), bool(system.mirror))
        doubtful: list[Complex] = []
        for first in range(0, len(starts), _BLOCK):
            block = starts[first : first + _BLOCK]
            ends, reached = follow_paths(system, np.exp(1j * phases), block, steps)
            paths, arrived = paths + len(block), arrived + int((reached == 1.0).sum())
            balls = prove_zeros(system, ends[reached == 1.0])
            doubtful.append(ends[reached == 1.0][~balls.proven, :-1])
            known = _join(known, balls)
            control.tell(Progress(paths, _ATTEMPTS * len(starts), "paths", "", at_most=True))
            if control.spent:
                break
        known = known.take(distinct(system, known))
        if share * len(known.z) == expected or control.spent or arrived == 0:
            break
        steps = _shorter(steps)
    return _result(system, model, known, (expected, paths, arrived), np.concatenate(doubtful))


def _shorter(steps: Steps) -> Steps:
    return Steps(
        tolerance=0.1 * steps.tolerance,
        shrink=0.5 * steps.shrink,
        correction=0.1 * steps.correction,
        contraction=0.1 * steps.contraction,
        most=steps.most,
    )


def _join(first: Balls, second: Balls) -> Balls:
    parts = ("z", "radius", "alone")
    return Balls(*(np.concatenate([getattr(first, a), getattr(second, a)]) for a in parts))


def _result(
    system: Polynomial,
    model: Landscape,
    known: Balls,
    counts: tuple[int, int, int],
    doubtful: Complex,
) -> ComplexSolutions:
    z, rows = known.z, np.arange(len(known.z))
    if system.mirror:
        z, rows = np.concatenate([z, mirrored(system, z)]), np.tile(rows, 2)
    return ComplexSolutions(
        z[:, :-1],
        -z[:, -1] * (model.unit / np.sqrt(model.n)),
        known.radius[rows],
        known.real[rows],
        known.unreal[rows],
        *counts,
        bool(system.mirror),
        doubtful,
    )


def start_points(degree: int, a: Complex, halved: bool) -> Complex:
    """Return the solutions (x0, u, 1) of a_i u_i^(d-1) = u_i, u . u = x0^2.

    Parameters
    ----------
    degree : int
        d, at least 3.
    a : (n,) complex128
        Coefficients, not 0.
    halved : bool
        Whether to return one of each pair x0, -x0.

    Returns
    -------
    (count, n + 2) complex128
        One of each class (s x0, s u, 1) with s^(d-2) = 1.
    """
    n, base = len(a), degree - 1
    roots = np.exp(2j * np.pi * np.arange(degree - 2) / (degree - 2))
    # Each row: the value at the first index that is not 0, then digits of the number of the row.
    table = np.concatenate([[0.0], roots])
    blocks = []
    for first in range(n):
        numbers = np.arange(base ** (n - 1 - first))
        digits = numbers[:, None] // base ** np.arange(n - 1 - first) % base
        block = np.zeros((len(numbers), n), np.complex128)
        block[:, first] = 1.0
        block[:, first + 1 :] = table[digits]
        blocks.append(block)
    u = np.concatenate(blocks) * a ** (-1.0 / (degree - 2))
    x0 = np.sqrt((u * u).sum(axis=1, keepdims=True))
    rows = np.concatenate([x0, u, np.ones_like(x0)], axis=1)
    if halved:
        return rows
    other = rows.copy()
    other[:, 0] *= -1.0
    return np.concatenate([rows, other])


def follow_paths(
    system: Polynomial, a: Complex, starts: Complex, steps: Steps = _STEPS
) -> tuple[Complex, Array]:
    """Follow paths from starts to the system.

    Parameters
    ----------
    system : Polynomial
        The system.
    a : (n,) complex128
        Coefficients of the system of the starts.
    starts : (count, n + 2) complex128
        From `start_points`.
    steps : Steps
        How long steps may be.

    Returns
    -------
    ends : (count, n + 1) complex128
        (u, lambda) where the paths ended; not finite where x0 = 0.
    reached : (count,) float64
        1 where the path has arrived.
    """
    n, degree = system.n, system.degree
    # The couplings in a unit in which a, of size 1, is as large.
    size = float(np.linalg.norm(system.tensor)) / np.sqrt(n) or 1.0
    whole = System((system.tensor / size).reshape(n + 1, -1), a, degree)
    points, reached = starts.copy(), np.empty(len(starts))
    cuts = [slice(first, first + _PIECE) for first in range(0, len(starts), _PIECE)]
    map_threads(partial(_follow, whole, points, reached, steps), cuts)
    with np.errstate(all="ignore"):
        x0 = points[:, :1]
        u, force = points[:, 1:-1] / x0, points[:, -1:] / x0 ** (degree - 2) * size
    return np.concatenate([u, force], axis=1), reached


def _follow(system: System, points: Complex, reached: Array, steps: Steps, rows: slice) -> None:
    """Follow some of the paths, in place."""
    room = new_room(len(system.start), system.degree)
    taken = np.empty(len(reached[rows]), np.int64)
    track(system, points[rows], steps, room, reached[rows], taken)
