"""A census of the minima: descend until the basin weight not yet seen is estimated to be small.

Starts come from one fixed sequence in growing batches, so that a longer census contains the shorter
one.  Only the distinct minima and their counts are kept.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.checks import positive_integer, positive_number
from spinglass.control import FREE, Control, Progress, WorkUnit
from spinglass.errors import InputError
from spinglass.landscape.model import Landscape
from spinglass.search.coverage import (
    Richness,
    basin_entropy,
    richness,
    unseen_limit,
    unseen_share,
    unseen_words,
)
from spinglass.search.descent import Descent, Status
from spinglass.search.methods.entry import descend
from spinglass.search.minima import distinct_minima, group_points
from spinglass.shown import Shown

_FIRST_BATCH = 256
_GROWTH = 0.5


@dataclass(frozen=True, repr=False)
class Census(Shown):
    """The distinct minima met so far, by ascending energy, and how often each was met.

    Attributes
    ----------
    spins : (minima, n) float64
        The minima, |x|^2 = n.
    energy, lambda_min, gradient_norm : (minima,) float64
        H/n, lowest tangent eigenvalue, |g| / sqrt(n).
    count : (minima,) int64
        Descents that ended in each.
    starts : int
        Descents made.
    status : dict
        Descents by the `Status` they ended with.
    reached : bool
        Whether the estimated unseen share came down to the one asked for.
    antipodal : bool
        Whether x and -x are counted as one pair (p even, no field).
    """

    spins: Array
    energy: Array
    lambda_min: Array
    gradient_norm: Array
    count: NDArray[np.int64]
    starts: int
    status: dict[Status, int]
    reached: bool
    antipodal: bool

    def facts(self) -> dict[str, object]:
        """Return the numbers that a terminal or a notebook shows."""
        return {
            "pairs of minima" if self.antipodal else "minima": len(self.count),
            "descents": self.starts,
            "complete": self.complete,
            "unseen": self.unseen,
            **({"not isolated": flat} if (flat := self.status[Status.DEGENERATE]) else {}),
            "lowest H/n": float(self.energy[0]) if len(self.energy) else math.nan,
        }

    @property
    def complete(self) -> bool:
        """Whether the census is ``reached``, and no descent ended at a degenerate point."""
        return self.reached and not self.status[Status.DEGENERATE]

    @property
    def unseen(self) -> float:
        """Good-Turing estimate of the unseen basin weight; nan if no descent found a minimum."""
        return unseen_share(self.count)

    @property
    def unseen_limit(self) -> float:
        """Upper 95 % limit of the mean unseen weight after as many descents that found minima."""
        return unseen_limit(self.count)

    @property
    def richness(self) -> Richness:
        """Chao1 estimate of the number of minima."""
        return richness(self.count)

    @property
    def entropy(self) -> float:
        """Entropy of the basin weights in nats."""
        return basin_entropy(self.count)

    @property
    def words(self) -> str:
        """The findings in one line."""
        entropy = f"{self.entropy:.3f}" if len(self.count) else "unknown"
        flat = self.status[Status.DEGENERATE]
        return (
            f"{len(self.count):,} minima, {unseen_words(self.unseen, self.unseen_limit)}, "
            f"Chao1 {self.richness.estimate:.1f}, entropy {entropy}"
            + (f", {flat:,} descents ended at points that are not isolated" if flat else "")
        )


def take_census(
    model: Landscape,
    unseen: float = 1e-3,
    *,
    max_starts: int = 1_000_000,
    start_seed: int = 0,
    method: str = "flow",
    tol: float = 1e-10,
    control: Control = FREE,
) -> Census:
    """Descend from random starts until the estimated unseen basin weight is small.

    The census also ends if none of its first 3 / ``unseen`` descents ends in a minimum.

    Parameters
    ----------
    model : Landscape
        The landscape.
    unseen : float
        Good-Turing share at which to stop, in (0, 1); the estimate counts only once
        1 / ``unseen`` descents have ended in minima.
    max_starts : int
        Budget of descents.
    start_seed, method, tol
        As in `descend`.
    control : Control
        Asked after every batch, and told of the starts made; ``found`` is the census so far.

    Raises
    ------
    InputError
        If an argument is not allowed.
    """
    goal = positive_number("unseen", unseen)
    if goal >= 1.0:
        raise InputError(f"unseen must be a finite number in (0, 1), got {unseen!r}")
    budget = positive_integer("max_starts", max_starts)
    census = _nothing(model)
    while census.starts < budget and not census.reached and not _hopeless(census, goal):
        if census.starts and control.spent:
            break
        batch = min(max(_FIRST_BATCH, int(_GROWTH * census.starts)), budget - census.starts)
        with control.in_force():
            descent = descend(
                model, batch, start_seed=start_seed, first=census.starts, method=method, tol=tol
            )
        census = _merge(census, descent, goal)
        done, words = census.starts, census.words
        control.tell(Progress(done, budget, WorkUnit.STARTS, words, census, at_most=True))
    return census


def _hopeless(census: Census, goal: float) -> bool:
    """Whether no descent has found a minimum, and at most a share ``goal`` can be expected to.

    If all of k descents fail, the rate of success is below 3 / k at 95 % confidence.
    """
    return not len(census.count) and census.starts * goal >= 3.0


def _nothing(model: Landscape) -> Census:
    none = np.empty(0)
    status = dict.fromkeys(Status, 0)
    return Census(
        np.empty((0, model.n)), none, none, none, np.empty(0, np.int64), 0, status, False,
        model.is_even,
    )  # fmt: skip


def _merge(old: Census, descent: Descent, goal: float) -> Census:
    new = distinct_minima(descent, old.antipodal)
    group = group_points(np.concatenate([old.spins, new.spins]), old.antipodal)
    first = np.unique(group, return_index=True)[1]
    count = np.zeros(len(first), np.int64)
    np.add.at(count, group, np.concatenate([old.count, new.count]))
    energy = np.concatenate([old.energy, new.energy])[first]
    order = np.argsort(energy, kind="stable")
    rows = first[order]
    count = count[order]
    met = int(count.sum())
    return Census(
        np.concatenate([old.spins, new.spins])[rows],
        energy[order],
        np.concatenate([old.lambda_min, new.lambda_min])[rows],
        np.concatenate([old.gradient_norm, new.gradient_norm])[rows],
        count,
        old.starts + len(descent.status),
        {status: old.status[status] + descent.count(status) for status in Status},
        met * goal >= 1.0 and unseen_share(count) <= goal,
        old.antipodal,
    )
