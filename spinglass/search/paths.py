"""Paths from a system with known solutions to the system of a landscape.

Paths begin at the solutions of a_i u_i^(d-1) = lambda u_i, u . u = 1, with random phases a_i.  For
each non-empty set of indices there are solutions in which u_i is a root of 1 / a_i on the set and 0
elsewhere.  If x -> -x is a symmetry, it is one of the homotopy, and half of the paths suffice.
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.kernels.homotopy import Steps, track
from spinglass.kernels.path_room import new_room
from spinglass.parallel import map_threads
from spinglass.search.proofs.polynomial_system import Complex, Polynomial

USUAL_STEPS = Steps(1e-3, 0.5, 0.1, 0.1, 500)
"""Steps for following paths the first time."""

_PIECE = 256


def start_points(system: Polynomial, a: Complex, numbers: NDArray[np.int64]) -> Complex:
    """Return solutions (u, x0, 1) of a_i u_i^(d-1) = u_i, u . u = x0^2, at length 1.

    Parameters
    ----------
    system : Polynomial
        The system to which the paths lead; if it has no x0, the solutions have none.
    a : (n,) complex128
        Coefficients, not 0.
    numbers : (count,) int64
        Numbers of the solutions.  The first half has one of each pair x0, -x0, the second half the
        other, which a system with the mirror symmetry does not need.

    Returns
    -------
    (count, n + 1 or n + 2) complex128
        One solution of each class (s u, s x0, 1) with s^(d-2) = 1.
    """
    n, base = system.n, system.degree - 1
    half = (base**n - 1) // (base - 1)
    # The first nonzero entry is the principal root in each class; digits say the entries after it.
    sizes = base ** np.arange(n - 1, -1, -1)
    behind = np.cumsum(sizes)
    number = numbers % half
    first = np.searchsorted(behind, number, side="right")
    number = number - (behind - sizes)[first]
    place = np.arange(n)[None, :] - first[:, None]
    digits = number[:, None] // base ** np.maximum(place - 1, 0) % base
    roots = np.exp(2j * np.pi * np.arange(base - 1) / (base - 1))
    table = np.concatenate([[0.0], roots])
    u = np.where(place > 0, table[digits], (place == 0).astype(np.complex128))
    u *= a ** (-1.0 / (base - 1))
    x0 = np.sqrt((u * u).sum(axis=1, keepdims=True))
    x0[numbers >= half] *= -1.0
    y = np.concatenate([u, x0], axis=1)[:, : system.variables]
    length = np.linalg.norm(y, axis=1, keepdims=True)
    return np.concatenate([y / length, length ** (1.0 - base) + 0j], axis=1)


def follow_paths(
    system: Polynomial, a: Complex, starts: Complex, steps: Steps = USUAL_STEPS
) -> tuple[Complex, Array]:
    """Follow paths from start points to solutions of the system.

    Parameters
    ----------
    system : Polynomial
        The system.
    a : (n,) complex128
        Coefficients of the system that the start points solve.
    starts : (count, n + 1 or n + 2) complex128
        Start points from `start_points`.
    steps : Steps
        Tolerances that limit the steps.

    Returns
    -------
    ends : (count, n + 1) complex128
        (u, lambda) at the end of each path; not finite where x0 = 0.
    reached : (count,) float64
        The homotopy parameter that each path has reached; 1 if it has arrived.
    """
    n, points, reached = system.n, starts.copy(), np.empty(len(starts))
    cuts = [slice(first, first + _PIECE) for first in range(0, len(starts), _PIECE)]
    map_threads(partial(_follow, system, a, points, reached, steps), cuts)
    u, force = points[:, :n], points[:, -1:]
    x0 = (
        np.sqrt((u * u).sum(axis=1, keepdims=True))
        if system.variables == n
        else points[:, n : n + 1]
    )
    with np.errstate(all="ignore"):
        ends = np.concatenate([u / x0, force / x0 ** (system.degree - 2) * system.unit], axis=1)
    return ends, reached


def _follow(
    system: Polynomial, a: Complex, points: Complex, reached: Array, steps: Steps, rows: slice
) -> None:
    """Follow the paths of some ``rows``, in place."""
    room = new_room(system.system, a, system.variables, system.degree)
    taken = np.empty(len(reached[rows]), np.int64)
    track(system.system, points[rows], steps, *room, reached[rows], taken)


def shorter(steps: Steps) -> Steps:
    """Return shorter steps, for following doubtful paths again."""
    return Steps(
        tolerance=0.1 * steps.tolerance,
        shrink=0.5 * steps.shrink,
        correction=0.1 * steps.correction,
        contraction=0.1 * steps.contraction,
        most=4 * steps.most,
    )
