"""Stationary points of every Morse index, and what speaks for having found them all.

Rounds of searches from random starts go on, each of one sweep by Newton's method and one from other
starts by another method (Levenberg-Marquardt on the squared gradient), which prefers other points.
Both sweeps of the last round must have found nothing new.  The alternating sum of the counts must
be the Euler characteristic of the sphere; where the sample is odd or even the antipode of every
point must have been found by itself, never by reflection (for p odd and n even that implies the
Euler characteristic); every point must have been met at least three times; and as many searches as
a first sweep has must have ended at a point: those that end nowhere have seen nothing, and do not
count.  None of this is a proof that nothing is missing: a pair of points that are both hard to
reach, of neighbouring index, escapes all of it; what it must not do is pass unsaid.

Small landscapes have the other method, a proof: `spinglass.search.complex_solutions`.

A degenerate landscape (couplings of low rank, or with a continuous symmetry) has curves and
surfaces of stationary points.  Searches end all over them, and would for ever: they stop as soon as
most of the points that a round has added are not shown to be isolated, or where a round has added
none, the checks fail and some point is not.
"""

import math
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinglass.checks import integer_at_least, positive_integer
from spinglass.control import FREE, Control, Progress
from spinglass.errors import InputError
from spinglass.kernels import saddles
from spinglass.kernels.hessian import new_workspace
from spinglass.kernels.riemannian import new_lower
from spinglass.landscape.evaluate import for_kernels
from spinglass.landscape.geometry import random_points
from spinglass.landscape.model import Array, Landscape
from spinglass.parallel import map_threads, single_threaded_blas, thread_share
from spinglass.search.complex_solutions import ComplexSolutions, solve_complex
from spinglass.search.minima import group_points
from spinglass.search.proofs.complex_zeros import indices
from spinglass.search.signs import known_signs
from spinglass.shown import Shown

TOLERANCE = 1e-11
"""Gradient norm / sqrt(n), in the landscape's unit, of a point that counts as found."""

STEPS = 30
"""Evaluations of a search: nineteen in twenty that arrive at all have done so by then."""

METHODS_FOR_ALL = ("search", "homotopy")

_GROWTH = 0.25
"""Searches of a sweep per search already made, so that the last sweeps weigh enough to tell."""

_LEAST_HITS = 3
_FEW = 10
_PIECE = 512

_FEW_POINTS = 256
"""Where proofs of fewer are shared, the threads wait longer than they work."""


@dataclass(frozen=True, repr=False)
class StationaryPoints(Shown):
    """Distinct stationary points, by index and then by energy.

    Attributes
    ----------
    spins : (points, n) float64
        Where they are; x and -x both, where both are stationary.
    energy : (points,) float64
        H/n.
    index : (points,) int64
        Morse index.
    gap : (points,) float64
        Smallest size of a tangent eigenvalue.
    hits : (points,) int64
        Searches that ended there; 1 by the homotopy.
    distance : (points,) float64
        Proven bound of the distance / sqrt(n) to the true point; nan by searches.
    starts, arrived : int
        Searches made in all, and how many of them ended at a stationary point of any index; by the
        homotopy, paths and those that came to their end.
    euler : int
        Alternating sum of the counts over all indices found, also those not returned.
    euler_holds, symmetry_holds, sweeps_agree, isolated : bool
        The checks: the Euler characteristic 1 + (-1)^(n-1); closure under x -> -x where the sample
        has that symmetry, found independently at both ends; nothing new in the last two sweeps,
        every point met three times, and enough searches arrived; every point so far from
        degenerate, or proven to be, that its index is known, and no end to the search because most
        points were not.
    """

    spins: Array
    energy: Array
    index: NDArray[np.int64]
    gap: Array
    hits: NDArray[np.int64]
    distance: Array
    starts: int
    arrived: int
    euler: int
    euler_holds: bool
    symmetry_holds: bool
    sweeps_agree: bool
    isolated: bool
    proven: bool = False
    unproven: tuple[str, ...] = ()

    def facts(self) -> dict[str, object]:
        """Return the numbers that a terminal or a notebook shows."""
        indices, counts = np.unique(self.index, return_counts=True)
        return {
            "points": len(self.energy),
            **{f"index {k}": int(count) for k, count in zip(indices, counts, strict=True)},
            "complete": self.complete,
            "proven": self.proven,
            "lowest H/n": float(self.energy.min()) if len(self.energy) else math.nan,
        }

    @property
    def complete(self) -> bool:
        """Whether completeness is proven or, by searches, every check speaks for it."""
        return not self.doubts

    @property
    def doubts(self) -> tuple[str, ...]:
        """What speaks against completeness, a sentence for each check that failed.

        Where points are not isolated the other checks mean nothing, and are not told.
        """
        if self.proven or self.unproven:
            return self.unproven
        if not self.isolated:
            return ("points are not isolated: an eigenvalue vanishes there",)
        checks = {
            "the last searches found new points or met one fewer than three times, or of all "
            f"{self.starts:,} searches too few, {self.arrived:,}, ended at a point":
                self.sweeps_agree,
            f"the alternating sum of the counts is {self.euler}, which it cannot be":
                self.euler_holds,
            "antipodes of points found were not found": self.symmetry_holds,
        }  # fmt: skip
        return tuple(words for words, holds in checks.items() if not holds)

    def counts(self, n: int) -> NDArray[np.int64]:
        """Return the number of points of each index, shape (n,)."""
        return np.bincount(self.index, minlength=n)


def find_stationary_points(
    model: Landscape,
    index: int | None = None,
    *,
    method: str = "search",
    sweep: int = 512,
    max_starts: int = 2_000_000,
    start_seed: int = 0,
    control: Control = FREE,
) -> StationaryPoints:
    """Find stationary points of every index, all of them where the landscape is small.

    Parameters
    ----------
    model : Landscape
        The landscape.
    index : int, optional
        Return only this Morse index, 0 to n - 1; the checks are about all of them.
    method : str
        "search"; or "homotopy" for small landscapes with couplings of order 3 or more: all complex
        solutions are found and proven to be all, hence the real ones too.
    sweep : int
        Searches of the first sweeps; later ones grow with what has been done.  Not used by the
        homotopy, as ``max_starts``.
    max_starts : int
        Where to give up; what was found is returned with ``complete`` False, as it is where the
        stationary points are not isolated.
    start_seed : int
        Fixes the starts.
    control : Control
        Asked after every round; told of the searches made, found is how many points are known.

    Raises
    ------
    InputError
        If an argument is not allowed.
    """
    first = positive_integer("sweep", sweep)
    budget = positive_integer("max_starts", max_starts)
    seed = integer_at_least("start_seed", start_seed, 0)
    if index is not None and integer_at_least("index", index, 0) >= model.n:
        raise InputError(f"index must be an integer from 0 to {model.n - 1}, got {index!r}")
    if method not in METHODS_FOR_ALL:
        raise InputError(f"method must be one of {', '.join(METHODS_FOR_ALL)}, got {method!r}")
    if method == "homotopy":
        return _by_homotopy(model, index, seed, control)
    return _by_search(model, index, (first, budget), seed, control)


def _by_search(
    model: Landscape, wanted: int | None, sizes: tuple[int, int], seed: int, control: Control
) -> StationaryPoints:
    """Search in rounds, the first sweeps and all together of the sizes given."""
    first, budget = sizes
    known, hits = np.empty((0, model.n)), np.empty(0, np.int64)
    starts, agrees, isolated = 0, False, True
    with single_threaded_blas(), control.in_force():
        while starts < budget and not agrees and isolated:
            before, size = len(known), max(first, int(_GROWTH * starts))
            for mode in (saddles.NEWTON, saddles.SQUARED_GRADIENT):
                size = min(size, budget - starts)
                points = search(model, random_points(model.n, size, seed, starts), mode)
                known, hits = merge(known, hits, points)
                starts += size
            enough = len(known) == before and hits.sum() >= first
            agrees = enough and _plausible(model, known, hits)
            isolated = agrees or _isolated(model, known, before)
            words = f"{len(known):,} points"
            control.tell(Progress(starts, budget, "searches", words, len(known), at_most=True))
            if control.spent:
                break
        return classify(model, known, hits, starts, agrees and isolated, wanted, isolated)


def _by_homotopy(
    model: Landscape, wanted: int | None, start_seed: int, control: Control
) -> StationaryPoints:
    """Return the real ones of all complex stationary points, and whether all that is proven."""
    with single_threaded_blas():  # once for both
        found = solve_complex(model, start_seed=start_seed, control=control)
        return real_points(found, wanted, control)


def real_points(
    found: ComplexSolutions, wanted: int | None = None, control: Control = FREE
) -> StationaryPoints:
    """Return the stationary points among complex solutions, with proofs of their indices.

    Parameters
    ----------
    found : ComplexSolutions
        From `solve_complex`.
    wanted : int, optional
        Return only this Morse index; the checks are about all of them.
    control : Control
        How many threads.
    """
    model, real = found.model, found.classes.take(found.classes.real)
    few = len(real.z) < _FEW_POINTS
    with single_threaded_blas(), control.in_force(), thread_share(1) if few else nullcontext():
        proven = indices(found.system, real)
        u = real.z[:, :-1].real
        points = math.sqrt(model.n) * u / np.linalg.norm(u, axis=1, keepdims=True)
        spectrum = model.spectrum(points)
    # To put the point on the sphere moves it by no more than it was away from it.
    distance = 2.0 * (real.radius + np.linalg.norm(real.z.imag, axis=1)) * (1.0 + 1e-9)
    if found.halved:
        odd = model.is_odd
        points, distance = np.concatenate([points, -points]), np.tile(distance, 2)
        spectrum = np.concatenate([spectrum, -spectrum[:, ::-1] if odd else spectrum])
        mirror = np.where(proven < 0, proven, model.n - 1 - proven) if odd else proven
        proven = np.concatenate([proven, mirror])
    index = (spectrum < 0.0).sum(axis=1)
    unproven = _unproven(found, int((proven != index).sum()))
    energy, euler = np.asarray(model.energy(points)), _euler(index)
    order = np.lexsort((energy, index))
    if wanted is not None:
        order = order[index[order] == wanted]
    return StationaryPoints(
        points[order],
        energy[order],
        index[order],
        np.abs(spectrum).min(axis=1)[order],
        np.ones(len(order), np.int64),
        distance[order],
        found.paths,
        found.arrived,
        euler,
        euler == 1 + (-1) ** (model.n - 1),
        True,
        found.complete,
        bool((proven == index).all()),
        proven=not unproven,
        unproven=unproven,
    )


def _unproven(found: ComplexSolutions, wrong: int) -> tuple[str, ...]:
    """Say what is not proven; of ``wrong`` points it is the index."""
    words = []
    if not found.complete:
        words.append(
            f"{found.expected - found.found:,} of {found.expected:,} complex solutions are not "
            f"proven: of the last paths {found.lost:,} did not arrive, {found.infinite:,} ran to "
            f"infinity, {len(found.doubtful):,} ended near degenerate solutions"
        )
    if not found.decided:
        undecided = int((~(found.real | found.unreal)).sum())
        words.append(f"{undecided:,} complex solutions are so nearly real that they may be")
    if wrong:
        words.append(f"{wrong:,} points are not proven to have the index given")
    return tuple(words)


def search(model: Landscape, starts: Array, mode: int, steps: int = STEPS) -> Array:
    """Return the ends of the searches that have reached the tolerance.

    Parameters
    ----------
    model : Landscape
        The landscape.
    starts : (count, n) float64
        Where the searches begin.
    mode : int
        `kernels.saddles.NEWTON`, ``SQUARED_GRADIENT`` or ``EIGENVECTOR``.
    steps : int
        Evaluations allowed to a search.
    """
    forms = for_kernels(model.in_unit(model.unit))

    def seek(piece: Array) -> Array:
        points, norms = piece.copy(), np.empty(len(piece))
        room = new_workspace(model.n, max(model.orders)), new_lower(model.n, model.orders)
        saddles.seek(forms, points, saddles.Search(mode, TOLERANCE, steps, *room), norms)
        return points[np.isfinite(norms)]

    pieces = [starts[first : first + _PIECE] for first in range(0, len(starts), _PIECE)]
    return np.concatenate([np.empty((0, model.n)), *map_threads(seek, pieces)])


def merge(
    known: Array, hits: NDArray[np.int64], points: Array, antipodal: bool = False
) -> tuple[Array, NDArray[np.int64]]:
    """Add points to those known, and to how often each was met.

    Parameters
    ----------
    known : (count, n) float64
        Distinct points.
    hits : (count,) int64
        How often each has been met.
    points : (more, n) float64
        What was met now; those that are new follow in the order of meeting.
    antipodal : bool
        Whether x and -x coincide.
    """
    group = group_points(points, antipodal, known)
    numbers, first = np.unique(group, return_index=True)
    fresh = points[first[numbers >= len(known)]]
    total = np.bincount(group, minlength=len(known) + len(fresh))
    total[: len(hits)] += hits
    return np.concatenate([known, fresh]), total


def _plausible(model: Landscape, points: Array, hits: NDArray[np.int64]) -> bool:
    """Whether the checks that cost nothing speak for completeness."""
    if not len(points) or hits.min() < _LEAST_HITS:
        return False
    index = (model.spectrum(points) < 0.0).sum(axis=1)
    return _euler(index) == 1 + (-1) ** (model.n - 1) and _closed(model, points)


def mostly_isolated(model: Landscape, points: Array) -> bool:
    """Whether at least half of stationary points are isolated, by their gaps or by proof.

    Few points say nothing: the answer is then yes.
    """
    if len(points) < _FEW:
        return True
    return bool(_known_signs(model, points, model.spectrum(points)).mean() >= 0.5)


def _isolated(model: Landscape, known: Array, before: int) -> bool:
    """Whether at least half of the points that the last round added are isolated.

    Where it added none, and the checks fail all the same, every point has to be isolated, by its
    gap or by proof.
    """
    fresh = known[before:] if len(known) > before else known
    few = before > 0 and 0 < len(known) - before < _FEW
    if few:
        return True
    shown = _known_signs(model, fresh, model.spectrum(fresh))
    return bool(shown.all() if len(known) == before else shown.mean() >= 0.5)


def _known_signs(model: Landscape, points: Array, spectrum: Array) -> NDArray[np.bool_]:
    """Say which points are isolated and of a known index, by their eigenvalues or by proof."""
    own = model.in_unit(model.unit)
    slope = np.linalg.norm(own.riemannian_gradient(points), axis=1) / np.sqrt(model.n)
    return known_signs(own, points, np.abs(spectrum).min(axis=1) / model.unit, slope)


def _euler(index: NDArray[np.int64]) -> int:
    return int(np.sum(1 - 2 * (index % 2)))


def _closed(model: Landscape, points: Array) -> bool:
    """Whether the antipode of every point is there too, if it must be stationary."""
    symmetric = model.is_odd or model.is_even
    if not symmetric or not len(points):
        return True
    group = group_points(np.concatenate([points, -points]))
    return bool(group.max() + 1 == len(points))


def classify(
    model: Landscape,
    points: Array,
    hits: NDArray[np.int64],
    starts: int,
    agrees: bool,
    wanted: int | None = None,
    isolated: bool = True,
) -> StationaryPoints:
    """Put points found in order, those of the index ``wanted`` alone if it is given."""
    spectrum = model.spectrum(points)
    index = (spectrum < 0.0).sum(axis=1)
    euler = _euler(index)
    holds = euler == 1 + (-1) ** (model.n - 1)
    energy = np.asarray(model.energy(points))
    order = np.lexsort((energy, index))
    if wanted is not None:
        order = order[index[order] == wanted]
    gap = np.abs(spectrum).min(axis=1) if len(points) else np.empty(0)
    isolated = isolated and (not len(points) or bool(_known_signs(model, points, spectrum).all()))
    return StationaryPoints(
        points[order],
        energy[order],
        index[order],
        gap[order],
        hits[order],
        np.full(len(order), np.nan),
        starts,
        int(hits.sum()),
        euler,
        holds,
        _closed(model, points),
        agrees,
        isolated,
    )
