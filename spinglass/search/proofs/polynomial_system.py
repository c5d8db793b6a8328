"""The stationary points of a landscape as zeros of a polynomial system, complex ones included.

With u = x / sqrt(n) they are the zeros (u, lambda) of

    Phi(u, lambda) = (A(u) - lambda u, (1 - u . u) / 2),    A(u) = -dH(sqrt(n) u),

in the landscape's unit of energy; lambda is -sqrt(n) times the radial force.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.kernels.derivative_form import fill_derivative, monomial_tree
from spinglass.kernels.packing import binomials, flattening
from spinglass.kernels.path_room import System
from spinglass.kernels.zero_balls import Bounds
from spinglass.landscape.evaluate import for_kernels, forms_of
from spinglass.landscape.model import Landscape
from spinglass.search.proofs.enclosures import gamma, tensor_norm

Complex = NDArray[np.complex128]

REACH = 0.25
"""Largest distance within which other zeros are excluded, in the scales of `complex_zeros`."""

WITHIN = 1e-6
"""Largest radius, in these scales, of a ball that counts as proven."""

_SLACK = 1.0 + 1e-9


@dataclass(frozen=True)
class Polynomial:
    """The system Phi of a landscape, in the landscape's unit of energy.

    Attributes
    ----------
    model : Landscape
        The landscape, in its own unit.
    degree : int
        The highest order d, at least 3: a form of order 2 is multiplied by x0.
    variables : int
        n, or n + 1 if the homogeneous system needs x0 besides u.
    mirror : int
        The sign s for which (-u, s lambda) is a zero whenever (u, lambda) is; 0 if there is none.
    growth : tuple of (int, float)
        Each order p >= 3, and its bound of |D^2 A| on the unit ball; it grows as |u|^(p - 3).
    unit : float
        A power of two near the size of DA.
    derivative : (rows, monomials) float64
        DA divided by ``unit``, see `spinglass.kernels.path_room.System`.
    frobenius : float
        Bound of the Frobenius norm of DA, all entries counted, in the landscape's unit.
    least : float
        The smallest scale of lambda in certificates: ``unit`` if ``growth`` is empty, else 0.
    """

    model: Landscape
    degree: int
    variables: int
    mirror: int
    growth: tuple[tuple[int, float], ...]
    unit: float
    derivative: Array
    frobenius: float
    least: float

    @property
    def n(self) -> int:
        """Spins."""
        return self.model.n

    @property
    def system(self) -> System:
        """The system as the kernels take it."""
        tree = _tree(self.variables, self.degree)
        return System(self.derivative.reshape(-1), *tree)

    @property
    def bounds(self) -> Bounds:
        """The bounds of the system that certificates in lanes need."""
        growth = np.array(self.growth, float).reshape(-1, 2)
        return Bounds(self.unit, self.frobenius, growth, self.least, REACH, WITHIN)

    @cached_property
    def tensor(self) -> Array:
        """B, shape (n + 1,) * (d - 1) + (n,): A(u) is its contraction with (1, u), d - 1 times.

        It is symmetric in the contracted axes.
        """
        n, degree = self.n, self.degree
        tensor = np.zeros((n + 1,) * (degree - 1) + (n,))
        tensor[(0,) * (degree - 1)] = self.model.field
        for form, factor in zip(forms_of(self.model), _factors(self.model), strict=True):
            p, flat = form.p, np.empty((n, n ** (form.p - 1)))
            flattening(form.c, n, p, form.plan.table, flat)
            part = p * factor / comb(degree - 1, p - 1) * flat.reshape((n,) * p)
            for places in combinations(range(degree - 1), p - 1):
                where = tuple(slice(1, None) if k in places else 0 for k in range(degree - 1))
                tensor[where] = part
        return tensor


def _factors(own: Landscape) -> Array:
    """Return the factor of each order in A(u): its scale times n^((p - 1) / 2), (orders,)."""
    orders = np.array(own.orders)
    return np.array(own.scales) * own.n ** (0.5 * (orders - 1))


@lru_cache(maxsize=32)
def _tree(m: int, degree: int) -> tuple[NDArray[np.int64], ...]:
    """Return the arrays of `monomial_tree`; they are cached and must not be changed."""
    tree: tuple[NDArray[np.int64], ...] = monomial_tree(m, degree - 2, binomials(m, degree))
    return tree


def is_mirrored(model: Landscape) -> bool:
    """Say whether -x is stationary where x is."""
    return model.is_odd or model.is_even


def polynomial_of(model: Landscape) -> Polynomial:
    """Return the system of a landscape."""
    own = model.in_unit(model.unit)
    n, degree = model.n, max(3, *model.orders)
    # A single order without field is homogeneous without x0.
    m = n if own.orders == (degree,) and not own.field.any() else n + 1
    mirror = int(own.is_even) - int(own.is_odd)
    factors, growth = _factors(own), []
    for form, factor in zip(forms_of(own), factors, strict=True):
        p = form.p
        if p > 2:
            size = p * (p - 1) * (p - 2) * float(factor) * tensor_norm(form, n)
            growth.append((p, size * (1.0 + gamma(40))))
    pairs = n * (n + 1) // 2
    rows = -(-(pairs + (n if m > n else 0)) // 4) * 4
    derivative = np.zeros((rows, comb(m + degree - 3, degree - 2)))
    table = binomials(m, degree)
    fill_derivative(for_kernels(own), factors, own.field, degree, table, derivative)
    squares = np.einsum("rc,rc->r", derivative, derivative)
    diagonal = np.arange(n) * (np.arange(n) + 3) // 2
    whole = 2.0 * squares[:pairs].sum() - squares[diagonal].sum() + squares[pairs:].sum()
    frobenius = float(np.sqrt(whole)) * _SLACK
    # About the spectral norm of DA at |u| = 1; the start system has coefficients of size 1.
    size = frobenius / np.sqrt(n) / (degree - 1)
    unit = float(2.0 ** np.rint(np.log2(size))) if size > 0.0 else 1.0
    derivative /= unit
    least = 0.0 if growth else unit
    return Polynomial(own, degree, m, mirror, tuple(growth), unit, derivative, frobenius, least)
