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
from spinglass.landscape.random import normals
from spinglass.landscape.tensors import pack

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Landscape:
    """A landscape of one or several orders in a magnetic field; conventions in the module.

    Made by `PSpin`, `Mixed` and `from_tensor`; equal if couplings, factors and field are.

    Attributes
    ----------
    n : int
        Sites.
    weights : tuple of (int, float)
        The orders p, ascending, and their c_p^2; 1 for tensors.
    couplings : (sum of C(n + p - 1, p),) float64
        Packed coefficients of all orders, one behind the other, one per non-increasing index tuple.
    field : (n,) float64
        The field vector h.
    field_direction : (n,) float64
        The vector that a field strength multiplies: standard normal for drawn samples.
    nu : float
        Field strength; the root mean square of a given field.
    seed : int or None
        Which sample; None for tensors.
    strengths : tuple of float
        Of each order, c_p times the root mean square of its couplings: c_p for drawn samples, whose
        couplings are standard normal; that of the symmetric part for tensors.
    divisor : float
        What all energies are divided by, see `in_unit`.
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

    @staticmethod
    def from_tensor(
        couplings: ArrayLike | Mapping[int, ArrayLike], field: ArrayLike | None = None
    ) -> "Landscape":
        """Make a landscape of dense arrays of couplings, symmetric or not.

        Parameters
        ----------
        couplings : (n,) * p array_like, or mapping of int to such arrays
            J of the definition above; p >= 2 is its number of axes.  Of several orders, one array
            each.
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
        return Landscape(n, weights, whole, vector, direction, nu, None, strengths)

    def _with(self, **changes: object) -> "Landscape":
        """Return a landscape that differs in some attributes; arrays are shared."""
        mine = {each.name: getattr(self, each.name) for each in fields(Landscape)}
        return Landscape(**{**mine, **changes})

    def at_field(self, nu: float) -> "Landscape":
        """Return the same landscape at another field strength; the couplings are shared."""
        strength = field_strength(nu, LARGEST_FIELD * self.coupling_unit)
        return self._with(nu=strength, field=strength * self.field_direction)

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
        return _power_of_two(math.hypot(self.strength, self.nu / math.sqrt(self._mean_order)))

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
        return tuple(
            math.sqrt(c) * float(self.n ** (-(p - 1) / 2)) / self.divisor for p, c in self.weights
        )

    @property
    def covariance(self) -> Covariance:
        """The covariance of drawn samples; of tensors, what it says of orders and field alone."""
        if self.divisor == 1.0:
            return Covariance(self.weights, self.nu)
        divided = tuple((p, c / self.divisor / self.divisor) for p, c in self.weights)
        return Covariance(divided, self.nu)

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

    def __repr__(self) -> str:
        origin = "from a tensor" if self.seed is None else f"seed={self.seed}"
        if Covariance(self.weights).is_pure:
            return f"PSpin(n={self.n}, p={self.p}, nu={self.nu:g}, {origin})"
        weights = ", ".join(f"{p}: {c:g}" for p, c in self.weights)
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


def draw_landscape(n: int, orders: Covariance | Name, seed: int = 0) -> Landscape:
    """Draw the sample of a covariance, or of a name of one without field.

    Raises
    ------
    InputError, MemoryLimitError
        As of `PSpin` for a pure model, of `Mixed` for a mixture.
    """
    law = Covariance.of(orders)
    if law.is_pure:
        return PSpin(n, law.weights[0][0], law.nu, seed)
    return Mixed(n, dict(law.weights), law.nu, seed)


def _power_of_two(number: float) -> float:
    """Return the largest power of two that is not above a number; 1 for 0."""
    return math.ldexp(1.0, math.frexp(number)[1] - 1) if number else 1.0
