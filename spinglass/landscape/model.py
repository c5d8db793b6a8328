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
* One seed fixes J and eta: nu and c_p then only weigh the same field direction and couplings.  An
  order has other couplings alone than in a mixture of several.
"""

from collections.abc import Mapping
from dataclasses import fields

import numpy as np
from numpy.typing import ArrayLike

from spinglass.arrays import Array
from spinglass.checks import LARGEST_FIELD, field_strength, points_of, points_on_sphere
from spinglass.errors import InputError
from spinglass.landscape import evaluate
from spinglass.landscape.forms import root_mean_square
from spinglass.landscape.hiding import hide
from spinglass.landscape.planting import hidden_point
from spinglass.landscape.tensors import checked_field, pack
from spinglass.landscape.terms import Terms
from spinglass.shown import Shown
from spinglass.signals import Planted, Signal


class Landscape(Terms, Shown):
    """A landscape of one or several orders in a magnetic field; conventions in the module.

    Made by `PSpin`, `Mixed` and `from_tensor`.  Two landscapes are equal if their couplings,
    factors and fields are.

    Attributes
    ----------
    n : int
        Spins.
    weights : tuple of (int, float)
        The orders p, ascending, and their c_p^2; 1 for tensors; 0 for an order with a spike and no
        noise, whose factor is that of c_p = 1.
    couplings : (sum of C(n + p - 1, p),) float64
        Packed coefficients, one per non-increasing index tuple, one order after another.
    field : (n,) float64
        The field vector h.
    field_direction : (n,) float64
        The vector that the field strength multiplies: standard normal for drawn samples, without
        the part along a pinned point.
    nu : float
        Field strength; for a field given as a vector, its root mean square.
    seed : int or None
        Seed of a drawn sample; None for tensors.
    strengths : tuple of float
        Root mean square of the couplings of each order times c_p: c_p for drawn samples, whose
        couplings are standard normal; that of the symmetric part for tensors.
    divisor : float
        The number that all energies are divided by, see `in_unit`.
    signal : Signal or None
        The signal that hides a point in the landscape.
    own_field : bool
        Whether the field was given as a vector.
    files : tuple of (str, str)
        Attributes that results have for the files it was made from: name and SHA-256.
    """

    @staticmethod
    def from_tensor(
        couplings: ArrayLike | Mapping[int, ArrayLike], field: ArrayLike | None = None
    ) -> "Landscape":
        """Make a landscape from dense arrays of couplings, symmetric or not.

        Parameters
        ----------
        couplings : (n,) * p array_like, or mapping of int to such arrays
            J of the module's notes, with p >= 2 axes; for several orders a mapping with one array
            each.  In a mapping, an array with one axis holds packed coefficients, as `couplings`.
        field : (n,) array_like, optional
            The field vector h; ``nu`` becomes its root mean square.

        Raises
        ------
        InputError
            If an array has another shape, is not real or not finite, or couplings and field are
            all so small that doubles lose digits.
        """
        n, orders, whole, vector, strengths = pack(couplings, field)
        nu = root_mean_square(vector)
        direction = vector / nu if nu else vector
        weights = tuple((p, 1.0) for p in orders)
        plain = Landscape(n, weights, whole, vector, direction, nu, None, strengths)
        return plain._with(own_field=nu > 0.0)

    def _with(self, **changes: object) -> "Landscape":
        """Return a landscape with some attributes changed; the other arrays are shared."""
        mine = {each.name: getattr(self, each.name) for each in fields(Landscape)}
        return Landscape(**{**mine, **changes})

    def at_field(self, nu: float) -> "Landscape":
        """Return the same landscape at another field strength; the couplings are shared.

        The signal of a planted point changes with the field strength.

        Raises
        ------
        InputError
            If the strength is not allowed, or is above 0 and `field_direction` is 0.
        """
        strength = field_strength(nu, LARGEST_FIELD * self.coupling_unit)
        if strength > 0.0 and not self.field_direction.any():
            raise InputError(
                f"nu must be 0 where the landscape has no direction of a field, got {nu:g}"
            )
        field, pull = strength * self.field_direction, self.pull_at(strength)
        if pull and self.hidden is not None:
            field = field + pull * self.hidden
        return self._with(nu=strength, field=field)

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
            The landscape with the planted point as its `hidden`.
        (n,) float64
            The planted point s*, which the seed fixes.

        Raises
        ------
        InputError
            If the temperature is not allowed, or this is not a drawn sample without a signal.
        MemoryLimitError
            If the new couplings would not fit beside the old ones.
        """
        return self.with_signal(Planted(temperature, pinned))

    def with_signal(self, signal: Signal) -> tuple["Landscape", Array]:
        """Hide the point of a signal; returns and raises as `planted` does."""
        if self.seed is None or self.signal is not None or self.divisor != 1.0:
            raise InputError(
                f"a point must be hidden in a drawn landscape that has none, got {self!r}"
            )
        changed = self._with(**hide(self, self.seed, signal)).at_field(self.nu)
        return changed, hidden_point(self.n, self.seed)

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

    def with_field(self, field: ArrayLike) -> "Landscape":
        """Return the same landscape with a given field vector; the couplings are shared.

        Parameters
        ----------
        field : (n,) array_like
            The field vector h; ``nu`` becomes its root mean square.

        Raises
        ------
        InputError
            If the vector has another shape, is not real or not finite, or a point is hidden.
        """
        if self.signal is not None:
            raise InputError(f"a field is given where no point is hidden, got {self!r}")
        vector = checked_field(field, self.n)
        nu = root_mean_square(vector)
        direction = vector / nu if nu else vector
        return self._with(field=vector, field_direction=direction, nu=nu, own_field=True)

    def from_files(self, **checksums: str) -> "Landscape":
        """Return the same landscape with `files` set, so that results name their SHA-256."""
        return self._with(files=tuple(sorted(checksums.items())))

    def energy(self, x: ArrayLike) -> Array:
        """Return the energy per spin H/n, shape (...), at points of shape (..., n)."""
        points = points_of(x, self.n)
        inner, _ = self._interaction(points)
        # Not a BLAS product: its rounding at one point depends on the others in the batch.
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
        """Return what a notebook shows of the landscape, by label."""
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
