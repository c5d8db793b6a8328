"""What a descent returns: one row a start, and a status that says how it ended."""

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

_ROUNDING = 1e-8
_LIPSCHITZ = 10.0
"""The Lipschitz constant of the Hessian is below this, in the landscape's unit."""


class Status(IntEnum):
    """How a descent ended."""

    MINIMUM = 0
    SADDLE = 1
    DEGENERATE = 2
    NOT_CONVERGED = 3
    NOT_FINITE = 4

    @property
    def sentence(self) -> str:
        """The status in words."""
        return _SENTENCES[self]


_SENTENCES = {
    Status.MINIMUM: "stationary, all tangent eigenvalues positive",
    Status.SADDLE: "stationary, at least one negative tangent eigenvalue",
    Status.DEGENERATE: "stationary, but an eigenvalue is too close to zero to have a sign",
    Status.NOT_CONVERGED: "the work allowed was spent before the gradient norm reached the goal",
    Status.NOT_FINITE: "the energy or its gradient was not a finite number",
}


@dataclass(frozen=True)
class Descent:
    """Where each start ended.

    Attributes
    ----------
    spins : (starts, n) float64
        End points, |x|^2 = n.
    energy : (starts,) float64
        H/n there.
    gradient_norm : (starts,) float64
        |g| / sqrt(n) of the Riemannian gradient.
    lambda_min : (starts,) float64
        Lowest tangent eigenvalue of the Riemannian Hessian; nan where not stationary.
    index : (starts,) int64
        Morse index; -1 where not stationary.
    status : (starts,) int64
        A `Status`.
    gradients : (starts,) int64
        Gradients spent.
    """

    spins: Array
    energy: Array
    gradient_norm: Array
    lambda_min: Array
    index: NDArray[np.int64]
    status: NDArray[np.int64]
    gradients: NDArray[np.int64]

    @classmethod
    def empty(cls, starts: int, n: int) -> "Descent":
        """Allocate the record; every row is marked as not converged."""
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
        """Return the same record with all energies, gradients and eigenvalues multiplied."""
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


def has_sign(eigenvalue: ArrayLike, gradient_norm: ArrayLike) -> NDArray[np.bool_]:
    """Say whether an eigenvalue computed near a stationary point has the sign that it has there.

    Newton and Kantorovich: where every eigenvalue is larger than sqrt(2 K |g|), K the Lipschitz
    constant of the Hessian, a stationary point is so near that none of them changes its sign on the
    way.  A point that is found to be stationary to 1e-11 can have a vanishing eigenvalue of 1e-6.

    Parameters
    ----------
    eigenvalue : (...) array_like
        Of the Riemannian Hessian on the tangent space, in the landscape's unit.
    gradient_norm : (...) array_like
        |g| / sqrt(n) there, in the landscape's unit.
    """
    size = np.abs(eigenvalue)
    return (size > _ROUNDING) & (size**2 > 2.0 * _LIPSCHITZ * np.asarray(gradient_norm))


def stationary_status(index: int, lambda_min: float, gradient_norm: float) -> Status:
    """Return the status of a stationary point; all numbers in the landscape's unit."""
    if not has_sign(lambda_min, gradient_norm):
        return Status.DEGENERATE
    return Status.MINIMUM if index == 0 else Status.SADDLE
