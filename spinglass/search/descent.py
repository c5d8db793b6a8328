"""The result of descents: a row for each start, with a status that says how it ended."""

import math
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.shown import Shown

DEGENERATE_BELOW = 1e-8
"""Tangent eigenvalues smaller than this in the landscape's unit have no trustworthy sign."""


class Told(IntEnum):
    """A number that says how a computation ended, with a sentence for people.

    Attributes
    ----------
    sentence : str
        What the number means.
    """

    sentence: str

    def __new__(cls, number: int, sentence: str) -> Self:
        """Make a member from its number and its sentence."""
        told = int.__new__(cls, number)
        told._value_, told.sentence = number, sentence
        return told


class Status(Told):
    """How a descent ended."""

    MINIMUM = 0, "stationary, all tangent eigenvalues positive"
    SADDLE = 1, "stationary, at least one negative tangent eigenvalue"
    DEGENERATE = 2, "stationary, but an eigenvalue is too close to zero to have a sign"
    NOT_CONVERGED = 3, "the work allowed was spent before the gradient norm reached the goal"
    NOT_FINITE = 4, "the energy or its gradient was not a finite number"


@dataclass(frozen=True, repr=False)
class Descent(Shown):
    """The end of the descent from each start.

    Attributes
    ----------
    spins : (starts, n) float64
        End points, |x|^2 = n.
    energy : (starts,) float64
        H/n at the end point.
    gradient_norm : (starts,) float64
        |g| / sqrt(n) of the Riemannian gradient.
    lambda_min : (starts,) float64
        Lowest tangent eigenvalue of the Riemannian Hessian; nan where not stationary.
    index : (starts,) int64
        Morse index; -1 where not stationary.
    status : (starts,) int64
        A `Status`.
    gradients : (starts,) int64
        Gradients evaluated.
    """

    spins: Array
    energy: Array
    gradient_norm: Array
    lambda_min: Array
    index: NDArray[np.int64]
    status: NDArray[np.int64]
    gradients: NDArray[np.int64]

    def facts(self) -> dict[str, object]:
        """Return the numbers that a terminal or a notebook shows."""
        ended = {status.name.lower().replace("_", " "): self.count(status) for status in Status}
        lowest = float(self.energy.min()) if len(self.energy) else math.nan
        return {
            "starts": len(self.status),
            **{name: count for name, count in ended.items() if count},
            "lowest H/n": lowest,
            "gradients": int(self.gradients.sum()),
        }

    @classmethod
    def empty(cls, starts: int, n: int) -> "Descent":
        """Return a record with every row marked as not converged."""
        return cls(
            np.zeros((starts, n)),
            np.full(starts, np.nan),
            np.full(starts, np.nan),
            np.full(starts, np.nan),
            np.full(starts, -1, np.int64),
            np.full(starts, Status.NOT_CONVERGED, np.int64),
            np.zeros(starts, np.int64),
        )

    def times(self, unit: float) -> "Descent":
        """Return the record with energies, gradient norms and eigenvalues times ``unit``."""
        if unit == 1.0:
            return self
        return replace(
            self,
            energy=unit * self.energy,
            gradient_norm=unit * self.gradient_norm,
            lambda_min=unit * self.lambda_min,
        )

    def count(self, status: Status) -> int:
        """Return how many starts ended with a status."""
        return int(np.sum(self.status == status))


def stationary_status(index: int, lambda_min: float) -> Status:
    """Return the status of a stationary point; ``lambda_min`` is in the landscape's unit."""
    if abs(lambda_min) < DEGENERATE_BELOW:
        return Status.DEGENERATE
    return Status.MINIMUM if index == 0 else Status.SADDLE
