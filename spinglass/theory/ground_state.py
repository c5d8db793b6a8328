"""Ground-state energy per spin at infinite n, with at most one step of replica-symmetry breaking.

At zero temperature the ground-state energy is minus the minimum of the functional of Crisanti and
Sommers over positive, decreasing and concave functions A on [0, 1] (Chen and Sen,
arXiv:1512.08492),

    2 Q = xi'(0) A(0) + int_0^1 (xi''(q) A(q) + 1 / A(q)) dq.

The functional is convex, so that one necessary and sufficient condition characterises its minimum:

    g(t) = int_t^1 ds int_s^1 dq (xi''(q) - A(q)^-2) <= 0 for all t in [0, 1],

and 0 where the slope of A changes.  The replica-symmetric A is constant; one step has A = L up to
an overlap q0 and falls from there linearly, with slope -m, to chi = A(1).  Then

    2 Q = xi'(1) chi + m (xi(1) - xi(q0)) + q0/L + log(L/chi)/m,     L = chi + m (1 - q0);

stationarity in q0 and chi gives L and chi as functions of q0; what remains is one equation.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq

from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.theory.parameters import covariance_of

SYMMETRIC = 1.0 - 1e-4
"""Overlap q0 above which the replica-symmetric value is returned: it differs by (1 - q0)^3."""

OPTIMAL = 1e-11
"""Largest g(t), in units of xi'(1), that counts as rounding."""

GRID = np.concatenate(
    [np.geomspace(1e-12, 1e-3, 200), np.linspace(1e-3, 1.0, 2001)[1:-1], [0.0, 1.0]]
)


@dataclass(frozen=True)
class Breaking:
    """A state with one step of breaking: the overlap q0, A(q0) and A(1); q0 = 1 means no step.

    Attributes
    ----------
    overlap : float
        q0, in [0, 1].
    long, chi : float
        A below q0, and A(1); the slope between them is -``m``.
    """

    overlap: float
    long: float
    chi: float

    @property
    def m(self) -> float:
        """Minus the slope of A above q0."""
        return (self.long - self.chi) / (1.0 - self.overlap)


def ground_state_energy(covariance: Covariance | int, nu: float | None = None) -> float:
    """Limit of the minimum of H/n over the sphere, at infinite n.

    Parameters
    ----------
    covariance, nu
        As in `spinglass.theory.threshold_energy`.

    Returns
    -------
    float
        ``-sqrt(xi'(1))`` if replica symmetry holds (pure models from the critical field on), the
        one-step value if that is exact (pure models below it).

    Raises
    ------
    InputError
        If an argument is outside its domain, or the landscape needs more than one step.
    """
    law = covariance_of(covariance, nu)
    energy = _known_energy(law)
    if energy is None:
        raise InputError(
            "the ground state is known where a state of at most one step of replica-symmetry "
            f"breaking is optimal, got {law.orders} at nu = {law.nu:g}, where none is"
        )
    return energy


@lru_cache(maxsize=4096)
def _known_energy(law: Covariance) -> float | None:
    """Return the ground-state energy, None if it needs more steps; cached for repeated fields."""
    if is_symmetric(law):
        return -math.sqrt(law.slope)
    for step in _one_step(law):
        if _is_optimal(step, law):
            return -_energy(step, law)
    return None


def is_symmetric(covariance: Covariance | int, nu: float | None = None) -> bool:
    """Whether the ground state is replica symmetric; arguments as for `ground_state_energy`."""
    law = covariance_of(covariance, nu)
    return _is_optimal(Breaking(1.0, 1.0 / math.sqrt(law.slope), 1.0 / math.sqrt(law.slope)), law)


def _energy(step: Breaking, law: Covariance) -> float:
    """Value of the functional Q, positive."""
    value = law.slope * step.chi + step.m * _difference(law, 0, step.overlap)
    return 0.5 * (value + step.overlap / step.long + math.log(step.long / step.chi) / step.m)


def _difference(law: Covariance, derivative: int, q: float) -> float:
    """xi(1) - xi(q), or xi'(1) - xi'(q), without cancellation near q = 1."""
    logarithm = math.log(q) if q > 0.0 else -math.inf
    return math.fsum(-c * math.expm1(power * logarithm) for power, c in _powers(law, derivative))


@lru_cache(maxsize=64)
def _powers(law: Covariance, derivative: int) -> tuple[tuple[int, float], ...]:
    """The powers of q in xi or xi', except constants, and their factors."""
    terms = [*law.weights, (1, law.nu**2)]
    factors = [(p - derivative, c * math.perm(p, derivative)) for p, c in terms]
    return tuple((power, c) for power, c in factors if power > 0)


def _is_optimal(step: Breaking, law: Covariance) -> bool:
    """Whether g(t) <= 0 on a fine grid; g(t) is not checked between its points."""
    return bool(np.max(_surplus(step, law)) <= OPTIMAL * law.slope)


def _surplus(step: Breaking, law: Covariance) -> np.ndarray:
    """g(t) of the module on the grid, with its integrals in closed form."""
    t, q0 = GRID, step.overlap
    rest = 1.0 - t
    smooth = law.slope * rest - _differences(law)
    if q0 == 1.0:
        return smooth - 0.5 * (rest / step.long) ** 2
    m = step.m
    with np.errstate(divide="ignore", invalid="ignore"):
        after = (rest / step.chi - np.log1p(m * rest / step.chi) / m) / m
        gap = 1.0 - q0
        at_step = (gap / step.chi - math.log(step.long / step.chi) / m) / m
        slope_there = (1.0 / step.chi - 1.0 / step.long) / m
    before = at_step + (q0 - t) * slope_there + 0.5 * ((q0 - t) / step.long) ** 2
    return smooth - np.where(t >= q0, after, before)


@lru_cache(maxsize=8)
def _differences(law: Covariance) -> np.ndarray:
    """xi(1) - xi(q) on the grid."""
    return np.array([_difference(law, 0, float(q)) for q in GRID])


def _one_step(law: Covariance) -> Iterator[Breaking]:
    """Yield the stationary states with one step, by ascending q0."""
    if law.nu == 0.0:
        yield from _from_zero(law)
    least = 300.0 if law.nu > 0.0 else 6.0
    places = np.concatenate(
        [np.linspace(-least * math.log(10.0), -3.0, 400), np.log(np.linspace(0.05, SYMMETRIC, 400))]
    )
    values = [_breaking(float(place), law) for place in places]
    for (low, high), (left, right) in zip(pairwise(places), pairwise(values), strict=True):
        if left * right < 0.0:
            root = brentq(_breaking, low, high, args=(law,), xtol=1e-15, rtol=1e-15)
            yield _step_at(math.exp(root), law)


def _step_at(overlap: float, law: Covariance) -> Breaking:
    """The state at which the functional is stationary in q0 = ``overlap`` and in chi."""
    long = math.sqrt(overlap / law(overlap, 1))
    return Breaking(overlap, long, (1.0 - overlap) / (long * _difference(law, 1, overlap)))


def _from_zero(law: Covariance) -> Iterator[Breaking]:
    """Yield the state with q0 = 0, without field: one equation for the ratio r = L / chi."""
    square = law(1.0) / law.slope

    def equation(log_ratio: float) -> float:
        share = -math.expm1(-log_ratio)
        return square * math.exp(log_ratio) * share**2 + share - log_ratio

    low, high = 1e-6, 1.0
    if equation(low) >= 0.0:
        return
    while equation(high) < 0.0:
        high *= 2.0
    ratio = math.exp(brentq(equation, low, high, xtol=1e-15, rtol=1e-15))
    yield Breaking(0.0, math.sqrt(ratio / law.slope), 1.0 / math.sqrt(ratio * law.slope))


def _breaking(log_overlap: float, law: Covariance) -> float:
    """Derivative of the functional in m, times ``(L/(1-q0))^2``, at the overlap exp(argument)."""
    q = math.exp(log_overlap)
    gap = -math.expm1(log_overlap)
    square = q / law(q, 1)
    ratio = square * _difference(law, 1, q) / gap
    area = _difference(law, 0, q) * square / gap**2
    share = 1.0 - 1.0 / ratio
    if abs(share) < 1e-3:
        last = -0.5 - share * (1.0 / 3.0 + share * (0.25 + share * (0.2 + share / 6.0)))
    else:
        last = (1.0 - math.log(ratio) / share) / share
    return area - q / gap + last
