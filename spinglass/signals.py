"""What is hidden in a landscape: a point s* that its couplings and its field favour.

A signal adds rank-one terms to the couplings, n sum_p a_p (x . s* / n)^p to -H:

* A planted equilibrium at temperature T has a_p = c_p^2 / T at every order, the field's included
  (c_1 = nu).  The landscape then has the law of a sample weighed by exp(-H(s*) / T), so that s* is
  a configuration of thermal equilibrium in it (quiet planting; Krzakala and Zdeborova,
  arXiv:0901.2130), and H(s*)/n is normal with mean -xi(1)/T and variance xi(1)/n at every n.  A
  pinned one has -c_p^2 / T, its mean, as the energy of every order: that is this law under the
  condition that no energy fluctuates.
* A spike of one order (tensor principal components; Ben Arous, Mei, Montanari and Nica,
  arXiv:1711.05424) has a_p = its strength at that order, which need not be one of the noise.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from spinglass.checks import LARGEST_ORDER, integer_at_least, order_and_number, within_factor
from spinglass.covariance import Covariance
from spinglass.errors import InputError

LARGEST_SIGNAL = 1e6
"""Largest temperature and strength, and the inverse of the smallest."""

SIGNAL_KEYS: dict[str, type] = {"planted": float, "pinned": int, "spike": str}
"""Under which keys files, jobs and rows hold a signal, and the types of the values."""


@dataclass(frozen=True)
class Planted:
    """An equilibrium configuration at a temperature.

    Attributes
    ----------
    temperature : float
        T, between 1e-6 and 1e6.
    pinned : bool
        Whether the energy of every order is set to its mean.

    Raises
    ------
    InputError
        If the temperature is not allowed.
    """

    temperature: float
    pinned: bool = True

    def __post_init__(self) -> None:
        temperature = within_factor("temperature", self.temperature, LARGEST_SIGNAL)
        object.__setattr__(self, "temperature", temperature)

    is_even: ClassVar[bool] = True
    """Whether its terms keep H(-x) = H(x), where the noise has it."""

    def terms(self, law: Covariance) -> dict[int, float]:
        """Return a_p of every order of the covariance, that of its field left out."""
        return {p: c / self.temperature for p, c in law.weights}

    def pull(self, nu: float, derivative: int = 0) -> float:
        """Return a_1 at a field strength, or its first or second derivative in that strength."""
        return (nu * nu, 2.0 * nu, 2.0)[derivative] / self.temperature

    @property
    def attributes(self) -> dict[str, Any]:
        """What files and jobs say of it."""
        return {"planted": self.temperature, "pinned": int(self.pinned)}

    @property
    def label(self) -> str:
        """It in a word or two: ``planted=0.85``."""
        return f"planted={_short(self.temperature)}{'' if self.pinned else ' unpinned'}"

    @property
    def words(self) -> str:
        """What titles of figures say of it."""
        return f"planted at T = {self.temperature:g}{'' if self.pinned else ', unpinned'}"

    @property
    def in_file_names(self) -> str:
        """What names of files say for people, four digits a number."""
        return f"planted{self.temperature:.4g}{'' if self.pinned else '-unpinned'}"


@dataclass(frozen=True)
class Spike:
    """A rank-one signal of one order.

    Attributes
    ----------
    order : int
        Its order p, 1 to 64; of order 1 it is a constant field along s*.
    strength : float
        a_p, between 1e-6 and 1e6.

    Raises
    ------
    InputError
        If a number is not allowed.
    """

    order: int
    strength: float

    pinned: ClassVar[bool] = False

    def __post_init__(self) -> None:
        order = integer_at_least("the order of a spike", self.order, 1, LARGEST_ORDER)
        object.__setattr__(self, "order", order)
        strength = within_factor("the strength of a spike", self.strength, LARGEST_SIGNAL)
        object.__setattr__(self, "strength", strength)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the spike written as ``order:strength``.

        Raises
        ------
        InputError
            If the text means no spike.
        """
        known = order_and_number(text)
        if known is None:
            raise InputError(f"a spike is written order:strength as in 3:1.3, got {text!r}")
        return cls(*known)

    @property
    def is_even(self) -> bool:
        """Whether its term is the same at -x."""
        return self.order % 2 == 0

    def terms(self, law: Covariance) -> dict[int, float]:
        """Return a_p of its order; nothing for order 1."""
        return {self.order: self.strength} if self.order > 1 else {}

    def pull(self, nu: float, derivative: int = 0) -> float:
        """Return a_1 at a field strength, which it does not depend on, or a derivative."""
        return self.strength if self.order == 1 and derivative == 0 else 0.0

    @property
    def text(self) -> str:
        """It as `parse` reads it, with as few digits as give the same bits."""
        return f"{self.order}:{_short(self.strength)}"

    @property
    def attributes(self) -> dict[str, Any]:
        """What files and jobs say of it."""
        return {"spike": self.text}

    @property
    def label(self) -> str:
        """It in a word: ``spike=3:1.3``."""
        return f"spike={self.text}"

    @property
    def words(self) -> str:
        """What titles of figures say of it."""
        return f"spike of order {self.order}, strength {self.strength:g}"

    @property
    def in_file_names(self) -> str:
        """What names of files say for people, four digits a number."""
        return f"spike{self.order}_{self.strength:.4g}"


Signal = Planted | Spike


def signal_said_by(attributes: Mapping[str, Any]) -> Signal | None:
    """Return the signal of a file, job or row that has ``planted`` or ``spike``; None for neither.

    Raises
    ------
    InputError
        If it has both, or a value is not allowed.
    """
    planted, spike = attributes.get("planted"), attributes.get("spike")
    if planted is not None and spike is not None:
        raise InputError(
            f"planted and spike exclude each other, got planted = {planted!r} and spike = {spike!r}"
        )
    if spike is not None:
        return Spike.parse(spike)
    if planted is not None:
        return Planted(planted, bool(attributes.get("pinned", True)))
    return None


def terms_of_theory(signal: Signal, law: Covariance) -> dict[int, float]:
    """Return a_p of every order, that of the field included."""
    pull = signal.pull(law.nu)
    return signal.terms(law) | ({1: pull} if pull else {})


def _short(number: float) -> str:
    return repr(number).removesuffix(".0")


def expected_strength(weight: float, coefficient: float, n: int, p: int) -> float:
    """Return the root mean square of couplings of order p of variance c_p^2 with a signal a_p.

    Of the couplings as in H, times c_p, over all n^p entries and over disorder and s*.
    """
    return math.hypot(math.sqrt(weight), coefficient * float(n ** (-(p - 1) / 2)))
