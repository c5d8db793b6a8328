"""Searches for the stationary points of every Morse index from random starts.

Searches go on in rounds.  A round has two sweeps from different random starts: one by Newton's
method, one by a method that prefers other points (Levenberg-Marquardt on the squared gradient).
Rounds end when all checks pass.  Both sweeps of the last round found nothing new.  The alternating
sum of the counts is the Euler characteristic of the sphere.  If the sample is odd or even, the
antipode of every point was found by a search, never by reflection (for p odd and n even that
implies the Euler characteristic).  Every point was met at least three times.  At least as many
searches as the first sweep has ended at a point; those that end nowhere do not count.  The checks
do not prove that nothing is missing: two points of neighbouring index, both hard to reach, escape
them all.

A degenerate landscape (couplings of low rank, or with a continuous symmetry) has curves and
surfaces of stationary points.  Searches end all over them and would never cease to find new ones.
So rounds also end as soon as most of the points that a round has added are not shown to be
isolated; or if a round added none, the checks fail and some point is not shown to be isolated.
"""

import numpy as np
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.control import Control, Progress, WorkUnit
from spinglass.kernels import saddles
from spinglass.kernels.hessian import new_workspace
from spinglass.kernels.riemannian import new_lower
from spinglass.landscape.evaluate import for_kernels
from spinglass.landscape.geometry import random_points
from spinglass.landscape.model import Landscape
from spinglass.parallel import map_threads, single_threaded_blas
from spinglass.search.minima import group_points
from spinglass.search.point_set import StationaryPoints, euler_sum, in_order
from spinglass.search.signs import known_signs

TOLERANCE = 1e-11
"""A point counts as found at this gradient norm / sqrt(n), in the landscape's unit."""

STEPS = 30
"""Evaluations allowed to a search: 95 % of the searches that ever arrive need no more."""

_GROWTH = 0.25
"""Searches in a sweep per search already made, so that the last sweeps are conclusive."""

_LEAST_HITS = 3
_FEW = 10
_PIECE = 512


def search_all(
    model: Landscape, wanted: int | None, sizes: tuple[int, int], start_seed: int, control: Control
) -> StationaryPoints:
    """Search in rounds until no check says that points are missing.

    Returns the points of index ``wanted``, or all.  ``sizes`` are the number of searches in a first
    sweep, and the largest number in all; ``control`` is asked after every round.
    """
    first, budget = sizes
    known, hits = np.empty((0, model.n)), np.empty(0, np.int64)
    starts, agrees, isolated = 0, False, True
    with single_threaded_blas(), control.in_force():
        while starts < budget and not agrees and isolated:
            before, size = len(known), max(first, int(_GROWTH * starts))
            for mode in (saddles.NEWTON, saddles.SQUARED_GRADIENT):
                size = min(size, budget - starts)
                points = search(model, random_points(model.n, size, start_seed, starts), mode)
                known, hits = merge(known, hits, points)
                starts += size
            enough = len(known) == before and hits.sum() >= first
            agrees = enough and _plausible(model, known, hits)
            isolated = agrees or _isolated(model, known, before)
            found, unit = len(known), WorkUnit.SEARCHES
            control.tell(Progress(starts, budget, unit, f"{found:,} points", found, at_most=True))
            if control.spent:
                break
        return classify(model, known, hits, starts, agrees and isolated, wanted, isolated)


def search(model: Landscape, starts: Array, mode: int, steps: int = STEPS) -> Array:
    """Search from ``starts``, (count, n); return the points that reach the tolerance, (found, n).

    ``mode`` is `kernels.saddles.NEWTON`, ``SQUARED_GRADIENT`` or ``EIGENVECTOR``; ``steps`` is
    the number of evaluations allowed to a search.
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
    """Merge ``points`` into the distinct points ``known``; return these and how often each was met.

    New points are appended in the order in which they were met; x and -x coincide if ``antipodal``.
    """
    group = group_points(points, antipodal, known)
    numbers, first = np.unique(group, return_index=True)
    fresh = points[first[numbers >= len(known)]]
    total = np.bincount(group, minlength=len(known) + len(fresh))
    total[: len(hits)] += hits
    return np.concatenate([known, fresh]), total


def _plausible(model: Landscape, points: Array, hits: NDArray[np.int64]) -> bool:
    """Whether the cheap checks find no sign that points are missing."""
    if not len(points) or hits.min() < _LEAST_HITS:
        return False
    index = (model.spectrum(points) < 0.0).sum(axis=1)
    return euler_sum(index) == 1 + (-1) ** (model.n - 1) and _closed(model, points)


def mostly_isolated(model: Landscape, points: Array) -> bool:
    """Whether at least half of the points are isolated, by their gaps or by proof.

    If there are fewer than ten points, which say little, the answer is yes.
    """
    if len(points) < _FEW:
        return True
    return bool(_known_signs(model, points, model.spectrum(points)).mean() >= 0.5)


def _isolated(model: Landscape, known: Array, before: int) -> bool:
    """Whether at least half of the points that the last round added are isolated.

    If it added none, every known point must be isolated, by its gap or by proof.
    """
    fresh = known[before:] if len(known) > before else known
    if before > 0 and 0 < len(known) - before < _FEW:
        return True
    shown = _known_signs(model, fresh, model.spectrum(fresh))
    return bool(shown.all() if len(known) == before else shown.mean() >= 0.5)


def _known_signs(model: Landscape, points: Array, spectrum: Array) -> NDArray[np.bool_]:
    """Return which points, (count,), are isolated, with a known index, by gap or by proof."""
    own = model.in_unit(model.unit)
    slope = np.linalg.norm(own.riemannian_gradient(points), axis=1) / np.sqrt(model.n)
    return known_signs(own, points, np.abs(spectrum).min(axis=1) / model.unit, slope)


def _closed(model: Landscape, points: Array) -> bool:
    """Whether the antipode of every point is among them, if antipodes must be stationary."""
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
    """Return points as `StationaryPoints`, only those of index ``wanted`` if it is given."""
    spectrum, energy = model.spectrum(points), np.asarray(model.energy(points))
    isolated = isolated and (not len(points) or bool(_known_signs(model, points, spectrum).all()))
    distance = np.full(len(points), np.nan)
    rows = {"spins": points, "energy": energy, "hits": hits, "distance": distance}
    return StationaryPoints(
        **in_order(rows, spectrum, model.n, wanted),
        starts=starts,
        arrived=int(hits.sum()),
        symmetry_holds=_closed(model, points),
        sweeps_agree=agrees,
        isolated=isolated,
    )
