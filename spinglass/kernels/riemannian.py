"""Riemannian gradient, Hessian and spectrum on the sphere of radius sqrt(n), point by point.

With X = x . dH / n the radial force and P the projection on the tangent space, the gradient is
dH - X x and the Hessian P (d2H) P - X P.
"""

import numpy as np

from spinglass.kernels.compiled import jit as _jit
from spinglass.kernels.hessian import quadratic_form, unpack
from spinglass.kernels.simd import LANES


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
def riemannian_parts(d2h, p, x, field, gradient):
    """Turn d2H into the Riemannian Hessian in place; return (energy, radial force).

    ``gradient`` receives the Riemannian gradient.  The radial direction x becomes an
    eigenvector with eigenvalue 0.  Energy is H, not per site.
    """
    n = x.size
    gradient[:] = np.dot(d2h, x) / (p - 1)
    energy = np.dot(x, gradient) / p - np.dot(field, x)
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
def riemannian_hessians(landscape, points, work, hessians, radial):
    """Write the Riemannian Hessian and the radial force of up to LANES points.

    Parameters
    ----------
    landscape : Landscape
        Where.
    points : (count, n) float64
        Points on the sphere, count at most LANES.
    work
        From `hessian.new_workspace`.
    hessians : (count, n, n) float64
        Receives the Hessians; the radial direction is an eigenvector with eigenvalue 0.
    radial : (count,) float64
        Receives X.
    """
    n = points.shape[1]
    c, p, table = landscape.c, landscape.p, landscape.plan.table
    factor = form_factor(p, landscape.scale)
    packed = np.ones(n * LANES)
    gradient = np.empty(n)
    load_points(points, packed)
    quadratic_form(c, p, n, packed, table, work)
    for lane in range(points.shape[0]):
        unpack(work[0], factor, n, lane, hessians[lane])
        _, radial[lane] = riemannian_parts(
            hessians[lane], p, points[lane], landscape.field, gradient
        )
