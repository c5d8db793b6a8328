"""Schedules of the field: the factor that multiplies nu, as a function of time in epochs.

Each schedule starts at 1 and decays to (or towards) 0, so that training begins in the tilted
landscape and ends in the original one.  Any callable ``time -> factor`` is a schedule; those
defined here are frozen dataclasses, so they can be pickled and compared.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from spinglass.checks import positive_number
from spinglass.errors import InputError

Schedule = Callable[[float], float]
"""Maps time in epochs (a float, 0 at the first step) to the factor that multiplies nu."""


@dataclass(frozen=True)
class _Decay:
    tau: float = 0.5

    def __post_init__(self) -> None:
        object.__setattr__(self, "tau", positive_number("tau", self.tau))


@dataclass(frozen=True)
class Exponential(_Decay):
    """exp(-t / tau): the exponential decay of arXiv:1511.06485, with tau in epochs."""

    def __call__(self, time: float) -> float:
        """Return the factor at a time in epochs."""
        return math.exp(-time / self.tau)


@dataclass(frozen=True)
class Linear(_Decay):
    """max(0, 1 - t / tau): a linear decay to zero over ``tau`` epochs."""

    def __call__(self, time: float) -> float:
        """Return the factor at a time in epochs."""
        return max(0.0, 1.0 - time / self.tau)


@dataclass(frozen=True)
class Step(_Decay):
    """1 for the first ``tau`` epochs and 0 afterwards."""

    def __call__(self, time: float) -> float:
        """Return the factor at a time in epochs."""
        return 1.0 if time < self.tau else 0.0


@dataclass(frozen=True)
class Power(_Decay):
    """(1 + t / tau)^(-exponent): the slow decay of Neelakantan et al., arXiv:1511.06807, eq. (1).

    There the variance decays as (1 + t)^-0.55 with t in steps; the standard deviation therefore
    decays with half that exponent, which is the default here.
    """

    exponent: float = 0.275

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "exponent", positive_number("exponent", self.exponent))

    def __call__(self, time: float) -> float:
        """Return the factor at a time in epochs."""
        return (1.0 + time / self.tau) ** -self.exponent


SCHEDULES: dict[str, Callable[..., Schedule]] = {
    "exponential": Exponential,
    "linear": Linear,
    "step": Step,
    "power": Power,
}
"""The schedules that have a name."""


def resolve_schedule(schedule: str | Schedule, tau: float | None = None) -> Schedule:
    """Return the schedule that a name, with an optional time constant, or a callable stands for.

    The names are ``exponential``, ``linear``, ``step`` and ``power``, each with a usual ``tau`` in
    epochs.  `InputError` if the name is unknown, or ``tau`` is not positive or is given along with
    a callable.
    """
    if callable(schedule):
        if tau is not None:
            raise InputError(
                f"tau must stand beside a schedule given by name, got {tau} and a callable"
            )
        return schedule
    if not isinstance(schedule, str) or schedule not in SCHEDULES:
        allowed = ", ".join(SCHEDULES)
        raise InputError(f"schedule must be {allowed} or a callable, got {schedule!r}")
    return SCHEDULES[schedule]() if tau is None else SCHEDULES[schedule](tau=tau)
