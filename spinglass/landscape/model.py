"""Spherical spin glasses in a field, and every convention of this package.

Notes
-----
On the sphere of radius sqrt(n), |x|^2 = n,

    -H(x) = n^{-(p-1)/2} sum_{i1..ip} J_{i1..ip} x_{i1} ... x_{ip} + h . x,

over ALL n^p index tuples, J i.i.d. N(0, 1) and h = nu eta with eta standard normal (Auffinger, Ben
Arous and Cerny, arXiv:1003.1129; Chaudhari and Soatto, arXiv:1511.06485).  Without field
E[H(x) H(y)] = n q^p exactly, with the overlap q = x . y / n.

A mixture is the sum of such interactions of several orders with independent couplings, each times
a factor c_p: E[H(x) H(y)] = n sum_p c_p^2 q^p.

* Energies are per spin, H/n.  Gradients are of H.  Gradient norms are quoted as |g| / sqrt(n).
* Riemannian gradient g = dH - X x, with the radial force X = x . dH / n; Riemannian Hessian
  P (d2H) P - X P, with P the projection on the tangent space.
* The Morse index counts the negative ones among the n - 1 tangent eigenvalues.
* Tolerances are relative.  Every landscape has a unit of energy, a power of two
  (`Landscape.unit`), and whatever is compared with a fixed number (a gradient norm, an eigenvalue,
  a step) is compared in this unit.  Couplings and field multiplied by a power of two give the same
  points to the bit.
* One seed fixes J and eta: changing nu bends one landscape, changing c_p weighs the same couplings
  anew.  A single order has other couplings than the same order beside others.
"""

import math
import operator
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinglass.checks import (
    LARGEST_FIELD,
    LARGEST_ORDER,
    LARGEST_SIZE,
    field_strength,
    integer_at_least,
    points_of,
    points_on_sphere,
)
from spinglass.covariance import Covariance, Name
from spinglass.errors import InputError
from spinglass.landscape import evaluate
from spinglass.landscape.forms import checksum, draw_couplings, root_mean_square
from spinglass.landscape.planting import add_signal, hidden_point, widened
from spinglass.landscape.random import normals
from spinglass.landscape.tensors import checked_field, pack
from spinglass.shown import Shown
from spinglass.signals import Planted, Signal, Spike, expected_strength

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Landscape(Shown):
    """A landscape of one or several orders in a magnetic field; conventions in the module.

    Made by `PSpin`, `Mixed` and `from_tensor`; equal if couplings, factors and field are.

    Attributes
    ----------
    n : int
        Sites.
    weights : tuple of (int, float)
        The orders p, ascending, and their c_p^2; 1 for tensors, 0 for an order that has a spike
        and no noise, whose couplings are taken as they are.
    couplings : (sum of C(n + p - 1, p),) float64
        Packed coefficients of all orders, one behind the other, one per non-increasing index tuple.
    field : (n,) float64
        The field vector h.
    field_direction : (n,) float64
        The vector that a field strength multiplies: standard normal for drawn samples, its part
        along a pinned point taken away.
    nu : float
        Field strength; the root mean square of a given field.
    seed : int or None
        Which sample; None for tensors.
    strengths : tuple of float
        Of each order, c_p times the root mean square of its couplings: c_p for drawn samples, whose
        couplings are standard normal; that of the symmetric part for tensors.
    divisor : float
        What all energies are divided by, see `in_unit`.
    signal : Signal or None
        What is hidden in it.
    own_field : bool
        Whether the field was given as a vector.
    files : tuple of (str, str)
        SHA-256 of the files that it was made of, each behind the name of its attribute in results.
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

    @staticmethod
    def from_tensor(
        couplings: ArrayLike | Mapping[int, ArrayLike], field: ArrayLike | None = None
    ) -> "Landscape":
        """Make a landscape of dense arrays of couplings, symmetric or not.

        Parameters
        ----------
        couplings : (n,) * p array_like, or mapping of int to such arrays
            J of the definition above; p >= 2 is its number of axes.  Of several orders, one array
            each.  An array of one axis holds the packed coefficients of its order, as `couplings`.
        field : (n,) array_like, optional
            The field vector h; ``nu`` becomes its root mean square.

        Raises
        ------
        InputError
            If an array has another shape, is not real or not finite, or all is so small that
            doubles begin to lose digits.
        """
        n, orders, whole, vector, strengths = pack(couplings, field)
        nu = root_mean_square(vector)
        direction = vector / nu if nu else vector
        weights = tuple((p, 1.0) for p in orders)
        plain = Landscape(n, weights, whole, vector, direction, nu, None, strengths)
        return plain._with(own_field=nu > 0.0)

    def _with(self, **changes: object) -> "Landscape":
        """Return a landscape that differs in some attributes; arrays are shared."""
        mine = {each.name: getattr(self, each.name) for each in fields(Landscape)}
        return Landscape(**{**mine, **changes})

    def at_field(self, nu: float) -> "Landscape":
        """Return the same landscape at another field strength; the couplings are shared.

        A point that is planted is planted in the new field.

        Raises
        ------
        InputError
            If the strength is not allowed, or the landscape has no direction of a field.
        """
        strength = field_strength(nu, LARGEST_FIELD * self.coupling_unit)
        if strength > 0.0 and not self.field_direction.any():
            raise InputError(
                f"nu must be 0 where the landscape has no direction of a field, got {nu:g}"
            )
        return self._with(nu=strength, field=self._field_at(strength))

    def _field_at(self, nu: float) -> Array:
        field = nu * self.field_direction
        pull = self._pull_at(nu)
        return field + pull * self.hidden if pull and self.hidden is not None else field

    def _pull_at(self, nu: float) -> float:
        """Return the part of the field along the hidden point that is due to the signal."""
        if self.signal is None:
            return 0.0
        return self.signal.pull(nu * self.divisor) / self.divisor

    @cached_property
    def hidden(self) -> Array | None:
        """The point that is hidden in the landscape, shape (n,); None where there is none."""
        if self.signal is None or self.seed is None:
            return None
        return hidden_point(self.n, self.seed)

    def planted(self, temperature: float, pinned: bool = True) -> tuple["Landscape", Array]:
        """Plant an equilibrium configuration; conventions in `spinglass.signals`.

        Parameters
        ----------
        temperature : float
            T of the equilibrium.
        pinned : bool
            Whether the energy H_p(s*)/n of every order, the field's included, is exactly its mean
            -c_p^2 / T; else H(s*)/n is normal with mean -xi(1) / T and variance xi(1) / n.

        Returns
        -------
        Landscape
            The landscape with couplings and field changed, `hidden` in it.
        (n,) float64
            The planted point s*, which the seed fixes.

        Raises
        ------
        InputError
            If the temperature is not allowed, or this is no plain drawn sample.
        MemoryLimitError
            If the new couplings would not fit beside the old ones.
        """
        return self.with_signal(Planted(temperature, pinned))

    def with_signal(self, signal: Signal) -> tuple["Landscape", Array]:
        """Hide a point; returns and errors as of `planted`."""
        if self.seed is None or self.signal is not None or self.divisor != 1.0:
            raise InputError(
                f"a point must be hidden in a drawn landscape that has none, got {self!r}"
            )
        x, terms = hidden_point(self.n, self.seed), signal.terms(self.covariance)
        weights = dict.fromkeys(terms, 0.0) | dict(self.weights)
        weights = {p: weights[p] for p in sorted(weights)}
        levels = dict(zip(self.orders, self._levels(x), strict=True)) if signal.pinned else {}
        factors = {
            p: (terms.get(p, 0.0) - levels.get(p, 0.0)) * _scale(self.n, p, c) / (c or 1.0)
            for p, c in weights.items()
        }
        couplings = widened(self.couplings, self.n, list(self.orders), list(weights))
        add_signal(couplings, self.n, factors, x)
        direction = self.field_direction
        if signal.pinned:
            direction = direction - (math.fsum(direction * x) / self.n) * x
        found = self._with(
            weights=tuple(weights.items()),
            couplings=couplings,
            field_direction=direction,
            strengths=tuple(
                expected_strength(c, terms.get(p, 0.0), self.n, p) for p, c in weights.items()
            ),
            signal=signal,
        )
        return found.at_field(self.nu), x

    def _levels(self, x: Array) -> list[float]:
        """Return -H_p/n of each order at a point."""
        forms = zip(evaluate.forms_of(self), self.scales, strict=True)
        values = [evaluate.form_and_gradient(form, x[None])[0] * scale for form, scale in forms]
        return [float(value[0]) / self.n for value in values]

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
        """Root mean square of the couplings of all orders, each times its c_p."""
        return math.hypot(*self.strengths)

    @property
    def unit(self) -> float:
        """The landscape's unit of energy: the power of two just below its natural scale.

        That scale is sqrt(strength^2 + nu^2 / p), the root mean square of a gradient component on
        the sphere over sqrt(p), so a drawn sample of one order has the unit 1 while nu^2 < 3 p; of
        several orders p is their mean, weighed by strength^2.
        """
        field = math.hypot(self.nu, self._pull_at(self.nu))
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
        """The unit of energy of the same landscape without field."""
        return _power_of_two(self.strength)

    def in_unit(self, unit: float) -> "Landscape":
        """Return the same landscape with all energies divided by a power of two.

        The couplings are shared; the division is exact.
        """
        if unit == 1.0:
            return self
        return self._with(
            strengths=tuple(strength / unit for strength in self.strengths),
            nu=self.nu / unit,
            field=self.field / unit,
            divisor=self.divisor * unit,
        )

    @property
    def scales(self) -> tuple[float, ...]:
        """The factor of each order: c_p n^{-(p-1)/2}, divided as by `in_unit`."""
        return tuple(_scale(self.n, p, c) / self.divisor for p, c in self.weights)

    @property
    def covariance(self) -> Covariance:
        """The covariance of drawn samples, of their noise alone where a point is hidden.

        Of tensors, what it says of orders and field alone.
        """
        noise = tuple((p, c / self.divisor / self.divisor) for p, c in self.weights if c)
        return Covariance(noise, self.nu)

    @property
    def is_odd(self) -> bool:
        """Whether H(-x) = -H(x): all orders odd; the field is."""
        return all(p % 2 == 1 for p in self.orders)

    @property
    def is_even(self) -> bool:
        """Whether H(-x) = H(x): all orders even and no field."""
        return all(p % 2 == 0 for p in self.orders) and not np.any(self.field)

    @property
    def details(self) -> dict[str, Any]:
        """What results say of it beside orders, field strength, seed and couplings."""
        own = {"field_sha256": checksum(self.field)} if self.own_field else {}
        return (self.signal.attributes if self.signal else {}) | dict(self.files) | own

    def with_field(self, field: ArrayLike) -> "Landscape":
        """Return the same landscape in a field of one's own; the couplings are shared.

        Parameters
        ----------
        field : (n,) array_like
            The field vector h; ``nu`` becomes its root mean square.

        Raises
        ------
        InputError
            If it has another shape, is not real or not finite, or a point is hidden.
        """
        if self.signal is not None:
            raise InputError(f"a field is given where no point is hidden, got {self!r}")
        vector = checked_field(field, self.n)
        nu = root_mean_square(vector)
        direction = vector / nu if nu else vector
        return self._with(field=vector, field_direction=direction, nu=nu, own_field=True)

    def from_files(self, **checksums: str) -> "Landscape":
        """Return the same landscape, whose results name the SHA-256 of files it was made of."""
        return self._with(files=tuple(sorted(checksums.items())))

    def checksum(self) -> str:
        """Return the SHA-256 of the packed couplings."""
        return self._checksum

    @cached_property
    def _checksum(self) -> str:
        return checksum(self.couplings)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Landscape):
            return NotImplemented
        return self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[object, ...]:
        return self.n, self.orders, self.scales, self.field.tobytes(), self._checksum

    def energy(self, x: ArrayLike) -> Array:
        """Return the energy per spin H/n, shape (...), at points of shape (..., n)."""
        points = points_of(x, self.n)
        inner, _ = self._interaction(points)
        # Not a BLAS product, whose rounding of one point depends on the others in the batch.
        along = np.einsum("...i,i->...", points, self.field)
        return (inner - along) / self.n

    def gradient(self, x: ArrayLike) -> Array:
        """Return the Euclidean gradient dH/dx at points of shape (..., n)."""
        points = points_of(x, self.n)
        _, slope = self._interaction(points)
        slope -= self.field
        return slope

    def riemannian_gradient(self, x: ArrayLike) -> Array:
        """Return the gradient on the sphere, dH - (x . dH / n) x, at points of shape (..., n)."""
        points = points_on_sphere(x, self.n)
        slope = self.gradient(points)
        radial = np.einsum("...i,...i->...", points, slope) / self.n
        return slope - radial[..., None] * points

    def radial_force(self, x: ArrayLike) -> Array:
        """Return X = x . dH / n, shape (...), at points of shape (..., n)."""
        points = points_on_sphere(x, self.n)
        return np.einsum("...i,...i->...", points, self.gradient(points)) / self.n

    def hessian(self, x: ArrayLike) -> Array:
        """Return the Riemannian Hessian, shape (..., n, n), at points of shape (..., n).

        The radial direction is projected out: x is an eigenvector with eigenvalue 0.
        """
        points = points_on_sphere(x, self.n)
        flat = points.reshape(-1, self.n)
        return evaluate.hessians(self, flat).reshape(*points.shape, self.n)

    def spectrum(self, x: ArrayLike) -> Array:
        """Return the n - 1 eigenvalues of the Hessian on the tangent space, ascending."""
        points = points_on_sphere(x, self.n)
        flat = points.reshape(-1, self.n)
        values = self.unit * evaluate.spectra(self.in_unit(self.unit), flat)
        return values.reshape(*points.shape[:-1], self.n - 1)

    def _interaction(self, points: Array) -> tuple[Array, Array]:
        form, slope = evaluate.interaction(self, points.reshape(-1, self.n))
        return form.reshape(points.shape[:-1]), slope.reshape(points.shape)

    def facts(self) -> dict[str, object]:
        """Return what a notebook shows of it."""
        law = self.covariance
        return {
            "spins": self.n,
            "orders": law.orders,
            "field": self.nu,
            "critical field": law.critical_field,
            "couplings": "its own" if self.seed is None else f"drawn from seed {self.seed}",
        }

    def __repr__(self) -> str:
        origin = "from a tensor" if self.seed is None else f"seed={self.seed}"
        origin += f", {self.signal.label}" if self.signal else ""
        law = self.covariance
        if law.is_pure:
            return f"PSpin(n={self.n}, p={law.name}, nu={self.nu:g}, {origin})"
        weights = ", ".join(f"{p}: {c:g}" for p, c in law.weights)
        return f"Mixed(n={self.n}, {{{weights}}}, nu={self.nu:g}, {origin})"


class Mixed(Landscape):
    """A sample of a spherical spin glass with couplings of several orders, in a magnetic field.

    Its covariance is n xi(q), xi(q) = sum_p c_p^2 q^p + nu^2 q; conventions in the module.

    Parameters
    ----------
    n : int
        Sites, at least 2.
    weights : mapping of int to float
        c_p^2 > 0 of each order p, 2 <= p <= 64.
    nu : float
        Field strength, at least 0; the field is ``nu`` times a standard normal vector.
    seed : int
        Fixes couplings and direction of the field; the couplings of the orders are independent.

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
    """A sample of the spherical p-spin glass in a magnetic field: the mixture of one order.

    Parameters
    ----------
    n : int
        Sites, at least 2.
    p : int
        Order of interaction, at least 2.
    nu : float
        Field strength, at least 0; the field is ``nu`` times a standard normal vector.
    seed : int
        Fixes couplings and direction of the field.

    Raises
    ------
    InputError
        If a value is not allowed.
    MemoryLimitError
        If the couplings would not fit into memory; checked before allocation.
    """

    def __init__(self, n: int, p: int, nu: float = 0.0, seed: int = 0) -> None:
        super().__init__(n, {integer_at_least("p", p, 2, LARGEST_ORDER): 1.0}, nu, seed)


def draw_landscape(
    n: int, orders: Covariance | Name, seed: int = 0, signal: Signal | None = None
) -> Landscape:
    """Draw the sample of a covariance, or of a name of one without field; hide a point in it.

    Raises
    ------
    InputError, MemoryLimitError
        As of `PSpin` for a pure model, of `Mixed` for a mixture.
    """
    law = Covariance.of(orders)
    plain: Landscape
    if law.is_pure:
        plain = PSpin(n, law.weights[0][0], law.nu, seed)
    else:
        plain = Mixed(n, dict(law.weights), law.nu, seed)
    return plain if signal is None else plain.with_signal(signal)[0]


def spiked(
    n: int, noise: Covariance | Name, order: int, strength: float, seed: int = 0
) -> tuple[Landscape, Array]:
    """Draw a sample and add a spike, n strength (x . s* / n)^order, to its -H.

    Parameters
    ----------
    n : int
        Sites.
    noise : Covariance, int or str
        The covariance of the noise, or its name without field.
    order : int
        Order of the spike, at least 1, be it one of the noise or not.
    strength : float
        Its strength, between 1e-6 and 1e6.
    seed : int
        Fixes noise and s*.

    Returns
    -------
    Landscape
        The sample with its spike.
    (n,) float64
        The point s*.

    Raises
    ------
    InputError, MemoryLimitError
        As of `draw_landscape`.
    """
    return draw_landscape(n, noise, seed).with_signal(Spike(order, strength))


def _scale(n: int, p: int, weight: float) -> float:
    """Return the factor c_p n^{-(p-1)/2} of an order; that of c_p = 1 where there is no noise."""
    return math.sqrt(weight or 1.0) * float(n ** (-(p - 1) / 2))


def _power_of_two(number: float) -> float:
    """Return the largest power of two that is not above a number; 1 for 0."""
    return math.ldexp(1.0, math.frexp(number)[1] - 1) if number else 1.0
