"""Checks of the arguments of this package's functions."""

import math
from collections.abc import Mapping
from numbers import Integral, Real

from spinglass.covariance import Covariance
from spinglass.errors import InputError

MAXIMUM_DIMENSION = 2000
"""Largest n accepted by the exact counts; beyond, use the scaling functions."""

MAXIMUM_FIELD = 1e6
"""Largest field accepted; far below it, mean numbers of points and minima are 2 and 1 to 1e-9."""

MAXIMUM_ENERGY = 1e4
"""Largest magnitude of an energy per spin accepted as a threshold."""


def integer(name: str, value: object, low: int, high: int | None = None) -> int:
    """Return ``value`` as an int in [low, high], or raise InputError naming it."""
    bound = f"at least {low}" if high is None else f"between {low} and {high}"
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise InputError(f"{name} must be an integer, {bound}, got {value!r}")
    number = int(value)
    if number < low or (high is not None and number > high):
        raise InputError(f"{name} must be {bound}, got {value!r}")
    return number


def real(name: str, value: object, low: float = -math.inf, high: float = math.inf) -> float:
    """Return ``value`` as a finite float in [low, high], or raise InputError naming it."""
    domain = "a finite number"
    if math.isfinite(low):
        domain += f", at least {low:g}"
    if math.isfinite(high):
        domain += f", at most {high:g}"
    if isinstance(value, bool) or not isinstance(value, Real):
        raise InputError(f"{name} must be {domain}, got {value!r}")
    number = float(value)
    if not math.isfinite(number) or number < low or number > high:
        raise InputError(f"{name} must be {domain}, got {value!r}")
    return number + 0.0  # 0.0 for -0.0


def check_dimension(n: object) -> int:
    """Return the number of spins ``n``, between 2 and `MAXIMUM_DIMENSION`, or raise InputError."""
    return integer("n", n, 2, MAXIMUM_DIMENSION)


def check_index(k: object, n: int) -> int:
    """Return the Morse index ``k``, 0 <= k <= n - 1, or raise InputError."""
    return integer("index", k, 0, n - 1)


def covariance_of(covariance: object, nu: object = None) -> Covariance:
    """Return the covariance that the arguments of this package's functions mean.

    Parameters
    ----------
    covariance : Covariance or int
        A covariance; or, for a pure model ``xi(q) = q^p + nu^2 q``, its order p >= 2.
    nu : float, optional
        Field, 0 <= nu <= 1e6; by default that of the covariance, 0 for an order.

    Raises
    ------
    InputError
        If the order or the field is outside its domain.
    """
    if isinstance(covariance, str | Mapping):
        raise InputError(
            f"a covariance must be an order p, or made by Covariance.parse or "
            f"Covariance.mixture, got {covariance!r}"
        )
    if not isinstance(covariance, Covariance):
        covariance = Covariance.pure(integer("p", covariance, 2, 10**6))
    if nu is None:
        return covariance
    return covariance.at_field(real("nu", nu, 0.0, MAXIMUM_FIELD))


def critical_field(covariance: Covariance | int) -> float:
    """Field at which B changes sign and the landscape turns trivial; sqrt(p (p - 2)) if pure.

    Parameters
    ----------
    covariance : Covariance or int
        A covariance, or the order of a pure model.

    Returns
    -------
    float
        nu_c, in the units of the field's standard deviation.

    Raises
    ------
    InputError
        If the order is not an integer, or below 2.
    """
    return covariance_of(covariance).critical_field
