"""The stationary points found in a landscape, and the evidence that none is missing."""

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
        The points, |x|^2 = n; both x and -x if both are stationary.
    energy : (points,) float64
        H/n.
    index : (points,) int64
        Morse index.
    gap : (points,) float64
        Smallest absolute value of a tangent eigenvalue.
    hits : (points,) int64
        Searches that ended at each; 1 for the homotopy.
    distance : (points,) float64
        Proven bound of the distance / sqrt(n) to the true point; nan for searches.
    starts, arrived : int
        Searches made, and how many of them ended at a stationary point of any index; for the
        homotopy, paths followed, and how many reached their end.
    euler : int
        Alternating sum of the counts of all indices, including points that are not returned.
    euler_holds : bool
        Whether ``euler`` is the Euler characteristic of the sphere, 1 + (-1)^(n-1).
    symmetry_holds : bool
        Whether -x was found, independently, for each x, if the sample has that symmetry.
    sweeps_agree : bool
        Whether the last two sweeps found nothing new, all points have 3 hits, and enough arrived.
    isolated : bool
        Whether every index is known, by gap or by proof, and no round added mostly unknown ones.
    method : str
        The method that found them: "search" or "homotopy".
    proven : bool
        Whether it is proven that no point is missing and that each has its index; homotopy only.
    unproven : tuple of str
        Sentences about what the homotopy could not prove, even if a search followed it.
    only : int, optional
        The Morse index of the points returned, if others were left out.
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
    only: int | None = None

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
        """Whether completeness is proven or, for searches, every check is passed."""
        return not self.doubts

    @property
    def doubts(self) -> tuple[str, ...]:
        """Sentences against completeness, one for each check that failed.

        If points are not isolated, the other checks mean nothing and are not reported.
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
        Return only points of this index; ``euler`` and ``euler_holds`` still use all points.
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
    """Return the sum of (-1)^index over points, given their indices."""
    return int(np.sum(1 - 2 * (index % 2)))
