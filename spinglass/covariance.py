"""The covariance of a landscape: the law depends on nothing else, and theory knows nothing else.

For couplings of several orders and a field,

    Cov(H(x), H(y)) = n xi(q),     xi(q) = sum_p c_p^2 q^p + nu^2 q,     q = x . y / n:

the field is the term of order 1.  At a fixed point the gradient, the second derivatives and the
radial force are Gaussian with variances made of xi'(1) and xi''(1) (Kac and Rice; Fyodorov,
arXiv:1307.2379), so that the mean counts of stationary points at finite n depend on

    B = (xi'' - xi') / (xi'' + xi') = (sum_p c_p^2 p (p - 2) - nu^2) / (sum_p c_p^2 p^2 + nu^2)

alone.  The laboratory and the theory share this module and nothing else.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import Any, Self

from spinglass.checks import (
    LARGEST_ORDER,
    field_strength,
    integer_at_least,
    order_and_number,
    within_factor,
)
from spinglass.errors import InputError

Name = int | str
"""How jobs, files and tables name the orders and weights of a landscape: a pure model by its order,
as 3; a mixture by its `Covariance.text`, as 2:1,3:0.5."""

_MOST_IN_FILE_NAMES = 4

LARGEST_WEIGHT = 1e12
"""Largest allowed c_p^2 of a mixture; the smallest allowed one is its inverse."""


@dataclass(frozen=True)
class Covariance:
    """The function xi of a mixture of orders in a field; properties are its values at q = 1.

    Attributes
    ----------
    weights : tuple of (int, float)
        The orders p >= 2, ascending, and their c_p^2 > 0.
    nu : float
        Strength of the field, at least 0.

    Raises
    ------
    InputError
        If the weights are not a tuple of pairs; `mixture` takes a mapping and checks its numbers.
    """

    weights: tuple[tuple[int, float], ...]
    nu: float = 0.0

    def __post_init__(self) -> None:
        pairs = isinstance(self.weights, tuple) and all(
            isinstance(term, tuple) and len(term) == 2 for term in self.weights
        )
        if not pairs:
            raise InputError(
                "the weights of a Covariance must be a tuple of pairs (order, c_p^2); "
                f"Covariance.mixture takes a mapping, got {self.weights!r}"
            )

    @classmethod
    def pure(cls, p: int, nu: float = 0.0) -> Self:
        """Return xi(q) = q^p + nu^2 q."""
        return cls(((p, 1.0),), nu)

    @classmethod
    def mixture(cls, weights: Mapping[int, float], nu: float = 0.0) -> Self:
        """Check the numbers of a mixture and return its covariance.

        Parameters
        ----------
        weights : mapping of int to float
            c_p^2 of each order p, 2 <= p <= 64, between 1e-12 and 1e12.
        nu : float
            Strength of the field, at least 0.

        Raises
        ------
        InputError
            If there is no order, or a number is not allowed.
        """
        if not isinstance(weights, Mapping):
            raise InputError(f"a mixture must be a mapping of orders to c_p^2, got {weights!r}")
        if not weights:
            raise InputError("a mixture must have at least one order, got none")
        terms = {
            integer_at_least("an order of a mixture", p, 2, LARGEST_ORDER): _weight(p, c)
            for p, c in weights.items()
        }
        return cls(tuple(sorted(terms.items())), field_strength(nu))

    @classmethod
    def parse(cls, text: str, nu: float = 0.0) -> Self:
        """Return the covariance of a mixture written as ``2:1,3:0.5`` (order:c_p^2, ...).

        Raises
        ------
        InputError
            If the text is not such a mixture.
        """
        weights: dict[int, float] = {}
        for term in text.split(","):
            known = order_and_number(term)
            if known is None:
                raise InputError(
                    f"a mixture is written order:weight,order:weight as in 2:1,3:0.5, got {text!r}"
                )
            order, weight = known
            if order in weights:
                raise InputError(f"a mixture must have each order once, got {order} in {text!r}")
            weights[order] = weight
        return cls.mixture(weights, nu)

    @classmethod
    def of(cls, orders: "Covariance | Name", nu: float | None = None) -> "Covariance":
        """Return the covariance that ``orders`` is or names.

        Parameters
        ----------
        orders : Covariance, int or str
            A covariance; the order of a pure model; the text of a mixture, as for `parse`.
        nu : float, optional
            Strength of the field; by default that of the covariance, 0 for a name.

        Raises
        ------
        InputError
            If ``orders`` names no covariance.
        """
        if isinstance(orders, Covariance):
            law = orders
        elif isinstance(orders, str):
            law = cls.parse(orders)
        elif isinstance(orders, Mapping):
            raise InputError(
                f"p must be an integer >= 2; Covariance.mixture takes a mapping, got {orders!r}"
            )
        else:
            law = cls.pure(integer_at_least("p", orders, 2))
        return law if nu is None else law.at_field(nu)

    @classmethod
    def said_by(cls, attributes: Mapping[str, Any]) -> "Covariance":
        """Return the covariance that the attributes of a file or row name; no ``nu`` means 0.

        Raises
        ------
        InputError
            If they have neither ``p`` nor ``mixture``, or both, or what they name is none.
        """
        names = [attributes[key] for key in ("p", "mixture") if attributes.get(key) is not None]
        if len(names) != 1:
            raise InputError(f"a landscape must have p or mixture, got {names or 'neither'}")
        (name,) = names
        whole = isinstance(name, float) and name.is_integer()  # as columns of tables hold orders
        return cls.of(int(name) if whole else name, attributes.get("nu", 0.0))

    @property
    def is_pure(self) -> bool:
        """Whether there is one order only, with weight 1."""
        return len(self.weights) == 1 and self.weights[0][1] == 1.0

    @property
    def orders(self) -> str:
        """The orders and weights in words: ``p = 3``, or ``mixture 2:1,3:0.5``."""
        return f"p = {self.name}" if self.is_pure else f"mixture {self.text}"

    @property
    def text(self) -> str:
        """Orders and weights as `parse` reads them, in the fewest digits that restore the bits."""
        return ",".join(f"{p}:{repr(c).removesuffix('.0')}" for p, c in self.weights)

    @property
    def name(self) -> Name:
        """The order of a pure model, else `text`; it does not say the field."""
        return self.weights[0][0] if self.is_pure else self.text

    @property
    def named(self) -> dict[str, Name]:
        """The `name` under the key that files and rows have for it, ``p`` or ``mixture``."""
        return {"p" if self.is_pure else "mixture": self.name}

    @property
    def label(self) -> str:
        """Key and name in one word: ``p=3``, or ``mixture=2:1,3:0.5``."""
        return f"p={self.name}" if self.is_pure else f"mixture={self.text}"

    @property
    def in_file_names(self) -> str:
        """The orders in names of files, for people to read: ``p3``, ``m2_1-3_0.5``; rounded."""
        if self.is_pure:
            return f"p{self.name}"
        if len(self.weights) > _MOST_IN_FILE_NAMES:
            return f"m{len(self.weights)}orders"
        return "m" + "-".join(f"{p}_{c:.4g}" for p, c in self.weights)

    def at_field(self, nu: float) -> Self:
        """Return the same mixture in another field."""
        return replace(self, nu=nu)

    def __call__(self, q: float, derivative: int = 0) -> float:
        """Return xi(q), or one of its derivatives."""
        terms = [(p, c) for p, c in (*self.weights, (1, self.nu**2)) if p >= derivative]
        return math.fsum(c * math.perm(p, derivative) * q ** (p - derivative) for p, c in terms)

    @cached_property
    def slope(self) -> float:
        """xi'(1), the variance of a component of the gradient."""
        return sum(c * p for p, c in self.weights) + self.nu**2

    @cached_property
    def curvature(self) -> float:
        """xi''(1), n times the variance of a second derivative off the diagonal."""
        return sum(c * p * (p - 1) for p, c in self.weights)

    @cached_property
    def radial(self) -> float:
        """xi'(1) + xi''(1), n times the variance of the radial force."""
        return sum(c * p * p for p, c in self.weights) + self.nu**2

    @cached_property
    def b(self) -> float:
        """B as the module defines it, between -1 and 1; evaluated without cancellation."""
        return (sum(c * p * (p - 2) for p, c in self.weights) - self.nu**2) / self.radial

    @property
    def plus(self) -> float:
        """1 + B = 2 xi'' / (xi'' + xi')."""
        return 2.0 * self.curvature / self.radial

    @property
    def minus(self) -> float:
        """1 - B = 2 xi' / (xi'' + xi')."""
        return 2.0 * self.slope / self.radial

    @cached_property
    def energy_variance(self) -> float:
        """n times the variance of H/n at a given radial force: xi - xi'^2 / (xi' + xi'')."""
        terms = [*self.weights, (1, self.nu**2)]
        pairs = combinations(terms, 2)
        return sum(c * d * (p - r) ** 2 for (p, c), (r, d) in pairs) / self.radial

    @property
    def critical_field(self) -> float:
        """The field nu_c at which B = 0; in stronger fields the landscape is trivial."""
        return self.field_at(0.0)

    def field_at(self, b: float) -> float:
        """Return the field strength at which B equals ``b``, which must be above -1."""
        rise = sum(c * p * (p - 2) for p, c in self.weights)
        square = sum(c * p * p for p, c in self.weights)
        return math.sqrt((rise - b * square) / (1.0 + b))

    @property
    def is_odd(self) -> bool:
        """Whether H(-x) = -H(x): all orders are odd; the field, of order 1, is odd too."""
        return all(p % 2 == 1 for p, _ in self.weights)

    @property
    def is_even(self) -> bool:
        """Whether H(-x) = H(x): all orders are even and there is no field."""
        return self.nu == 0.0 and all(p % 2 == 0 for p, _ in self.weights)


def column_of(names: Iterable[Name]) -> tuple[str, list[Name]]:
    """Return the heading and the entries of a table's column, given the `Name` in each row.

    The heading is ``p``, the entries orders, if all rows are pure; else the heading is ``mixture``
    and the entries are texts, 3:1 for the pure model of order 3.
    """
    rows = list(names)
    if all(isinstance(name, int) for name in rows):
        return "p", rows
    return "mixture", [Covariance.of(name).text for name in rows]


def _weight(p: int, value: object) -> float:
    """Return the weight of an order, within bounds that keep its powers in the range of doubles."""
    name = f"the weight c_p^2 of order {p}"
    if isinstance(value, bool):
        raise InputError(f"{name} must be a finite number > 0, got {value!r}")
    return within_factor(name, value, LARGEST_WEIGHT)
