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
(LANES,), without field.  Where there is one order they are empty."""


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
def form_factor(p, scale):
    """Return the factor that turns the unpacked quadratic form into d2H."""
    factor = -scale
    for d in range(2, p - 1):
        factor /= d
    return factor


@_jit
def sum_orders(forms, packed, work, lower):
    """Sum up the lower orders, and leave the quadratic form of the last one in ``work[0]``."""
    last = forms.orders.size - 1
    n = forms.field.size
    x, matrix = np.empty(n), np.empty((n, n))
    for k in range(last):
        p = forms.orders[k]
        factor = form_factor(p, forms.scales[k])
        quadratic_form(form_of(forms, k), packed, work)
        for lane in range(LANES):
            if k == 0:
                lower.hessians[lane] = 0.0
                lower.gradients[lane] = 0.0
                lower.energies[lane] = 0.0
            x[:] = packed[lane::LANES]
            unpack(work[0], factor, n, lane, matrix)
            gradient = np.dot(matrix, x) / (p - 1)
            lower.hessians[lane] += matrix
            lower.gradients[lane] += gradient
            lower.energies[lane] += np.dot(x, gradient) / p
    quadratic_form(form_of(forms, last), packed, work)


@_jit
def riemannian_parts(forms, quadratic, lower, lane, x, d2h, gradient):
    """Write the Riemannian Hessian and gradient of one lane; return (energy, radial force).

    ``quadratic`` is that of the last order.  The radial direction x becomes an eigenvector with
    eigenvalue 0.  Energy is H, not per site.
    """
    n, last = x.size, forms.orders.size - 1
    p, field = forms.orders[last], forms.field
    unpack(quadratic, form_factor(p, forms.scales[last]), n, lane, d2h)
    gradient[:] = np.dot(d2h, x) / (p - 1)
    energy = np.dot(x, gradient) / p - np.dot(field, x)
    if last > 0:
        d2h += lower.hessians[lane]
        gradient += lower.gradients[lane]
        energy += lower.energies[lane]
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
        Where.
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
    for lane in range(points.shape[0]):
        _, radial[lane] = riemannian_parts(
            forms, work[0], lower, lane, points[lane], hessians[lane], gradient
        )
