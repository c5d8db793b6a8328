"""Landscapes drawn from their law: with one order or several, with or without a hidden point."""

import math
from collections.abc import Mapping

from spinglass.arrays import Array
from spinglass.checks import LARGEST_ORDER, LARGEST_SIZE, integer_at_least
from spinglass.covariance import Covariance, Name
from spinglass.errors import InputError
from spinglass.landscape.forms import draw_couplings
from spinglass.landscape.model import Landscape
from spinglass.landscape.random import normals
from spinglass.signals import Signal, Spike


class Mixed(Landscape):
    """A sample of a spherical spin glass with couplings of several orders, in a magnetic field.

    Its covariance is n xi(q), xi(q) = sum_p c_p^2 q^p + nu^2 q; conventions in
    `spinglass.landscape.model`.

    Parameters
    ----------
    n : int
        Spins, at least 2.
    weights : mapping of int to float
        c_p^2 > 0 of each order p, 2 <= p <= 64.
    nu : float
        Field strength, at least 0; the field is ``nu`` times a standard normal vector.
    seed : int
        Fixes couplings and direction of the field; couplings of different orders are independent.

    Raises
    ------
    InputError
        If a value is not allowed.
    MemoryLimitError
        If the couplings would not fit into memory; checked before allocation.
    """

    def __init__(
        self, n: int, weights: Mapping[int, float], nu: float = 0.0, seed: int = 0
    ) -> None:
        size = integer_at_least("n", n, 2, LARGEST_SIZE)
        law = Covariance.mixture(weights, nu)
        number = integer_at_least("seed", seed, 0)
        couplings = draw_couplings(size, [p for p, _ in law.weights], number)
        direction = normals(number, "field", 0, size)
        strengths = tuple(math.sqrt(c) for _, c in law.weights)
        super().__init__(
            size, law.weights, couplings, law.nu * direction, direction, law.nu, number, strengths
        )


class PSpin(Mixed):
    """A sample of the spherical p-spin glass in a magnetic field: a mixture with one order.

    Parameters
    ----------
    n : int
        Spins, at least 2.
    p : int
        Order of interaction, at least 2.
    nu : float
        Field strength, at least 0; the field is ``nu`` times a standard normal vector.
    seed : int
        Fixes couplings and direction of the field.

    Raises
    ------
    InputError, MemoryLimitError
        As for `Mixed`.
    """

    def __init__(self, n: int, p: int, nu: float = 0.0, seed: int = 0) -> None:
        super().__init__(n, {integer_at_least("p", p, 2, LARGEST_ORDER): 1.0}, nu, seed)


def draw_landscape(
    n: int, orders: Covariance | Name, seed: int = 0, signal: Signal | None = None
) -> Landscape:
    """Draw a sample of a `Covariance`, or of its name without field, with a signal if one is given.

    Raises
    ------
    InputError, MemoryLimitError
        As `PSpin` does for a pure model, `Mixed` for a mixture.
    """
    law = Covariance.of(orders)
    plain: Landscape
    if law.is_pure:
        plain = PSpin(n, law.weights[0][0], law.nu, seed)
    else:
        plain = Mixed(n, dict(law.weights), law.nu, seed)
    return plain if signal is None else plain.with_signal(signal)[0]


def spiked(
    n: int,
    p: int,
    strength: float,
    seed: int = 0,
    *,
    noise: Covariance | Name | None = None,
) -> tuple[Landscape, Array]:
    """Draw a sample and add a spike, n strength (x . s* / n)^p, to its -H.

    Parameters
    ----------
    n : int
        Spins.
    p : int
        Order of the spike, at least 1; the noise need not have it.
    strength : float
        Its strength, between 1e-6 and 1e6.
    seed : int
        Fixes noise and s*.
    noise : Covariance, int or str, optional
        The covariance of the noise, or its name where it has no field; by default q^p with the
        spike's p.  For a spike of order 1, a field along s*, there is no default.

    Returns
    -------
    Landscape
        The sample with its spike.
    (n,) float64
        The point s*.

    Raises
    ------
    InputError, MemoryLimitError
        As for `draw_landscape`; InputError too if a spike of order 1 comes without noise.
    """
    spike = Spike(p, strength)
    if noise is None and spike.order < 2:
        raise InputError("noise must be given for a spike of order 1, got none")
    return draw_landscape(n, spike.order if noise is None else noise, seed).with_signal(spike)
