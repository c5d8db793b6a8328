"""Minima are followed over the field by predictor and corrector along the arc of their curves.

Each branch has its own step: the predictor extrapolates two tangents (Adams and Bashforth), the
corrector is Newton's method in the hyperplane across the tangent (`Curve.correct`).  A step is
accepted only if the corrector contracted as it does well inside the region where the zero is
unique, the tangent turned little, and the determinant of the bordered matrix kept its sign, as it
does along one curve but need not between two.  Where the arc turns back in nu, the branch of minima
ends: the fold is located and reported.  What happens to a branch depends on that branch alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.checks import LARGEST_FIELD, field_strength, points_on_sphere
from spinglass.control import FREE, Control
from spinglass.errors import InputError
from spinglass.following.curve import Corrected, Curve
from spinglass.following.folds import locate_fold
from spinglass.following.kantorovich import lipschitz_constant, longest_steps, on_the_same_curve
from spinglass.kernels.simd import LANES
from spinglass.landscape.model import Landscape
from spinglass.parallel import map_threads, single_threaded_blas
from spinglass.search.descent import Told

_FIRST_STEP = 0.01
_LONGEST_STEP = 0.2
"""Longest step in (u, X, nu); times nu if nu > 1, since curves straighten in strong fields."""

_SHORTEST_STEP = 1e-9
_AIM = 0.02
_LEAST_COSINE = 0.95
_MOST_TRIES = 100_000
_SAME_FIELD = 1e-10
_STUB = 1e-4


class Ending(Told):
    """How a branch ended."""

    REACHED = 0, "followed to the last field asked for"
    FOLDED = 1, "met a saddle of index 1 and disappeared at a fold"
    STALLED = 2, "given up: the steps became too short or too many"


@dataclass(frozen=True)
class Course:
    """The branches of minima at each field, and how they ended.

    Attributes
    ----------
    spins : (branches, fields, n) float64
        The minimum at each field, |x|^2 = n; nan beyond the end of the branch.
    ending : (branches,) int64
        An `Ending`.
    fold_field : (branches,) float64
        nu of the fold; nan if the branch has none.
    fold_spins : (branches, n) float64
        The point where minimum and saddle meet.
    fold_mode : (branches, n) float64
        The soft mode there, of unit norm.  It points from the minimum's side to the saddle's, where
        the energy falls once the field is beyond the fold.
    steps : (branches,) int64
        Accepted steps.
    """

    spins: Array
    ending: NDArray[np.int64]
    fold_field: Array
    fold_spins: Array
    fold_mode: Array
    steps: NDArray[np.int64]


def follow_minima(
    model: Landscape,
    minima: Array,
    start: float,
    fields: Sequence[float],
    *,
    proven: bool = False,
    control: Control = FREE,
) -> Course:
    """Follow minima from one field strength to others.

    Parameters
    ----------
    model : Landscape
        The sample; the direction of its field is used, the strength is not.  Steps are measured
        in the unit of its couplings.
    minima : (branches, n) float64
        Converged minima at the field ``start``.
    start : float
        Field strength of these minima.
    fields : sequence of float
        Field strengths to report: ascending from above ``start``, or descending from below it.
    proven : bool
        Whether to take only steps after which the point is proven, up to rounding, to be on the
        same curve (`spinglass.following.kantorovich`): ten times as many steps, or more.
    control : Control
        Only its threads are used.

    Raises
    ------
    InputError
        If a point is off the sphere, or the fields are not monotone away from ``start``.
    """
    points = points_on_sphere(minima, model.n).reshape(-1, model.n)
    unit = model.coupling_unit
    targets = _targets(start, fields, LARGEST_FIELD * unit) / unit
    curve = Curve(model.in_unit(unit))
    lipschitz = lipschitz_constant(curve) if proven else None
    pieces = [points[first : first + LANES] for first in range(0, len(points), LANES)]

    def follow(piece: Array) -> Course:
        group = _Bundle(curve, piece, float(start) / unit, targets, lipschitz)
        group.run()
        return group.course()

    with single_threaded_blas(), control.in_force():
        courses = map_threads(follow, pieces)
    branches = _join(courses, len(targets), model.n)
    return replace(branches, fold_field=unit * branches.fold_field)


def _targets(start: float, fields: Sequence[float], largest: float) -> Array:
    first = field_strength(start, largest)
    targets = np.array([field_strength(nu, largest) for nu in fields])
    gaps = np.diff(np.concatenate([[first], targets]))
    if not (np.all(gaps > 0.0) or np.all(gaps < 0.0)):
        raise InputError(
            f"fields must ascend from above {first:g} or descend from below it, got "
            f"{', '.join(f'{nu:g}' for nu in targets[:5])}{' ...' if targets.size > 5 else ''}"
        )
    return targets


def _join(courses: list[Course], fields: int, n: int) -> Course:
    if not courses:
        none, whole = np.empty(0), np.empty(0, np.int64)
        flat = np.empty((0, n))
        return Course(np.empty((0, fields, n)), whole, none, flat, flat.copy(), whole.copy())
    names = ("spins", "ending", "fold_field", "fold_spins", "fold_mode", "steps")
    return Course(*(np.concatenate([getattr(c, name) for c in courses]) for name in names))


class _Bundle:
    """A few branches that share the evaluation of derivatives."""

    def __init__(
        self, curve: Curve, points: Array, start: float, targets: Array, lipschitz: float | None
    ) -> None:
        count, n = points.shape
        self.curve, self.targets, self.lipschitz = curve, targets, lipschitz
        self.upward = 1.0 if targets.size and targets[0] > start else -1.0
        self.w = curve.place(points, np.full(count, start))
        self.step = np.full(count, _FIRST_STEP)
        self.passed = np.zeros(count, np.int64)
        self.steps, self.tries = np.zeros(count, np.int64), 0
        self.ending = np.full(count, -1, np.int64)
        self.spins = np.full((count, targets.size, n), np.nan)
        self.fold = np.full((count, n + 2), np.nan)
        self.mode = np.full((count, n), np.nan)
        self._set_out()

    def _set_out(self) -> None:
        """Correct the points onto their curves, and orient the tangents."""
        across = np.zeros_like(self.w)
        across[:, -1] = 1.0
        there = self.curve.correct(self.w, across)
        self.w = there.w
        self.tangent = there.tangent * self.upward
        self.older, self.travelled = self.tangent.copy(), np.full(len(self.w), np.inf)
        self.sense = there.sign * self.upward
        self.longest = np.full(len(self.w), np.inf)
        self.ending[~there.converged] = Ending.STALLED
        self.ending[there.converged & (self.targets.size == 0)] = Ending.REACHED
        self._limit(np.flatnonzero(self.ending < 0))

    def run(self) -> None:
        """Step until every branch has ended."""
        while True:
            live = np.flatnonzero(self.ending < 0)
            self.tries += 1
            if self.tries > _MOST_TRIES:
                self.ending[live] = Ending.STALLED
            if not live.size or self.tries > _MOST_TRIES:
                return
            guess, border, pinned = self._predict(live)
            there = self.curve.correct(guess, border)
            good, tangent = self._judge(live, there, border)
            for row, branch in enumerate(live.tolist()):
                if good[row] and self._arrive(branch, there.w[row], tangent[row], pinned[row]):
                    self._lengthen(branch, there.contraction[row], pinned[row])
                else:
                    self._shorten(branch)
            self._limit(live[self.ending[live] < 0])

    def _predict(self, live: NDArray[np.int64]) -> tuple[Array, Array, NDArray[np.bool_]]:
        """Extrapolate each arc, at most to the next field, to which the point is then pinned."""
        w, tangent = self.w[live], self.tangent[live]
        step = np.minimum(self.step[live], self.longest[live])[:, None]
        behind = self.travelled[live, None]
        bend = np.where(behind > _STUB, 0.5 * step / behind, 0.0)
        ahead = step * ((1.0 + bend) * tangent - bend * self.older[live])
        target = self.targets[self.passed[live]]
        rise = self.upward * ahead[:, -1]
        missing = self.upward * (target - w[:, -1])
        pinned = rise >= missing
        share = np.where(pinned, missing / np.where(pinned, rise, 1.0), 1.0)
        guess = w + share[:, None] * ahead
        guess[pinned, -1] = target[pinned]
        border = np.where(pinned[:, None], 0.0, tangent)
        border[pinned, -1] = 1.0
        return guess, border, pinned

    def _judge(
        self, live: NDArray[np.int64], there: Corrected, border: Array
    ) -> tuple[NDArray[np.bool_], Array]:
        """Return which corrected points are accepted, and their tangents, oriented."""
        cosine = np.sum(there.tangent * self.tangent[live], axis=1)
        tangent = there.tangent * np.sign(cosine)[:, None]
        sense = there.sign * np.sign(np.sum(tangent * border, axis=1))
        good = there.converged & (np.abs(cosine) >= _LEAST_COSINE) & (sense == self.sense[live])
        if self.lipschitz is not None:
            good &= on_the_same_curve(self.w[live], self.tangent[live], self.longest[live], there.w)
        return good, tangent

    def _arrive(self, branch: int, w: Array, tangent: Array, pinned: bool) -> bool:
        """Move a branch to an accepted point or end it at a fold; False if it missed a field."""
        target = self.targets[self.passed[branch]]
        if self.upward * tangent[-1] <= 0.0:
            return not pinned and self._end_at_fold(branch, w, target)
        if not pinned and self.upward * (w[-1] - target) > 0.0:
            return False
        self.older[branch] = self.tangent[branch]
        self.travelled[branch] = np.linalg.norm(w - self.w[branch])
        self.w[branch], self.tangent[branch] = w, tangent
        self.steps[branch] += 1
        if pinned:
            self.spins[branch, self.passed[branch]] = self.curve.spins(w)
            self.passed[branch] += 1
            if self.passed[branch] == self.targets.size:
                self.ending[branch] = Ending.REACHED
        return True

    def _end_at_fold(self, branch: int, beyond: Array, target: float) -> bool:
        """End a branch at the fold before ``beyond``; False if none is found or past ``target``."""
        fold = locate_fold(self.curve, self.w[branch], self.tangent[branch], beyond)
        if fold is None or self.upward * (fold[0][-1] - target) > _SAME_FIELD:
            return False
        self.fold[branch] = fold[0]
        mode = fold[1][: self.curve.n]
        self.mode[branch] = mode / np.linalg.norm(mode)
        self.ending[branch] = Ending.FOLDED
        return True

    def _lengthen(self, branch: int, contraction: float, pinned: bool) -> None:
        """Choose the next step for a contraction of `_AIM`, since contractions grow as step^3."""
        if not pinned:
            used = min(self.step[branch], self.longest[branch])
            growth = np.cbrt(_AIM / max(contraction, 1e-3 * _AIM))
            most = _LONGEST_STEP * max(1.0, self.w[branch, -1])
            self.step[branch] = min(used * np.clip(growth, 0.5, 2.0), most)

    def _shorten(self, branch: int) -> None:
        self.step[branch] = 0.5 * min(self.step[branch], self.longest[branch])
        if self.step[branch] < _SHORTEST_STEP:
            self.ending[branch] = Ending.STALLED

    def _limit(self, branches: NDArray[np.int64]) -> None:
        """Limit the next steps of some branches to the proven length, if proofs are wanted."""
        if self.lipschitz is not None and branches.size:
            self.longest[branches] = longest_steps(
                self.curve, self.w[branches], self.tangent[branches], self.lipschitz
            )

    def course(self) -> Course:
        """Return the course of the branches, with ``fold_field`` in the unit of the curve."""
        points = self.curve.spins(self.fold)
        return Course(self.spins, self.ending, self.fold[:, -1], points, self.mode, self.steps)
