"""All complex stationary points of a small landscape, and a proof that none is missing.

With d the highest order and u = x / sqrt(n), the stationary points are the real solutions of

    sum_p A_p(u) + h = lambda u,    u . u = 1,    A_p of degree p - 1.

There are at most N = 2 (1 + (d - 1) + ... + (d - 1)^(n-1)) isolated complex solutions, and exactly
N for almost all couplings.  To see the bound for d >= 3, put lambda = mu^(d-2) and make everything
homogeneous with x0: n equations of degree d - 1 and u . u = x0^2, in projective space of dimension
n + 1.  By Bezout's theorem the multiplicities of isolated solutions add up to at most 2 (d - 1)^n,
which they do not reach if some solutions are not isolated (Fulton, Intersection Theory, examples
8.4.6 and 12.3.1).  The point u = x0 = 0 takes 2 of them: near it u is of second order in x0, so
that the last equation is x0^2 = 0 to leading order.  Every stationary point takes d - 2: one for
each root mu, or one root of multiplicity d - 2 if lambda = 0.  So if N different solutions are
proven, there are no others, no curves of them and none at infinity.  Without field N is twice the
number of E-eigenvectors of Cartwright and Sturmfels, arXiv:1004.4953.

For d = 2 let (u, x0) be a point of a projective space and (lambda, mu) one of a projective line.
The n equations mu (A u + h x0) = lambda u have bidegree (1, 1), and u . u = x0^2 has bidegree
(2, 0), so that N is the coefficient of H^n L in (H + L)^n 2 H, that is 2 n.  No solution has
mu = 0, because u and then x0 would vanish.

For d >= 3, N paths are followed to the solutions (`spinglass.search.path_search`); for d = 2 they
are computed as eigenvectors (`spinglass.search.eigenpairs`).  The proofs are the same.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.checks import integer_at_least
from spinglass.control import FREE, Control
from spinglass.errors import InputError
from spinglass.landscape.forms import check_room
from spinglass.landscape.model import Landscape
from spinglass.landscape.random import generator
from spinglass.parallel import single_threaded_blas
from spinglass.search.degenerate_ends import on_a_curve
from spinglass.search.eigenpairs import eigenpairs
from spinglass.search.path_blocks import PathBlocks
from spinglass.search.path_search import PathEnds, PathSearch
from spinglass.search.paths import USUAL_STEPS
from spinglass.search.proofs.complex_zeros import mirrored
from spinglass.search.proofs.polynomial_system import (
    Complex,
    Polynomial,
    is_mirrored,
    polynomial_of,
)
from spinglass.search.solution_counts import limit_exceeded, solution_count
from spinglass.shown import Shown

_COPIES = 6
"""The memory needed at most, in copies of the array of ends."""
_LITTLE = 2**28


@dataclass(frozen=True, repr=False)
class ComplexSolutions(Shown, PathEnds):
    """Complex stationary points that are proven, and proven to differ from each other.

    Attributes
    ----------
    classes : Balls
        The proven solutions: one of each pair +-x if the landscape has that symmetry, else all.
    model : Landscape
        The landscape.
    system : Polynomial
        Its polynomial system.
    expected : int
        N: how many there are if all are isolated and simple and none is at infinity.
    paths, arrived : int
        Paths followed, and how many reached their end; eigenvectors if the highest order is 2.
    doubtful : (others, n) complex128
        Ends u of the last paths that are not proven, since they lie near degenerate solutions; the
        ends of paths that stalled just before such a solution too.
    lost, infinite : int
        How many of the last paths did not arrive, and how many ran to infinity: |u| above 1e4.
    stopped : bool
        Whether ``control`` stopped the work before all paths were followed.
    isolated : bool
        False if a curve or surface of stationary points was found near ``doubtful``, by
        computation, not proof.
    """

    model: Landscape
    system: Polynomial
    expected: int
    isolated: bool

    @property
    def halved(self) -> bool:
        """Whether each path stands for two solutions, x and -x."""
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
        """Whether it is proven that there are no other complex stationary points."""
        return self.found == self.expected

    @property
    def doubts(self) -> tuple[str, ...]:
        """Sentences that say what is not proven, and why."""
        words = []
        if self.stopped:
            words.append("the work was stopped before all paths were followed")
        if not self.complete:
            words.append(
                f"{self.expected - self.found:,} of {self.expected:,} complex solutions are not "
                f"proven: {self._fates()}"
            )
        if not (self.isolated or _is_constant(self.model)):
            words.append("stationary points are not isolated: some form curves or surfaces")
        if not self.decided:
            undecided = int((~(self.real | self.unreal)).sum())
            words.append(f"{undecided:,} complex solutions are so nearly real that they may be")
        return tuple(words)

    def _fates(self) -> str:
        """Return, in words, what became of the solutions that are not proven."""
        doubtful = len(self.doubtful)
        if not self.isolated and _is_constant(self.model):
            return "every point is stationary, as H is the same everywhere"
        if max(self.model.orders) == 2:
            lost = f", {self.lost:,} could not be computed" if self.lost else ""
            return (
                f"{self.infinite:,} of the eigenvectors are at infinity, {doubtful:,} near "
                f"degenerate solutions{lost}"
            )
        return (
            f"of the last paths {self.lost:,} did not arrive, {self.infinite:,} ran to infinity, "
            f"{doubtful:,} ended near degenerate solutions"
        )

    @property
    def decided(self) -> bool:
        """Whether each solution is proven to be real or proven not to be."""
        return bool((self.classes.real | self.classes.unreal).all())

    @cached_property
    def z(self) -> Complex:
        """All solutions (u, lambda) with lambda = -sqrt(n) X / unit, (found, n + 1)."""
        z = self.classes.z
        return np.concatenate([z, mirrored(self.system.mirror, z)]) if self.halved else z

    @property
    def u(self) -> Complex:
        """All solutions x / sqrt(n), (found, n): the classes, then their images under -x."""
        return self.z[:, :-1]

    @property
    def radial_force(self) -> Complex:
        """X = x . dH / n of each; without field -X / p is the generalised eigenvalue, (found,)."""
        force: Complex = -self.z[:, -1] * (self.model.unit / np.sqrt(self.model.n))
        return force

    @property
    def radius(self) -> Array:
        """Distances in (u, lambda) within which exactly one true solution lies, (found,)."""
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


def solve_complex(
    model: Landscape,
    *,
    start_seed: int = 0,
    folder: Path | None = None,
    control: Control = FREE,
) -> ComplexSolutions:
    """Find all complex stationary points by a homotopy and prove each of them.

    If the highest order is 2 they are computed as eigenvectors, and proven in the same way.

    Parameters
    ----------
    model : Landscape
        The landscape.
    start_seed : int
        Fixes the systems from which paths begin.
    folder : Path, optional
        A folder for the ends of paths, block by block; blocks that it holds are not done again.
        If the highest order is 2 there are no paths, and nothing is written.
    control : Control
        Asked after every 16,384 paths; told of the paths followed.

    Returns
    -------
    ComplexSolutions
        With fewer than ``expected`` if solutions are degenerate, too close to tell apart or at
        infinity, or if the work was stopped.

    Raises
    ------
    InputError
        If an argument is not allowed, the landscape is too large, or the folder is of another run.
    MemoryLimitError
        If the ends of the paths would not fit into memory; checked before the work begins.
    DamagedFileError, StorageError
        If the folder cannot be used.
    """
    start_seed = integer_at_least("start_seed", start_seed, 0)
    expected = checked_count(model)
    _check_memory(model, expected)
    with single_threaded_blas(), control.in_force():
        system = polynomial_of(model)
        if max(model.orders) == 2:
            ends = eigenpairs(system)
        else:
            blocks = PathBlocks(folder, model, start_seed)
            ends = PathSearch(system, blocks, expected, control).solve(USUAL_STEPS)
        isolated = ends.stopped or not on_a_curve(system, ends.doubtful)
    return ComplexSolutions(
        model=model, system=system, expected=expected, isolated=isolated, **vars(ends)
    )


def checked_count(model: Landscape) -> int:
    """Return N of a landscape.

    Raises
    ------
    InputError
        If the landscape is too large for the homotopy.
    """
    n, degree = model.n, max(model.orders)
    limit = limit_exceeded(n, degree)
    if limit:
        raise InputError(f"the homotopy needs {limit}, got n = {n} and the order p = {degree}")
    return solution_count(n, degree)


def _is_constant(model: Landscape) -> bool:
    """Say whether H is constant on the sphere, to rounding, by its slope at random points."""
    points = generator(0, "constant").normal(size=(16, model.n))
    points *= np.sqrt(model.n) / np.linalg.norm(points, axis=1, keepdims=True)
    whole = np.linalg.norm(model.gradient(points), axis=1)
    slope = np.linalg.norm(model.riemannian_gradient(points), axis=1)
    return bool(np.all(slope <= 1e-12 * whole))


def _check_memory(model: Landscape, expected: int) -> None:
    """Raise `MemoryLimitError` if the ends of the paths do not fit into the memory free now."""
    n, degree = model.n, max(model.orders)
    needed = _COPIES * 16 * (n + 1) * expected
    if needed > _LITTLE:  # looking up the free memory takes milliseconds
        needed //= 2 if is_mirrored(model) else 1
        check_room(f"n = {n}, p = {degree}", needed, "the ends of its paths")
