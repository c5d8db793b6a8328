"""Riemannian gradient, Hessian and spectrum on the sphere of radius sqrt(n), point by point.

With X = x . dH / n the radial force and P the projection on the tangent space, the gradient is
dH - X x and the Hessian P (d2H) P - X P.
"""

from collections import namedtuple
from collections.abc import Sequence

import numpy as np

from spinglass.kernels.compiled import jit as _jit
from spinglass.kernels.form import form_of
from spinglass.kernels.hessian import quadratic_form, unpack
from spinglass.kernels.simd import LANES

Lower = namedtuple("Lower", "hessians gradients energies")
"""Sums over all orders but the last, for each lane: of d2H (LANES, n, n), of dH (LANES, n) and of H
(LANES,), without field.  They are empty if there is one order."""


def new_lower(n: int, orders: Sequence[int]) -> Lower:
    """Allocate the sums over the lower orders."""
    lanes = LANES if len(orders) > 1 else 0
    return Lower(np.zeros((lanes, n, n)), np.zeros((lanes, n)), np.zeros(lanes))


@_jit
def load_points(points, packed):
    """Spread up to LANES points (count, n) over the lanes; unused lanes keep what they hold."""
    for lane in range(points.shape[0]):
        for i in range(points.shape[1]):
            packed[i * LANES + lane] = points[lane, i]


@_jit
def _sum_order(forms, k, packed, work, lower):
    """Add order number ``k`` to the sums; number 0 overwrites them."""
    n, p = forms.field.size, forms.orders[k]
    matrix = np.empty((n, n))
    quadratic_form(form_of(forms, k), packed, work)
    for lane in range(LANES):
        unpack(work.quadratic, -forms.scales[k], n, lane, matrix)
        energy = 0.0
        for i in range(n):
            slope = 0.0
            for j in range(n):
                slope += matrix[i, j] * packed[j * LANES + lane]
                before = lower.hessians[lane, i, j] if k > 0 else 0.0
                lower.hessians[lane, i, j] = before + matrix[i, j]
            slope /= p - 1
            lower.gradients[lane, i] = slope + (lower.gradients[lane, i] if k > 0 else 0.0)
            energy += packed[i * LANES + lane] * slope
        lower.energies[lane] = energy / p + (lower.energies[lane] if k > 0 else 0.0)


@_jit
def sum_orders(forms, packed, work, lower):
    """Sum the lower orders, and leave the quadratic form of the last one in ``work``."""
    last = forms.orders.size - 1
    for k in range(last):
        _sum_order(forms, k, packed, work, lower)
    quadratic_form(form_of(forms, last), packed, work)


Top = namedtuple("Top", "p factor field")
"""The degree of the last order, the factor from its quadratic form to d2H, and the field (n,)."""


@_jit
def top_of(forms):
    """Return the `Top` of a landscape."""
    last = forms.orders.size - 1
    p = forms.orders[last]
    return Top(p, -forms.scales[last], forms.field)


@_jit
def _add_lower(lower, lane, d2h, gradient):
    """Add d2H and the gradient of the lower orders; return their energy."""
    for i in range(gradient.size):
        gradient[i] += lower.gradients[lane, i]
        for j in range(gradient.size):
            d2h[i, j] += lower.hessians[lane, i, j]
    return lower.energies[lane]


@_jit
def riemannian_parts(top, quadratic, lower, lane, x, d2h, gradient):
    """Write the Riemannian Hessian and gradient of one lane; return (energy, radial force).

    ``quadratic`` is that of the last order.  The radial direction x becomes an eigenvector with
    eigenvalue 0.  Energy is H, not per spin.
    """
    n, p, field = x.size, top.p, top.field
    unpack(quadratic, top.factor, n, lane, d2h)
    gradient[:] = np.dot(d2h, x) / (p - 1)
    energy = np.dot(x, gradient) / p - np.dot(field, x)
    if lower.energies.size > 0:
        energy += _add_lower(lower, lane, d2h, gradient)
    gradient -= field
    radial = np.dot(x, gradient) / n
    gradient -= radial * x
    u = x / np.sqrt(np.dot(x, x))
    v = np.dot(d2h, u)
    twice = np.dot(u, v)
    v -= 0.5 * (twice + radial) * u
    for i in range(n):
        row = d2h[i]
        for j in range(n):
            row[j] -= u[i] * v[j] + v[i] * u[j]
        row[i] -= radial
    return energy, radial


@_jit
def add_radial(a, x, shift):
    """Give the radial direction the eigenvalue ``shift``."""
    n = x.size
    for i in range(n):
        for j in range(n):
            a[i, j] += shift / n * x[i] * x[j]


@_jit
def tangent_spectrum(hessian, x):
    """Return the n - 1 eigenvalues of a Riemannian Hessian on the tangent space, ascending."""
    _put_radial_last(hessian, x)
    return np.linalg.eigvalsh(hessian)[:-1]


@_jit
def tangent_modes(hessian, x):
    """Return all eigenvalues, and eigenvectors in columns; the last one is the radial direction."""
    _put_radial_last(hessian, x)
    return np.linalg.eigh(hessian)


@_jit
def _put_radial_last(hessian, x):
    """Give the radial direction an eigenvalue above all others."""
    shift = 1.0
    for i in range(x.size):
        shift = max(shift, 1.0 + np.sum(np.abs(hessian[i])))
    add_radial(hessian, x, shift)


@_jit
def riemannian_hessians(forms, points, work, lower, hessians, radial):
    """Write the Riemannian Hessian and the radial force of up to LANES points.

    Parameters
    ----------
    forms : Forms
        The landscape.
    points : (count, n) float64
        Points on the sphere, count at most LANES.
    work
        From `hessian.new_workspace`.
    lower
        From `new_lower`.
    hessians : (count, n, n) float64
        Receives the Hessians; the radial direction is an eigenvector with eigenvalue 0.
    radial : (count,) float64
        Receives X.
    """
    n = points.shape[1]
    packed = np.ones(n * LANES)
    gradient = np.empty(n)
    load_points(points, packed)
    sum_orders(forms, packed, work, lower)
    top = top_of(forms)
    for lane in range(points.shape[0]):
        _, radial[lane] = riemannian_parts(
            top, work.quadratic, lower, lane, points[lane], hessians[lane], gradient
        )
