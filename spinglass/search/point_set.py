"""Stationary points of every index found in a landscape, and the evidence that they are all."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.search.solution_counts import HOMOTOPY, SEARCH
from spinglass.shown import Shown


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
    method : str
        What found them: "search" or "homotopy".
    proven : bool
        Whether it is proven that these are all, and that each has its index; by the homotopy alone.
    unproven : tuple of str
        What the homotopy could not prove, a sentence each, also where a search came after it.
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
    method: str = SEARCH
    proven: bool = False
    unproven: tuple[str, ...] = ()

    def facts(self) -> dict[str, object]:
        """Return the numbers that a terminal or a notebook shows."""
        indices, counts = np.unique(self.index, return_counts=True)
        by_index = {f"index {k}": int(count) for k, count in zip(indices, counts, strict=True)}
        return {
            "points": len(self.energy),
            **(by_index if self.isolated else {"isolated": False}),
            "complete": self.complete,
            "method": self.method,
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

        Where points are not isolated the other checks mean nothing, and are not reported.
        """
        if self.method == HOMOTOPY:
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


def in_order(
    points: dict[str, Array], spectrum: Array, n: int, wanted: int | None = None
) -> dict[str, Any]:
    """Return points by index and then by energy, as attributes of `StationaryPoints`.

    Parameters
    ----------
    points : dict
        ``spins``, ``energy``, ``hits`` and ``distance`` of all points.
    spectrum : (points, n - 1) float64
        Tangent eigenvalues.
    n : int
        Spins.
    wanted : int, optional
        Return only points of this index; ``euler`` and ``euler_holds`` are about all of them.
    """
    index = (spectrum < 0.0).sum(axis=1)
    gap = np.abs(spectrum).min(axis=1) if len(index) else np.empty(0)
    euler = euler_sum(index)
    order = np.lexsort((points["energy"], index))
    if wanted is not None:
        order = order[index[order] == wanted]
    ordered = {name: each[order] for name, each in {**points, "index": index, "gap": gap}.items()}
    return {**ordered, "euler": euler, "euler_holds": euler == 1 + (-1) ** (n - 1)}


def euler_sum(index: NDArray[np.int64]) -> int:
    """Return the alternating sum of the counts of points of each index."""
    return int(np.sum(1 - 2 * (index % 2)))
