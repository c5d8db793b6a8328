"""Degenerate solutions near the points where paths stall just before they arrive.

A path to a solution with a singular Jacobian, isolated or not, is followed in ever shorter steps
and does not arrive.  From the point where it stalls, the homogeneous system

    A(u, x0) = lambda u,    u . u = x0^2

is solved by Gauss-Newton steps of least length, without the directions that the Jacobian nearly
annihilates.  These computations prove nothing.
"""

import numpy as np

from spinglass.arrays import Array
from spinglass.landscape.random import generator
from spinglass.search.proofs.complex_zeros import contracted
from spinglass.search.proofs.polynomial_system import Complex, Polynomial

_STEPS = 20
_BATCH = 128
_SINGULAR = 1e-4
"""Singular values below this count as 0, relative to the largest."""
_LEFT_OUT = 1e-7
"""Steps leave out directions with singular values below this, relative to the largest."""
_SOLVED = 1e-8
"""Below this, a residual counts as 0, a point as real, and x0 as 0, that is at infinity."""
_NEAR = 0.1
"""How far a solution may be from where its path stalled, with (u, x0) near length 1."""
_MOST = 64
"""How many ends `on_a_curve` looks at."""
_PROBES = 16
_STRIDE = 0.1
_APART = 0.01
"""Steps are about `_STRIDE` long; solutions farther apart than `_APART` are different ones."""


def settled(system: Polynomial, z: Complex) -> Complex:
    """Return the degenerate solution near each point (u, lambda), (count, n + 1); nan if none.

    The Jacobian is singular at a degenerate solution; u is huge for one at infinity.
    """
    parts = [_settle(system, z[first : first + _BATCH]) for first in range(0, len(z), _BATCH)]
    return np.concatenate([np.empty((0, system.n + 1), np.complex128), *parts])


def on_a_curve(system: Polynomial, ends: Complex) -> bool:
    """Say whether real degenerate solutions near the ends u, (count, n), are not isolated."""
    real = ends.real[np.linalg.norm(ends.real, axis=1) > _NEAR][:_MOST]
    if not len(real):
        return False
    here = settled(system, _on_the_sphere(system, real))
    here = here[np.linalg.norm(here.imag, axis=1) < _SOLVED]
    if not len(here):
        return False
    directions = generator(0, "degenerate ends").normal(size=(_PROBES, len(here), system.n))
    for step in _STRIDE / np.sqrt(system.n) * directions:
        there = settled(system, _on_the_sphere(system, here[:, :-1].real + step))
        apart = np.linalg.norm((there - here)[:, :-1], axis=1)
        # From near an isolated solution, Gauss-Newton leads back to it.
        if np.any((apart > _APART) & (np.linalg.norm(there.imag, axis=1) < _SOLVED)):
            return True
    return False


def _on_the_sphere(system: Polynomial, u: Array) -> Complex:
    """Return u scaled to length 1, and u . A(u) there, (count, n + 1)."""
    u = u / np.linalg.norm(u, axis=1, keepdims=True)
    y = np.concatenate([np.ones((len(u), 1)), u], axis=1)
    force = np.einsum("ci,ci->c", u, contracted(system.tensor, y)[0])
    return np.concatenate([u, force[:, None]], axis=1).astype(np.complex128)


def _settle(system: Polynomial, z: Complex) -> Complex:
    n, power = system.n, system.degree - 2
    x0 = 1.0 / np.sqrt(1.0 + np.linalg.norm(z[:, :-1], axis=1, keepdims=True) ** 2)
    w = np.concatenate([x0 * z[:, :-1], x0 + 0j, x0**power * z[:, -1:] / system.unit], axis=1)
    start = w.copy()
    for _ in range(_STEPS):
        value, slope = _homogeneous(system, w)
        if not np.isfinite(slope).all():
            w[~np.isfinite(slope).all(axis=(1, 2))] = 0.0
            break
        w = w - np.einsum("cij,cj->ci", np.linalg.pinv(slope, rcond=_LEFT_OUT), value)
    value, slope = _homogeneous(system, w)
    sizes = np.linalg.svd(slope, compute_uv=False)
    good = np.linalg.norm(value, axis=1) <= _SOLVED * (1.0 + np.abs(w[:, -1]))
    good &= sizes[:, -1] <= _SINGULAR * sizes[:, 0]
    good &= np.linalg.norm((w - start)[:, :-1], axis=1) <= _NEAR
    x0 = np.where(np.abs(w[:, n : n + 1]) < _SOLVED, _SOLVED, w[:, n : n + 1])
    solutions = np.concatenate([w[:, :n] / x0, w[:, n + 1 :] / x0**power * system.unit], axis=1)
    solutions[~good] = np.nan
    return solutions


def _homogeneous(system: Polynomial, w: Complex) -> tuple[Complex, Complex]:
    """Return the equations, (count, n + 1), and their derivative, (count, n + 1, n + 2)."""
    n, u, force = system.n, w[:, : system.n], w[:, system.n + 1 :]
    y = np.concatenate([w[:, n : n + 1], u], axis=1)
    value, matrix = contracted(system.tensor / system.unit, y)
    slope = np.zeros((len(w), n + 1, n + 2), np.complex128)
    slope[:, :n, :n] = (system.degree - 1) * matrix[:, :, 1:] - force[:, :, None] * np.eye(n)
    slope[:, :n, n] = (system.degree - 1) * matrix[:, :, 0]
    slope[:, :n, n + 1] = -u
    slope[:, n, :n], slope[:, n, n] = 2.0 * u, -2.0 * w[:, n]
    last = (u * u).sum(axis=1, keepdims=True) - w[:, n : n + 1] ** 2
    return np.concatenate([value - force * u, last], axis=1), slope
