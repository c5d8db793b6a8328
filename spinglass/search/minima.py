"""Which starts ended in the same minimum: deduplication by overlap, counts, basin weights."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.search.descent import Descent, Status
from spinglass.shown import Shown

SAME_OVERLAP = 1.0 - 1e-8
"""Points with a larger overlap are one minimum: the distance 1.4e-4 sqrt(n) is far above the
accuracy of converged points and far below the distance between distinct minima."""

_CHUNK = 2048


@dataclass(frozen=True, repr=False)
class Minima(Shown):
    """The distinct minima of a descent, by ascending energy.

    Attributes
    ----------
    label : (starts,) int64
        Number of the minimum in which each start ended; -1 if in none.
    energy, gradient_norm, lambda_min : (minima,) float64
        H/n, |g| / sqrt(n) and lowest tangent eigenvalue of each.
    count : (minima,) int64
        Starts that ended in each: its basin weight.
    spins : (minima, n) float64
        The minima, |x|^2 = n.
    antipodal : bool
        Whether x and -x are counted as one pair (p even, no field).
    """

    label: NDArray[np.int64]
    energy: Array
    gradient_norm: Array
    lambda_min: Array
    count: NDArray[np.int64]
    spins: Array
    antipodal: bool

    def facts(self) -> dict[str, object]:
        """Return the numbers that a terminal or a notebook shows."""
        return {
            "pairs of minima" if self.antipodal else "minima": len(self.count),
            "starts": len(self.label),
            "lowest H/n": float(self.energy[0]) if len(self.energy) else math.nan,
            "largest basin": float(self.count.max() / len(self.label)) if len(self.count) else 0.0,
        }


def distinct_minima(descent: Descent, antipodal: bool = False) -> Minima:
    """Find which starts ended in the same minimum.

    Parameters
    ----------
    descent : Descent
        Only its rows with status MINIMUM are used.
    antipodal : bool
        Whether to count x and -x as one pair, which is right only if H(-x) = H(x).
    """
    rows = np.flatnonzero(descent.status == Status.MINIMUM)
    groups = group_points(descent.spins[rows], antipodal)
    count = groups.max() + 1 if rows.size else 0
    first = np.full(count, len(rows), np.int64)
    np.minimum.at(first, groups, np.arange(len(rows)))
    order = np.argsort(descent.energy[rows[first]], kind="stable")
    place = np.empty(count, np.int64)
    place[order] = np.arange(count)
    label = np.full(len(descent.status), -1, np.int64)
    label[rows] = place[groups]
    chosen = rows[first[order]]
    return Minima(
        label,
        descent.energy[chosen],
        descent.gradient_norm[chosen],
        descent.lambda_min[chosen],
        np.bincount(place[groups], minlength=count),
        descent.spins[chosen],
        antipodal,
    )


def hidden_overlap(points: Array, hidden: Array, antipodal: bool) -> Array:
    """Return the overlaps x . s* / n of points, (count, n), with a hidden point s*, (n,).

    If ``antipodal``, x and -x are one pair, and the overlaps are absolute values.
    """
    overlaps = np.einsum("ki,i->k", points, hidden) / hidden.size
    return np.abs(overlaps) if antipodal else overlaps


def group_points(
    points: Array, antipodal: bool = False, known: Array | None = None
) -> NDArray[np.int64]:
    """Return the group of each point, (count,); coinciding points have the same group.

    Groups are numbered in the order of their first members.  Points are compared with the first
    member of each known group by matrix products; they coincide within 1.4e-4 sqrt(n).

    Parameters
    ----------
    points : (count, n) float64
        Points on the sphere of radius sqrt(n).
    antipodal : bool
        Whether x and -x coincide.
    known : (groups, n) float64, optional
        Distinct points that are already the first members of the groups 0, 1, ...
    """
    # Imported late: this takes a quarter of the time of a command that only reads a file.
    from scipy.sparse import csgraph, csr_matrix

    count, n = points.shape
    group = np.empty(count, np.int64)
    known = np.empty((0, n)) if known is None else known
    for start in range(0, count, _CHUNK):
        chunk = points[start : start + _CHUNK]
        same = _coincide(chunk, known, antipodal)
        hit = same.any(axis=1)
        numbers = np.where(hit, same.argmax(axis=1) if known.size else 0, -1)
        fresh = np.flatnonzero(~hit)
        if fresh.size:
            links = csr_matrix(_coincide(chunk[fresh], chunk[fresh], antipodal))
            total, component = csgraph.connected_components(links, directed=False)
            _, members = np.unique(component, return_index=True)
            rank = np.empty(total, np.int64)
            rank[np.argsort(members)] = np.arange(total)
            numbers[fresh] = len(known) + rank[component]
            known = np.concatenate([known, chunk[fresh[np.sort(members)]]])
        group[start : start + len(chunk)] = numbers
    return group


def _coincide(a: Array, b: Array, antipodal: bool) -> NDArray[np.bool_]:
    overlaps = a @ b.T / a.shape[1]
    if antipodal:
        np.abs(overlaps, out=overlaps)
    return overlaps > SAME_OVERLAP
