"""The spherical p-spin glass in a field, and every convention of this package.

Notes
-----
On the sphere of radius sqrt(n), |x|^2 = n,

    -H(x) = n^{-(p-1)/2} sum_{i1..ip} J_{i1..ip} x_{i1} ... x_{ip} + h . x,

over ALL n^p index tuples, J i.i.d. N(0, 1) and h = nu eta with eta standard normal (Auffinger, Ben
Arous and Cerny, arXiv:1003.1129; Chaudhari and Soatto, arXiv:1511.06485).  Without field
E[H(x) H(y)] = n q^p exactly, with the overlap q = x . y / n.

* Energies are per spin, H/n.  Gradients are of H.  Gradient norms are quoted as |g| / sqrt(n).
* Riemannian gradient g = dH - X x, with the radial force X = x . dH / n; Riemannian Hessian
  P (d2H) P - X P, with P the projection on the tangent space.
* The Morse index counts the negative ones among the n - 1 tangent eigenvalues.
* Tolerances are relative.  Every landscape has a unit of energy, a power of two (`PSpin.unit`), and
  whatever is compared with a fixed number (a gradient norm, an eigenvalue, a step) is compared in
  this unit.  Couplings and field multiplied by a power of two give the same points to the bit.
* One seed fixes J and eta: changing nu bends one landscape.
"""

import math
from typing import Self

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
    real_array,
)
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.landscape import evaluate
from spinglass.landscape.forms import (
    checksum,
    draw_couplings,
    fold_tensor,
    rms_strength,
    root_mean_square,
)
from spinglass.landscape.random import normals

SMALLEST_STRENGTH = 1e-290
"""Below it, doubles of couplings and of their unit begin to lose digits."""

Array = NDArray[np.float64]


class PSpin:
    """A sample of the spherical p-spin glass in a magnetic field; conventions in the module.

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

    Attributes
    ----------
    couplings : (C(n + p - 1, p),) float64
        Packed coefficients, one per non-increasing index tuple.
    field : (n,) float64
        The field vector h.
    strength : float
        Root mean square of the couplings: 1 for a drawn sample, whose couplings are standard
        normal; of the symmetric part of a tensor otherwise.

    Raises
    ------
    InputError
        If a value is not allowed.
    MemoryLimitError
        If the couplings would not fit into memory; checked before allocation.
    """

    def __init__(self, n: int, p: int, nu: float = 0.0, seed: int = 0) -> None:
        self.n = integer_at_least("n", n, 2, LARGEST_SIZE)
        self.p = integer_at_least("p", p, 2, LARGEST_ORDER)
        self.nu = field_strength(nu)
        self.seed: int | None = integer_at_least("seed", seed, 0)
        self.couplings: Array = draw_couplings(self.n, self.p, self.seed)
        self.field_direction: Array = normals(self.seed, "field", 0, self.n)
        self.field: Array = self.nu * self.field_direction
        self.strength = 1.0
        self._divisor = 1.0

    @classmethod
    def from_tensor(cls, couplings: ArrayLike, field: ArrayLike | None = None) -> Self:
        """Make a model from a dense array of couplings, symmetric or not.

        Parameters
        ----------
        couplings : (n,) * p array_like
            J of the definition above; p >= 2 is its number of axes.
        field : (n,) array_like, optional
            The field vector h; ``nu`` becomes its root mean square.

        Raises
        ------
        InputError
            If an array has another shape, is not real or not finite, or all is so small that
            doubles begin to lose digits.
        """
        tensor = real_array("couplings", couplings)
        if tensor.ndim < 2 or len(set(tensor.shape)) != 1 or tensor.shape[0] < 2:
            raise InputError(
                f"couplings must have shape (n,) * p with n, p >= 2, got {tensor.shape}"
            )
        if not np.all(np.isfinite(tensor)):
            raise InputError("couplings must be finite")
        model = cls.__new__(cls)
        model.n, model.p = tensor.shape[0], tensor.ndim
        model.seed = None
        model.couplings = fold_tensor(tensor)
        if not np.all(np.isfinite(model.couplings)):
            raise InputError("couplings are too large: sums over the orderings of a tuple overflow")
        model.strength = rms_strength(model.couplings, model.n, model.p)
        model._divisor = 1.0
        vector = np.zeros(model.n) if field is None else real_array("field", field).copy()
        if vector.shape != (model.n,) or not np.all(np.isfinite(vector)):
            raise InputError(f"field must be finite with shape ({model.n},), got {vector.shape}")
        model.nu = root_mean_square(vector)
        if 0.0 < math.hypot(model.strength, model.nu) < SMALLEST_STRENGTH:
            raise InputError(
                "couplings and field must be 0 or have a root mean square of at least "
                f"{SMALLEST_STRENGTH:g}, got {model.strength:g} and {model.nu:g}"
            )
        model.field_direction = vector / model.nu if model.nu else vector
        model.field = vector
        return model

    def at_field(self, nu: float) -> Self:
        """Return the same landscape at another field strength; the couplings are shared."""
        twin = self._twin()
        twin.nu = field_strength(nu, LARGEST_FIELD * self.coupling_unit)
        twin.field = twin.nu * self.field_direction
        return twin

    @property
    def unit(self) -> float:
        """The landscape's unit of energy: the power of two just below its natural scale.

        That scale is sqrt(strength^2 + nu^2 / p), the root mean square of a gradient component on
        the sphere over sqrt(p), so a drawn sample has the unit 1 while nu^2 < 3 p.
        """
        return _power_of_two(math.hypot(self.strength, self.nu / math.sqrt(self.p)))

    @property
    def coupling_unit(self) -> float:
        """The unit of energy of the same landscape without field."""
        return _power_of_two(self.strength)

    def in_unit(self, unit: float) -> Self:
        """Return the same landscape with all energies divided by a power of two.

        The couplings are shared; the division is exact.
        """
        if unit == 1.0:
            return self
        twin = self._twin()
        twin.strength, twin.nu = self.strength / unit, self.nu / unit
        twin.field, twin._divisor = self.field / unit, self._divisor * unit
        return twin

    def _twin(self) -> Self:
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    @property
    def scale(self) -> float:
        """The factor of the interaction: n^{-(p-1)/2}, divided as by `in_unit`."""
        return float(self.n ** (-(self.p - 1) / 2)) / self._divisor

    @property
    def covariance(self) -> Covariance:
        """The covariance of drawn samples; of a tensor, what it says of order and field alone."""
        return Covariance.pure(self.p, self.nu)

    def checksum(self) -> str:
        """Return the SHA-256 of the packed couplings."""
        return checksum(self.couplings)

    def energy(self, x: ArrayLike) -> Array:
        """Return the energy per spin H/n, shape (...), at points of shape (..., n)."""
        points = points_of(x, self.n)
        form, _ = self._form(points)
        # Not a BLAS product, whose rounding of one point depends on the others in the batch.
        along = np.einsum("...i,i->...", points, self.field)
        return (-self.scale * form - along) / self.n

    def gradient(self, x: ArrayLike) -> Array:
        """Return the Euclidean gradient dH/dx at points of shape (..., n)."""
        points = points_of(x, self.n)
        _, slope = self._form(points)
        slope *= -self.scale
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

    def _form(self, points: Array) -> tuple[Array, Array]:
        form, slope = evaluate.form_and_gradient(self, points.reshape(-1, self.n))
        return form.reshape(points.shape[:-1]), slope.reshape(points.shape)

    def __repr__(self) -> str:
        origin = "from a tensor" if self.seed is None else f"seed={self.seed}"
        return f"PSpin(n={self.n}, p={self.p}, nu={self.nu:g}, {origin})"


def _power_of_two(number: float) -> float:
    """Return the largest power of two that is not above a number; 1 for 0."""
    return math.ldexp(1.0, math.frexp(number)[1] - 1) if number else 1.0
