"""A matrix in every lane: each lane against NumPy, and lanes that know nothing of each other."""

import numpy as np
import pytest

from spinglass import PSpin, descend
from spinglass.kernels import lane_cholesky, lane_spectrum, lanes, newton
from spinglass.kernels.simd import LANES
from spinglass.landscape import random_points
from spinglass.landscape.evaluate import for_kernels

SIZES = [1, 2, 3, 4, 5, 7, 8, 30, 41]


def packed(matrices):
    """Lay symmetric matrices (LANES, n, n) out as triangles, replicas innermost."""
    i, j = np.tril_indices(matrices.shape[1])
    return matrices[:, i, j].T.flatten()


def columns(vectors):
    return vectors.T.flatten()


def symmetric(n, seed=0):
    a = np.random.default_rng(seed).standard_normal((LANES, n, n))
    return a + a.transpose(0, 2, 1)


def positive(n, seed=0):
    a = np.random.default_rng(seed).standard_normal((LANES, n, n))
    return a @ a.transpose(0, 2, 1) + np.eye(n)


@pytest.mark.parametrize("n", SIZES)
def test_products_and_updates(n):
    a, rng = symmetric(n), np.random.default_rng(1)
    u, v = rng.standard_normal((2, LANES, n))
    triangle, out = packed(a), np.empty(n * LANES)
    lanes.times(triangle, n, columns(u), out)
    assert np.allclose(out, columns(np.einsum("lij,lj->li", a, u)), atol=1e-12)
    pair = np.einsum("li,lj->lij", u, v)
    lanes.subtract_pair(triangle, n, columns(u), columns(v))
    assert np.allclose(triangle, packed(a - pair - pair.transpose(0, 2, 1)), atol=1e-12)


@pytest.mark.parametrize("n", SIZES)
def test_cholesky_in_every_lane(n):
    a = positive(n)
    b = np.random.default_rng(1).standard_normal((LANES, n))
    triangle, x, inverse = packed(a), columns(b), np.empty(n * LANES)
    good = np.empty(LANES, np.bool_)
    lane_cholesky.factorise(triangle, n, inverse, good)
    assert good.all()
    factors = np.linalg.cholesky(a)
    diagonal = np.einsum("lii->li", factors)
    assert np.allclose(inverse, columns(1.0 / diagonal), rtol=1e-9)
    lane_cholesky.solve(triangle, n, inverse, x)
    assert np.allclose(x, columns(np.linalg.solve(a, b[..., None])[..., 0]), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("spoilt", ["indefinite", "nan"])
def test_a_lane_that_fails_leaves_the_others_alone(spoilt):
    n = 12
    a = positive(n)
    triangle, inverse = packed(a), np.empty(n * LANES)
    good = np.empty(LANES, np.bool_)
    lane_cholesky.factorise(triangle, n, inverse, good)
    b = a.copy()
    b[3] -= 200.0 * np.eye(n) if spoilt == "indefinite" else np.nan
    other, other_inverse = packed(b), np.empty(n * LANES)
    lane_cholesky.factorise(other, n, other_inverse, good)
    assert not good[3]
    assert good.sum() == LANES - 1
    keep = np.arange(LANES) != 3
    for one, two in ((triangle, other), (inverse, other_inverse)):
        assert np.array_equal(one.reshape(-1, LANES)[:, keep], two.reshape(-1, LANES)[:, keep])


def spectrum_ends(a, x):
    """Return the tangent eigenvalues found, (2, LANES), and the numbers below zero."""
    n = x.shape[1]
    diagonal, off, u, image = np.zeros((4, n * LANES))
    lane_spectrum.tridiagonalise(packed(a), n, columns(x), diagonal, off, u, image)
    found = np.empty((2, LANES))
    lane_spectrum.eigenvalue(diagonal, off, n - 1, 0, found[0])
    lane_spectrum.eigenvalue(diagonal, off, n - 1, n - 2, found[1])
    count = np.empty(LANES, np.int64)
    lane_spectrum.count_below(diagonal, off, n - 1, np.zeros(LANES), count)
    return found, count


def tangent(a, x):
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    projector = np.eye(a.shape[1]) - np.einsum("li,lj->lij", unit, unit)
    return projector @ a @ projector


@pytest.mark.parametrize("n", [2, 3, 4, 7, 30, 41])
def test_spectrum_on_the_space_orthogonal_to_a_null_vector(n):
    x = random_points(n, LANES, start_seed=3)
    a = tangent(symmetric(n), x)
    found, count = spectrum_ends(a, x)
    exact = np.linalg.eigvalsh(a + 1e3 * np.einsum("li,lj->lij", x, x))[:, :-1]
    assert np.allclose(found, exact[:, [0, -1]].T, atol=1e-11 * n)
    assert np.array_equal(count, (exact < 0.0).sum(axis=1))


@pytest.mark.parametrize("kind", ["multiple of one", "diagonal", "zero", "along an axis"])
def test_spectra_with_multiple_eigenvalues_and_zeros(kind):
    n = 9
    x = random_points(n, LANES, start_seed=3)
    if kind == "along an axis":
        x = np.sqrt(n) * np.eye(n)[np.arange(LANES) % n]
    core = {"zero": 0.0, "diagonal": np.diag(np.arange(n) % 3 - 1.0)}.get(kind, 2.0 * np.eye(n))
    a = tangent(np.broadcast_to(core, (LANES, n, n)).copy(), x)
    found, _ = spectrum_ends(a, x)
    exact = np.linalg.eigvalsh(a + 1e3 * np.einsum("li,lj->lij", x, x))[:, :-1]
    assert np.allclose(found, exact[:, [0, -1]].T, atol=1e-10)


def polish(model, points, count, tol=1e-12, steps=12):
    outcome, summary = np.empty((2, LANES), np.int64), np.full((4, LANES), np.nan)
    ends = np.ones((LANES, model.n))
    ends[:count] = points[:count]
    space = newton.new_space(model.n, model.orders)
    goal = newton.Goal(tol, steps)
    newton.polish(for_kernels(model), ends, count, goal, space, outcome, summary)
    return ends[:count], outcome[:, :count], summary[:, :count]


@pytest.mark.parametrize(("n", "p", "nu"), [(20, 3, 0.4), (8, 4, 0.0), (30, 2, 0.3), (7, 5, 1.0)])
def test_newton_against_the_model(n, p, nu):
    model = PSpin(n, p, nu, seed=1)
    minima = descend(model, LANES, tol=1e-12).spins
    near = minima + 1e-3 * np.random.default_rng(0).standard_normal(minima.shape)
    near *= np.sqrt(n) / np.linalg.norm(near, axis=1, keepdims=True)
    ends, outcome, summary = polish(model, near, LANES)
    assert (outcome[0] == newton.CONVERGED).all()
    assert not outcome[1].any()
    assert np.allclose(ends, minima, atol=1e-9)
    gradient = np.linalg.norm(model.riemannian_gradient(ends), axis=1) / np.sqrt(n)
    spectrum = model.spectrum(ends)
    assert np.allclose(summary[0], model.energy(ends), atol=1e-13)
    assert (gradient < 1e-11).all()
    assert np.allclose(summary[2:], spectrum[:, [0, -1]].T, atol=1e-11)


def test_newton_refuses_what_lies_in_no_bowl_and_keeps_it():
    model = PSpin(20, 3, 0.0, seed=1)
    minima = descend(model, LANES, tol=1e-12).spins
    points = minima.copy()
    points[::2] = random_points(20, LANES, start_seed=5)[::2]
    ends, outcome, _ = polish(model, points, LANES)
    assert (outcome[0, 1::2] == newton.CONVERGED).all()
    assert (outcome[0, ::2] == newton.REFUSED).all()
    assert np.array_equal(ends[::2], points[::2])


def test_newton_does_not_mind_its_neighbours():
    model = PSpin(20, 3, 0.2, seed=1)
    near = descend(model, LANES, tol=1e-3).spins
    together, outcome, summary = polish(model, near, LANES)
    for k in (0, 5, LANES - 1):
        alone, one, numbers = polish(model, near[k : k + 1], 1)
        assert np.array_equal(alone[0], together[k])
        assert np.array_equal(one[:, 0], outcome[:, k])
        assert np.array_equal(numbers[:, 0], summary[:, k])


def test_a_stationary_saddle_is_certified_as_one():
    model = PSpin(30, 2, 0.0, seed=0)
    form = -2.0 * model.scales[0] * symmetric_form(model)
    vectors = np.linalg.eigh(form)[1].T[:LANES] * np.sqrt(30)
    _, outcome, summary = polish(model, vectors, len(vectors), tol=1e-10)
    assert (outcome[0] == newton.CONVERGED).all()
    assert np.array_equal(outcome[1], np.arange(len(vectors)))
    assert (summary[2][1:] < 0.0).all()


def symmetric_form(model):
    """Return the matrix J of F = x^T J x for p = 2."""
    i, j = np.tril_indices(model.n)
    matrix = np.zeros((model.n, model.n))
    matrix[i, j] += 0.5 * model.couplings
    matrix[j, i] += 0.5 * model.couplings
    return matrix
