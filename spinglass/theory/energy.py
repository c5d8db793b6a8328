"""The share of points at an eigenvalue s with energy at most u: a smooth or sharp step in s.

Given the radial force ``X = s sqrt(2 xi'' / n)``, the energy per spin is Gaussian with mean
``X xi' / (xi' + xi'')`` and variance ``(xi - xi'^2 / (xi' + xi'')) / n``; in a pure model without
field it equals ``X / p`` (conditioning of the jointly Gaussian energy and radial force at one
point).
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from spinglass.covariance import Covariance
from spinglass.errors import InputError


@dataclass(frozen=True)
class EnergyStep:
    """Probability that a point at s has energy at most u, ``Phi((centre - s) / width)``.

    Attributes
    ----------
    centre : float
        The s at which the mean energy is u.
    width : float
        Width of the step in s; 0 for a pure model without field.
    """

    centre: float
    width: float

    def log_share(self, points: np.ndarray) -> np.ndarray:
        """Logarithm of the share at each point, shape (points,)."""
        distance = self.centre - np.asarray(points, dtype=float)
        if self.width == 0.0:
            return np.where(distance >= 0.0, 0.0, -np.inf)
        return np.asarray(log_ndtr(distance / self.width))

    def cuts(self, low: float, high: float) -> list[float]:
        """Interior points at which to divide [low, high] so that the step is resolved."""
        reach = 9.0 * self.width
        first, last = max(low, self.centre - reach), min(high, self.centre + reach)
        if self.width == 0.0:
            return [self.centre] if low < self.centre < high else []
        if first >= last or 2.0 * self.width >= high - low:
            return []
        pieces = math.ceil((last - first) / (2.0 * self.width))
        inner = np.linspace(first, last, pieces + 1)
        return [float(x) for x in inner if low < x < high]


@dataclass(frozen=True)
class EnergyMirror:
    """The sum of the shares at s and -s: the weight on the half line of a density even in s."""

    step: EnergyStep

    def log_share(self, points: np.ndarray) -> np.ndarray:
        """Logarithm of the sum of both shares, shape (points,)."""
        return np.logaddexp(self.step.log_share(points), self.step.log_share(-points))

    def cuts(self, low: float, high: float) -> list[float]:
        """Interior points at which either share needs a division, in increasing order."""
        other = [-x for x in self.step.cuts(-high, -low)]
        return sorted({*self.step.cuts(low, high), *other})


def energy_law(n: int, law: Covariance) -> tuple[float, float]:
    """Return the slope in s of the mean energy, and the energy's standard deviation given s."""
    slope = math.sqrt(2.0 * law.curvature / n) * law.slope / law.radial
    return slope, math.sqrt(law.energy_variance / n)


def energy_step(n: int, law: Covariance, u: float) -> EnergyStep:
    """Return the step at energy per spin ``u`` for n spins with the covariance ``law``."""
    slope, spread = energy_law(n, law)
    return EnergyStep(centre=u / slope, width=spread / slope)


def check_spread(law: Covariance) -> None:
    """Raise `InputError` if the radial force fixes the energy: there is no density over both."""
    if law.energy_variance == 0.0:
        raise InputError(
            "a density over E and X needs a field or a mixture, for E = X / p without both, "
            f"got {law.orders}"
        )
