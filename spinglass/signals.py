"""A signal hides a point s* in a landscape: couplings and field favour it.

A signal adds rank-one terms to the couplings, n sum_p a_p (x . s* / n)^p to -H:

* A planted equilibrium at temperature T has a_p = c_p^2 / T at every order, and at the field's,
  order 1, where c_1 = nu.  The landscape then has the law of a sample weighed by exp(-H(s*) / T),
  so that s* is a configuration of thermal equilibrium in it (quiet planting; Krzakala and
  Zdeborova, arXiv:0901.2130), and H(s*)/n is normal with mean -xi(1)/T and variance xi(1)/n at
  every n.  If it is pinned, the energy of each order at s* is exactly its mean -c_p^2 / T: this is
  the same law, conditioned on energies that do not fluctuate.
* A spike of order p (tensor principal components; Ben Arous, Mei, Montanari and Nica,
  arXiv:1711.05424) has a_p = its strength, and no other term; the noise need not have order p.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from spinglass.checks import LARGEST_ORDER, integer_at_least, order_and_number, within_factor
from spinglass.covariance import Covariance
from spinglass.errors import InputError

LARGEST_SIGNAL = 1e6
"""Largest allowed temperature and strength; the smallest allowed is the inverse."""

SIGNAL_KEYS: dict[str, type] = {"planted": float, "pinned": int, "spike": str}
"""The keys under which files, jobs and rows hold a signal, and the types of their values."""


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
    """Whether H(-x) = H(x) still holds with its terms, if it holds for the noise."""

    def terms(self, law: Covariance) -> dict[int, float]:
        """Return a_p of every order p of the covariance, without a_1 of its field."""
        return {p: c / self.temperature for p, c in law.weights}

    def pull(self, nu: float, derivative: int = 0) -> float:
        """Return a_1 at the field strength ``nu``, or its first or second derivative in ``nu``."""
        return (nu * nu, 2.0 * nu, 2.0)[derivative] / self.temperature

    @property
    def attributes(self) -> dict[str, Any]:
        """The signal as attributes of files and jobs, under `SIGNAL_KEYS`."""
        return {"planted": self.temperature, "pinned": int(self.pinned)}

    @property
    def label(self) -> str:
        """The signal in a word or two: ``planted=0.85``."""
        return f"planted={_short(self.temperature)}{'' if self.pinned else ' unpinned'}"

    @property
    def words(self) -> str:
        """The signal as titles of figures name it."""
        return f"planted at T = {self.temperature:g}{'' if self.pinned else ', unpinned'}"

    @property
    def in_file_names(self) -> str:
        """The signal in names of files, for people to read; four digits a number."""
        return f"planted{self.temperature:.4g}{'' if self.pinned else '-unpinned'}"


@dataclass(frozen=True)
class Spike:
    """A rank-one signal of one order.

    Attributes
    ----------
    order : int
        Its order p, 1 to 64; a spike of order 1 is a constant field along s*.
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
            If the text is not written so, or a number is not allowed.
        """
        known = order_and_number(text)
        if known is None:
            raise InputError(f"a spike is written order:strength as in 3:1.3, got {text!r}")
        return cls(*known)

    @property
    def is_even(self) -> bool:
        """Whether its term has the same value at x and -x."""
        return self.order % 2 == 0

    def terms(self, law: Covariance) -> dict[int, float]:
        """Return a_p of its order p; an empty dict for order 1, which `pull` gives."""
        return {self.order: self.strength} if self.order > 1 else {}

    def pull(self, nu: float, derivative: int = 0) -> float:
        """Return a_1, which does not depend on the field strength ``nu``, or a derivative, 0."""
        return self.strength if self.order == 1 and derivative == 0 else 0.0

    @property
    def text(self) -> str:
        """The spike as `parse` reads it, in the fewest digits that restore the bits."""
        return f"{self.order}:{_short(self.strength)}"

    @property
    def attributes(self) -> dict[str, Any]:
        """The signal as attributes of files and jobs, under `SIGNAL_KEYS`."""
        return {"spike": self.text}

    @property
    def label(self) -> str:
        """The signal in a word: ``spike=3:1.3``."""
        return f"spike={self.text}"

    @property
    def words(self) -> str:
        """The signal as titles of figures name it."""
        return f"spike of order {self.order}, strength {self.strength:g}"

    @property
    def in_file_names(self) -> str:
        """The signal in names of files, for people to read; four digits a number."""
        return f"spike{self.order}_{self.strength:.4g}"


Signal = Planted | Spike


def signal_said_by(attributes: Mapping[str, Any]) -> Signal | None:
    """Return the signal in the attributes of a file, job or row; None where there is none.

    Raises
    ------
    InputError
        If they have both ``planted`` and ``spike``, or a value is not allowed.
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
    """Return a_p of every order, with a_1 at the field strength of the covariance ``law``."""
    pull = signal.pull(law.nu)
    return signal.terms(law) | ({1: pull} if pull else {})


def _short(number: float) -> str:
    return repr(number).removesuffix(".0")


def expected_strength(weight: float, coefficient: float, n: int, p: int) -> float:
    """Return the root mean square of c_p J, for the couplings J of order p with a signal.

    ``weight`` is c_p^2, ``coefficient`` a_p; the mean is over all n^p entries, disorder and s*.
    """
    return math.hypot(math.sqrt(weight), coefficient * float(n ** (-(p - 1) / 2)))
