"""Stationary points of every Morse index, and what speaks for having found them all.

Searches from random starts by Newton's method reach every index; a second sweep from other starts
by another method (Levenberg-Marquardt on the squared gradient) must find nothing new.  The
alternating sum of the counts must be the Euler characteristic of the sphere; where the sample is
odd or even the antipode of every point must have been found by itself, never by reflection (for p
odd and n even that implies the Euler characteristic); and every point must have been met at least
three times.  None of this is a proof that nothing is missing: a pair of points that are
both hard to reach, of neighbouring index, escapes all of it; what it must not do is pass unsaid.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinglass.batches import hessian_workspace
from spinglass.checks import integer_at_least, positive_integer
from spinglass.descent.record import DEGENERATE_BELOW
from spinglass.errors import InputError
from spinglass.geometry import random_points
from spinglass.kernels import saddles
from spinglass.kernels.packing import binomials
from spinglass.minima import group_points
from spinglass.model import Array, PSpin
from spinglass.parallel import map_threads, single_threaded_blas

TOLERANCE = 1e-11
"""Gradient norm / sqrt(n) of a point that counts as found."""

_STEPS = 200
_LEAST_HITS = 3
_PIECE = 512


@dataclass(frozen=True)
class StationaryPoints:
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
        Smallest size of a tangent eigenvalue; below 1e-8 the index is not to be trusted.
    hits : (points,) int64
        Searches that ended there.
    starts : int
        Searches made in all.
    euler : int
        Alternating sum of the counts over all indices found, also those not returned.
    euler_holds, symmetry_holds, second_sweep_agrees : bool
        The checks: the Euler characteristic 1 + (-1)^(n-1); closure under x -> -x where the sample
        has that symmetry, found independently at both ends; nothing new in the second sweep, every
        point met three times, no index in doubt.
    """

    spins: Array
    energy: Array
    index: NDArray[np.int64]
    gap: Array
    hits: NDArray[np.int64]
    starts: int
    euler: int
    euler_holds: bool
    symmetry_holds: bool
    second_sweep_agrees: bool

    @property
    def complete(self) -> bool:
        """Whether every check speaks for completeness."""
        return self.euler_holds and self.symmetry_holds and self.second_sweep_agrees

    def counts(self, n: int) -> NDArray[np.int64]:
        """Return the number of points of each index, shape (n,)."""
        return np.bincount(self.index, minlength=n)


def find_stationary_points(
    model: PSpin,
    index: int | None = None,
    *,
    sweep: int = 2048,
    max_starts: int = 400_000,
    seed: int = 0,
    threads: int | None = None,
) -> StationaryPoints:
    """Find stationary points of every index, all of them where the landscape is small.

    Sweeps of Newton searches go on until one finds nothing new and the checks hold; then the
    independent sweep is made, and if it finds something, everything goes on.

    Parameters
    ----------
    model : PSpin
        The landscape.
    index : int, optional
        Return only this Morse index, 0 to n - 1; the checks are about all of them.
    sweep : int
        Starts of one sweep.
    max_starts : int
        Where to give up; what was found is returned with ``complete`` False.
    seed : int
        Fixes the starts.
    threads : int, optional
        Threads; results do not depend on their number.

    Raises
    ------
    InputError
        If an argument is not allowed.
    """
    sweep = positive_integer("sweep", sweep)
    budget = positive_integer("max_starts", max_starts)
    if index is not None and integer_at_least("index", index, 0) >= model.n:
        raise InputError(f"index must be an integer from 0 to {model.n - 1}, got {index!r}")
    threads = threads if threads is not None else model.threads
    known, hits = np.empty((0, model.n)), np.empty(0, np.int64)
    starts, agrees = 0, False
    while starts < budget and not agrees:
        for mode in (saddles.NEWTON, saddles.SQUARED_GRADIENT):
            points = _search(model, random_points(model.n, sweep, seed, starts), mode, threads)
            starts += sweep
            before = len(known)
            known, hits = _merge(known, hits, points)
            if len(known) > before or not _plausible(model, known, hits):
                break
        else:
            agrees = bool(len(known))
    return _classify(model, known, hits, starts, agrees, index)


def _search(model: PSpin, starts: Array, mode: int, threads: int | None) -> Array:
    """Return the ends of the searches that have reached the tolerance."""
    table = binomials(model.n, model.p)

    def seek(piece: Array) -> Array:
        points, norms = piece.copy(), np.empty(len(piece))
        saddles.seek(
            model.couplings,
            model.p,
            model.scale,
            model.field,
            table,
            points,
            mode,
            TOLERANCE,
            _STEPS,
            hessian_workspace(model.n, model.p),
            norms,
        )
        return points[np.isfinite(norms)]

    pieces = [starts[first : first + _PIECE] for first in range(0, len(starts), _PIECE)]
    with single_threaded_blas():
        return np.concatenate(map_threads(seek, pieces, threads))


def _merge(known: Array, hits: NDArray[np.int64], points: Array) -> tuple[Array, NDArray[np.int64]]:
    everything = np.concatenate([known, points])
    if not len(everything):
        return known, hits
    group = group_points(everything)
    first = np.unique(group, return_index=True)[1]
    total = np.bincount(group[len(known) :], minlength=len(first))
    total[: len(hits)] += hits
    return everything[first], total


def _plausible(model: PSpin, points: Array, hits: NDArray[np.int64]) -> bool:
    """Whether the checks that cost nothing speak for completeness."""
    if not len(points) or hits.min() < _LEAST_HITS:
        return False
    index = (model.spectrum(points) < 0.0).sum(axis=1)
    return _euler(index) == 1 + (-1) ** (model.n - 1) and _closed(model, points)


def _euler(index: NDArray[np.int64]) -> int:
    return int(np.sum(1 - 2 * (index % 2)))


def _closed(model: PSpin, points: Array) -> bool:
    """Whether the antipode of every point is there too, if it must be stationary."""
    if not (model.p % 2 == 1 or model.is_even) or not len(points):
        return True
    group = group_points(np.concatenate([points, -points]))
    return bool(group.max() + 1 == len(points))


def _classify(
    model: PSpin,
    points: Array,
    hits: NDArray[np.int64],
    starts: int,
    agrees: bool,
    wanted: int | None,
) -> StationaryPoints:
    spectrum = model.spectrum(points)
    index = (spectrum < 0.0).sum(axis=1)
    euler = _euler(index)
    holds = euler == 1 + (-1) ** (model.n - 1)
    energy = np.asarray(model.energy(points))
    order = np.lexsort((energy, index))
    if wanted is not None:
        order = order[index[order] == wanted]
    gap = np.abs(spectrum).min(axis=1) if len(points) else np.empty(0)
    agrees = agrees and bool((gap > DEGENERATE_BELOW).all())
    return StationaryPoints(
        points[order],
        energy[order],
        index[order],
        gap[order],
        hits[order],
        starts,
        euler,
        holds,
        _closed(model, points),
        agrees,
    )
