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

Paths are followed in numbered blocks, whose ends are certified at once.  Those that are lost, that
end where nothing is proven, or that end where another does, are followed again in shorter steps;
where that does not help, all are, from another start.
"""

from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinglass.checks import integer_at_least
from spinglass.control import FREE, Control, Progress
from spinglass.errors import InputError
from spinglass.kernels.homotopy import Steps, new_room, track
from spinglass.landscape.forms import check_room
from spinglass.landscape.model import Array, Landscape
from spinglass.landscape.random import generator
from spinglass.parallel import map_threads, single_threaded_blas
from spinglass.search.path_blocks import PathBlocks
from spinglass.search.proofs.complex_zeros import (
    Balls,
    distinct,
    join,
    meetings,
    mirrored,
    no_balls,
    prove_zeros,
)
from spinglass.search.proofs.polynomial_system import (
    Complex,
    Polynomial,
    is_mirrored,
    polynomial_of,
)
from spinglass.shown import Shown

MOST_PATHS = 2**22
"""Largest number of solutions that is looked for."""

MOST_COEFFICIENTS = 2**22
"""Largest size of the array of couplings and field as one form, (n + 1)^(d - 1) n."""

_STEPS = Steps(1e-3, 0.5, 0.1, 0.1, 500)
_ATTEMPTS = 3
_MENDINGS = 2
_INFINITY = 1e4
_COPIES = 6
"""Of the ends, at most, with what is computed of them at the same time."""
_LITTLE = 2**28
_PIECE = 256
_BLOCK = 2**14


@dataclass(frozen=True, repr=False)
class ComplexSolutions(Shown):
    """Complex stationary points that are proven, and proven to differ from each other.

    Attributes
    ----------
    classes : Balls
        One of each pair +-x where the landscape has that symmetry, else all.
    model : Landscape
        The landscape.
    system : Polynomial
        Its polynomial system.
    expected : int
        N: how many there are if all are isolated and simple and none is at infinity.
    paths, arrived : int
        Paths followed, and those that came to their end.
    doubtful : (others, n) complex128
        Ends u of the last paths of which nothing is proven, as they are near degenerate solutions.
    lost, infinite : int
        How many of the last paths did not arrive, and how many ran to infinity: |u| above 1e4.
    """

    classes: Balls
    model: Landscape
    system: Polynomial
    expected: int
    paths: int
    arrived: int
    doubtful: Complex
    lost: int
    infinite: int

    @property
    def halved(self) -> bool:
        """Whether a path stands for a solution and its image under x -> -x."""
        return self.system.mirror != 0

    @property
    def found(self) -> int:
        """How many solutions are proven."""
        return len(self.classes.z) * (2 if self.halved else 1)

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
        return self.found == self.expected

    @property
    def decided(self) -> bool:
        """Whether of each it is proven whether it is real."""
        return bool((self.classes.real | self.classes.unreal).all())

    @cached_property
    def z(self) -> Complex:
        """All solutions (u, sqrt(n) X / unit), up to the sign of the latter, (found, n + 1)."""
        z = self.classes.z
        return np.concatenate([z, mirrored(self.system.mirror, z)]) if self.halved else z

    @property
    def u(self) -> Complex:
        """All solutions x / sqrt(n), (found, n); behind the classes their images."""
        return self.z[:, :-1]

    @property
    def radial_force(self) -> Complex:
        """X = x . dH / n of each; without field -X / p is the generalised eigenvalue, (found,)."""
        force: Complex = -self.z[:, -1] * (self.model.unit / np.sqrt(self.model.n))
        return force

    @property
    def radius(self) -> Array:
        """Exactly one solution (u, sqrt(n) X / unit) is no farther from each, Euclidean."""
        return self._all(self.classes.radius)

    @property
    def real(self) -> NDArray[np.bool_]:
        """Which are proven to be real, (found,)."""
        return self._all(self.classes.real)

    @property
    def unreal(self) -> NDArray[np.bool_]:
        """Which are proven not to be real, (found,)."""
        return self._all(self.classes.unreal)

    def _all(self, values: NDArray) -> NDArray:
        return np.tile(values, 2) if self.halved else values


def solution_count(n: int, degree: int) -> int:
    """Return N, the number of complex stationary points of almost all landscapes.

    Parameters
    ----------
    n, degree : int
        Sites; the highest order, at least 3.
    """
    return 2 * ((degree - 1) ** n - 1) // (degree - 2)


def solve_complex(
    model: Landscape,
    *,
    start_seed: int = 0,
    folder: Path | None = None,
    control: Control = FREE,
) -> ComplexSolutions:
    """Find all complex stationary points, each with a proof, by a homotopy.

    Parameters
    ----------
    model : Landscape
        The landscape; its highest order must be at least 3.
    start_seed : int
        Fixes the systems from which paths begin.
    folder : Path, optional
        Where the ends of paths are kept, block by block; what it holds already is not done again.
    control : Control
        Asked after every 16,384 paths; told of the paths followed.

    Returns
    -------
    ComplexSolutions
        With fewer than ``expected`` where solutions are degenerate, too close to tell apart or at
        infinity, or where the time was up.

    Raises
    ------
    InputError
        If an argument is not allowed, the landscape too large, or the folder of another run.
    MemoryLimitError
        If the ends of the paths would not fit into memory; checked beforehand.
    DamagedFileError, StorageError
        If the folder cannot be used.
    """
    seed = integer_at_least("start_seed", start_seed, 0)
    expected = checked_count(model)
    _check_memory(model, expected)
    with single_threaded_blas(), control.in_force():
        search = _Search(polynomial_of(model), PathBlocks(folder, model, seed), expected, control)
        return search.solve(_STEPS)


def checked_count(model: Landscape) -> int:
    """Return N, if the homotopy can be used.

    Raises
    ------
    InputError
        If it cannot.
    """
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


def _check_memory(model: Landscape, expected: int) -> None:
    """Refuse what does not fit into the memory that is free now."""
    n, degree = model.n, max(model.orders)
    needed = _COPIES * 16 * (n + 1) * expected
    if needed > _LITTLE:  # to look takes milliseconds
        needed //= 2 if is_mirrored(model) else 1
        check_room(f"n = {n}, p = {degree}", needed, "the ends of its paths")


class _Search:
    """Follows all paths, and those again that are in doubt."""

    def __init__(
        self, system: Polynomial, blocks: PathBlocks, expected: int, control: Control
    ) -> None:
        self._system, self._blocks, self._control = system, blocks, control
        self._expected = expected
        self._total = expected // (2 if system.mirror else 1)
        self._paths = self._arrived = 0
        self._stopped = self._clean = False

    def solve(self, steps: Steps) -> ComplexSolutions:
        """Follow all paths, up to three times from other starts and in shorter steps."""
        known = no_balls(self._system)
        for attempt in range(_ATTEMPTS):
            before, ends = self._arrived, self._attempt(attempt, steps)
            lost, infinite, doubtful = _told_apart(ends)
            if self._clean and attempt == 0:
                known = ends
            else:
                known = join([known, ends])
                known = known.take(distinct(self._system, known))
            if len(known.z) == self._total or self._stopped or self._arrived == before:
                break
            steps = _shorter(steps)
        return ComplexSolutions(
            known,
            self._blocks.model,
            self._system,
            self._expected,
            self._paths,
            self._arrived,
            doubtful,
            lost,
            infinite,
        )

    def _attempt(self, attempt: int, steps: Steps) -> Balls:
        """Follow all paths from one start; return their ends, in order of the paths."""
        phases = generator(self._blocks.start_seed, attempt, "homotopy").uniform(
            0.0, 2.0 * np.pi, self._system.n
        )
        a, parts = np.exp(1j * phases), []
        for first in range(0, self._total, _BLOCK):
            stop = min(first + _BLOCK, self._total)
            balls = self._blocks.read(attempt, first, stop)
            if balls is None:
                balls = self._follow(a, np.arange(first, stop), steps)
                self._blocks.write(attempt, first, balls)
            parts.append(balls)
            self._count(attempt, balls)
            if self._stopped:
                break
        ends = join(parts)
        for mending in range(_MENDINGS + 1):
            again = self._in_doubt(ends)
            self._clean = not len(again)
            # Where most paths fail shorter steps are no remedy.
            few = 2 * len(again) <= len(ends.z)
            if self._clean or self._stopped or mending == _MENDINGS or not few:
                break
            steps = _shorter(steps)
            balls = self._follow(a, again, steps)
            self._count(attempt, balls)
            ends.z[again], ends.radius[again], ends.alone[again] = (
                balls.z,
                balls.radius,
                balls.alone,
            )
        return ends

    def _in_doubt(self, ends: Balls) -> NDArray[np.int64]:
        """Return the numbers of the paths to be followed again."""
        doubt = ~ends.proven
        doubt[meetings(self._system, ends).reshape(-1)] = True
        return np.flatnonzero(doubt)

    def _count(self, attempt: int, balls: Balls) -> None:
        self._paths += len(balls.z)
        self._arrived += int((~np.isnan(balls.z[:, 0])).sum())
        words = f"{'following' if attempt == 0 else 'following again'} paths"
        whole = max(self._total, self._paths)
        self._control.tell(Progress(self._paths, whole, "paths", words))
        self._stopped = self._control.spent

    def _follow(self, a: Complex, numbers: NDArray[np.int64], steps: Steps) -> Balls:
        """Follow paths and certify their ends; what has not arrived is nan."""
        starts = start_points(self._system, a, numbers)
        ends, reached = follow_paths(self._system, a, starts, steps)
        ends[reached < 1.0] = np.nan
        finite = np.isfinite(ends).all(axis=1)
        balls = prove_zeros(self._system, ends[finite])
        radius, alone = np.full(len(ends), np.inf), np.zeros(len(ends))
        radius[finite], alone[finite] = balls.radius, balls.alone
        ends[np.flatnonzero(finite)[balls.proven]] = balls.z[balls.proven]
        return Balls(ends, radius, alone)


def _told_apart(ends: Balls) -> tuple[int, int, Complex]:
    """Return how many paths were lost, how many ran to infinity, and other ends not proven."""
    u = ends.z[:, :-1]
    if ends.proven.all():
        return 0, 0, u[:0]
    lost = np.isnan(u).any(axis=1)
    with np.errstate(all="ignore"):
        near = np.linalg.norm(u, axis=1) < _INFINITY
    return int(lost.sum()), int((~lost & ~near).sum()), u[~ends.proven & near]


def _shorter(steps: Steps) -> Steps:
    return Steps(
        tolerance=0.1 * steps.tolerance,
        shrink=0.5 * steps.shrink,
        correction=0.1 * steps.correction,
        contraction=0.1 * steps.contraction,
        most=4 * steps.most,
    )


def start_points(system: Polynomial, a: Complex, numbers: NDArray[np.int64]) -> Complex:
    """Return solutions (u, x0, 1) of a_i u_i^(d-1) = u_i, u . u = x0^2, at length 1.

    Parameters
    ----------
    system : Polynomial
        The system; where it has no x0, neither have they.
    a : (n,) complex128
        Coefficients, not 0.
    numbers : (count,) int64
        Which of them: one of each pair x0, -x0 comes before all the others, which are left out
        where the system has the symmetry.

    Returns
    -------
    (count, n + 1 or n + 2) complex128
        One of each class (s x0, s u, 1) with s^(d-2) = 1.
    """
    n, base = system.n, system.degree - 1
    half = (base**n - 1) // (base - 1)
    # The first entry that is not 0 stands for the class; the digits of the rest say what they are.
    sizes = base ** np.arange(n - 1, -1, -1)
    behind = np.cumsum(sizes)
    number = numbers % half
    first = np.searchsorted(behind, number, side="right")
    number = number - (behind - sizes)[first]
    place = np.arange(n)[None, :] - first[:, None]
    digits = number[:, None] // base ** np.maximum(place - 1, 0) % base
    roots = np.exp(2j * np.pi * np.arange(base - 1) / (base - 1))
    table = np.concatenate([[0.0], roots])
    u = np.where(place > 0, table[digits], (place == 0).astype(np.complex128))
    u *= a ** (-1.0 / (base - 1))
    x0 = np.sqrt((u * u).sum(axis=1, keepdims=True))
    x0[numbers >= half] *= -1.0
    y = np.concatenate([u, x0], axis=1)[:, : system.variables]
    length = np.linalg.norm(y, axis=1, keepdims=True)
    return np.concatenate([y / length, length ** (1.0 - base) + 0j], axis=1)


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
    starts : (count, n + 1 or n + 2) complex128
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
    n, points, reached = system.n, starts.copy(), np.empty(len(starts))
    cuts = [slice(first, first + _PIECE) for first in range(0, len(starts), _PIECE)]
    map_threads(partial(_follow, system, a, points, reached, steps), cuts)
    u, force = points[:, :n], points[:, -1:]
    x0 = (
        np.sqrt((u * u).sum(axis=1, keepdims=True))
        if system.variables == n
        else points[:, n : n + 1]
    )
    with np.errstate(all="ignore"):
        ends = np.concatenate([u / x0, force / x0 ** (system.degree - 2) * system.unit], axis=1)
    return ends, reached


def _follow(
    system: Polynomial, a: Complex, points: Complex, reached: Array, steps: Steps, rows: slice
) -> None:
    """Follow some of the paths, in place."""
    room = new_room(system.system, a, system.variables, system.degree)
    taken = np.empty(len(reached[rows]), np.int64)
    track(system.system, points[rows], steps, *room, reached[rows], taken)
