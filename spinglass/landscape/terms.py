"""The terms of a landscape, and what follows from them alone: orders, scales, unit, identity.

Conventions are those of `spinglass.landscape.model`.
"""

import math
import operator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from spinglass.arrays import Array
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.landscape.forms import checksum
from spinglass.landscape.planting import hidden_point
from spinglass.signals import Signal


@dataclass(frozen=True, eq=False, repr=False)
class Terms:
    """The terms of -H: couplings of one or several orders, a field, a signal that hides a point.

    Two instances are equal if couplings, factors and field are.  `spinglass.landscape.Landscape`
    documents the attributes.
    """

    n: int
    weights: tuple[tuple[int, float], ...]
    couplings: Array
    field: Array
    field_direction: Array
    nu: float
    seed: int | None
    strengths: tuple[float, ...]
    divisor: float = 1.0
    signal: Signal | None = None
    own_field: bool = False
    files: tuple[tuple[str, str], ...] = ()

    def pull_at(self, nu: float, derivative: int = 0) -> float:
        """Return the factor of the hidden point in the field, or a derivative of it in ``nu``."""
        if self.signal is None:
            return 0.0
        return self.signal.pull(nu * self.divisor, derivative) * self.divisor ** (derivative - 1)

    def field_slope(self, nu: float) -> Array:
        """Return the derivative of the field vector by the field strength, shape (n,)."""
        pull = self.pull_at(nu, 1)
        if pull == 0.0 or self.hidden is None:
            return self.field_direction
        return self.field_direction + pull * self.hidden

    @cached_property
    def hidden(self) -> Array | None:
        """The point hidden in the landscape, shape (n,), or None."""
        if self.signal is None or self.seed is None:
            return None
        return hidden_point(self.n, self.seed)

    @property
    def orders(self) -> tuple[int, ...]:
        """The orders, ascending."""
        return tuple(p for p, _ in self.weights)

    @property
    def p(self) -> int:
        """The order of a pure model.

        Raises
        ------
        InputError
            If there are several.
        """
        if len(self.weights) > 1:
            raise InputError(f"one order is wanted, got a landscape of orders {self.orders}")
        return self.weights[0][0]

    @property
    def strength(self) -> float:
        """The root of the sum of squares of `strengths`."""
        return math.hypot(*self.strengths)

    @property
    def unit(self) -> float:
        """The landscape's unit of energy: the power of two just below its natural scale.

        That scale is sqrt(strength^2 + nu^2 / p): the root mean square of a gradient component on
        the sphere, divided by sqrt(p).  So a drawn sample of one order has unit 1 if nu^2 < 3 p.
        For several orders, p is their mean weighed by strength^2.
        """
        field = math.hypot(self.nu, self.pull_at(self.nu))
        return _power_of_two(math.hypot(self.strength, field / math.sqrt(self._mean_order)))

    @property
    def _mean_order(self) -> float:
        largest = max(self.strengths)
        if len(self.weights) == 1 or largest == 0.0:
            return float(self.weights[-1][0])
        shares = [(strength / largest) ** 2 for strength in self.strengths]
        return math.fsum(map(operator.mul, shares, self.orders)) / math.fsum(shares)

    @property
    def coupling_unit(self) -> float:
        """The unit of energy that the landscape has without its field."""
        return _power_of_two(self.strength)

    @property
    def scales(self) -> tuple[float, ...]:
        """The factor of each order: c_p n^{-(p-1)/2}, divided as by `in_unit`."""
        return tuple(order_scale(self.n, p, c) / self.divisor for p, c in self.weights)

    @property
    def covariance(self) -> Covariance:
        """The covariance of a drawn sample, without its signal.

        For tensors only its orders and its field strength mean anything.
        """
        noise = tuple((p, c / self.divisor / self.divisor) for p, c in self.weights if c)
        return Covariance(noise, self.nu)

    @property
    def is_odd(self) -> bool:
        """Whether H(-x) = -H(x): all orders are odd; the field, of order 1, is odd too."""
        return all(p % 2 == 1 for p in self.orders)

    @property
    def is_even(self) -> bool:
        """Whether H(-x) = H(x): all orders are even and there is no field."""
        return all(p % 2 == 0 for p in self.orders) and not np.any(self.field)

    @property
    def details(self) -> dict[str, Any]:
        """Attributes that results have beside orders, field strength, seed and couplings."""
        own = {"field_sha256": checksum(self.field)} if self.own_field else {}
        return (self.signal.attributes if self.signal else {}) | dict(self.files) | own

    def checksum(self) -> str:
        """Return the SHA-256 of the packed couplings."""
        return self._checksum

    @cached_property
    def _checksum(self) -> str:
        return checksum(self.couplings)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Terms):
            return NotImplemented
        return self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[object, ...]:
        return self.n, self.orders, self.scales, self.field.tobytes(), self._checksum


def order_scale(n: int, p: int, weight: float) -> float:
    """Return the factor c_p n^{-(p-1)/2} of an order of weight c_p^2; a weight 0 counts as 1."""
    return math.sqrt(weight or 1.0) * float(n ** (-(p - 1) / 2))


def _power_of_two(number: float) -> float:
    """Return the largest power of two that is at most ``number``; 1 for 0."""
    return math.ldexp(1.0, math.frexp(number)[1] - 1) if number else 1.0
