"""All complex stationary points: an oracle, closed forms, what is proven, and what must not be."""

import math
from dataclasses import replace
from functools import reduce
from itertools import pairwise, product

import numpy as np
import pytest

from spinglass import Mixed, PSpin
from spinglass.control import FREE, Control
from spinglass.errors import InputError, MemoryLimitError
from spinglass.kernels.homotopy import Steps
from spinglass.landscape import Landscape
from spinglass.landscape.drawn import spiked
from spinglass.machine import Room
from spinglass.search import path_search, paths, prove_stationary, solution_count, solve_complex
from spinglass.search.path_blocks import PathBlocks
from spinglass.search.proofs import complex_zeros
from spinglass.search.proofs.complex_zeros import (
    distinct,
    indices,
    meetings,
    mirrored,
    no_balls,
    prove_with_pivots,
    prove_zeros,
)
from spinglass.search.proofs.polynomial_system import polynomial_of
from spinglass.search.real_points import real_points
from spinglass.search.solution_counts import path_count, usual_method
from spinglass.search.stationary import find_stationary_points
from spinglass.theory import mean_by_index

LOOSE = Steps(10.0, 2.0, 1.0, 1e6, 500)
"""Steps that are refused for nothing: paths are lost and jump to others."""


def contract(tensor, u):
    """Return the gradients of T u^p at the rows of u, axis by axis."""
    total = 0.0
    for axis in range(tensor.ndim):
        part = np.tensordot(u, np.moveaxis(tensor, axis, 0), (1, -1))
        while part.ndim > 2:
            part = np.einsum("c...i,ci->c...", part, u)
        total = total + part
    return total


def jacobians(function, u):
    """Return the derivatives, at the rows of u, of a polynomial map of degree 3 or less.

    They are exact but for rounding.
    """
    columns = []
    for e in np.eye(u.shape[1]):
        near, far = (function(u + k * e) - function(u - k * e) for k in (1.0, 2.0))
        columns.append((8.0 * near - far) / 12.0)
    return np.stack(columns, axis=2)


def oracle_starts(d, a):
    """Return the solutions of a_i u_i^(d-1) = lambda u_i, u . u = 1: one set of sites at a time."""
    n, roots = len(a), np.exp(2j * np.pi * np.arange(d - 2) / (d - 2))
    found = []
    for choice in product([0.0, *roots], repeat=n):
        if any(choice):
            u = np.array(choice) * a ** (-1.0 / (d - 2))
            x0 = np.sqrt(u @ u)
            for sign in (1.0, -1.0):
                found.append(np.append(u / (sign * x0), (sign * x0) ** (2.0 - d)))
    # The d - 2 multiples (s u, x0 s) of one solution are the same.
    kept = []
    for z in found:
        if all(np.linalg.norm(z - other) > 1e-9 for other in kept):
            kept.append(z)
    return kept


def oracle(tensors, field, steps=120):
    """Follow all paths by Euler's method and Newton's, in (u, lambda) as it is."""
    n, d = len(field), max(tensor.ndim for tensor in tensors)
    size = math.sqrt(sum(np.sum(tensor**2) for tensor in tensors))
    a = size * np.exp(2j * np.pi * np.random.default_rng(7).uniform(size=n))

    def system(z, t):
        u, force = z[:, :n], z[:, n:]
        wanted = sum(contract(tensor, u) for tensor in tensors) + field
        along = t * wanted + (1 - t) * a * u ** (d - 1) - force * u
        return np.append(along, 1.0 - np.sum(u * u, axis=1, keepdims=True), axis=1)

    def quotients(z, t, values):
        derivatives = jacobians(lambda y: system(y, t), z)
        return np.linalg.solve(derivatives, values[..., None])[..., 0]

    z = np.array(oracle_starts(d, a))
    for t, after in pairwise(np.linspace(0, 1, steps)):
        z = z - (after - t) * quotients(z, t, system(z, 1.0) - system(z, 0.0))
        for _ in range(2):
            z = z - quotients(z, after, system(z, after))
    return z[:, :n]


def same_sets(first, second, tolerance=1e-6):
    apart = np.linalg.norm(first[:, None] - second[None], axis=2)
    if not len(first) or len(first) != len(second):
        return len(first) == len(second)
    return max(apart.min(0).max(), apart.min(1).max()) < tolerance


def tensors(n, orders, seed):
    draw = np.random.default_rng(seed)
    return {p: draw.normal(size=(n,) * p) for p in orders}, draw.normal(size=n)


def rank_one(n, p, seed=0):
    vector = np.random.default_rng(seed).normal(size=n)
    return reduce(np.multiply.outer, [vector] * p)


def in_system(model, found):
    """Return the solutions in the variables that the proofs use."""
    force = -math.sqrt(model.n) / model.unit * found.radial_force
    return np.concatenate([found.u, force[:, None]], axis=1)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "orders"), [(2, (3,)), (3, (3,)), (2, (3, 4)), (2, (2, 4))])
def test_the_slow_oracle_finds_the_same_solutions(n, orders):
    couplings, field = tensors(n, orders, 3)
    # In u = x / sqrt(n) the factors n^(-(p-1)/2) of the definition cancel.
    wanted = oracle(list(couplings.values()), field)
    found = solve_complex(Landscape.from_tensor(couplings, field))
    assert found.complete
    assert same_sets(found.u, wanted)


@pytest.mark.parametrize(
    ("model", "halved"),
    [
        (PSpin(6, 3, 0.0, 1), True),
        (PSpin(5, 3, 1.0, 2), True),
        (PSpin(4, 4, 0.0, 3), True),
        (PSpin(4, 4, 1.0, 4), False),
        (PSpin(3, 5, 0.5, 5), True),
        (PSpin(3, 6, 0.0, 6), True),
        (Mixed(4, {2: 1.0, 3: 0.5}, 0.3, 7), False),
        (Mixed(4, {2: 1.0, 4: 0.5}, 0.0, 8), True),
        (Mixed(3, {3: 1.0, 5: 2.0}, 1.0, 9), True),
        (Mixed(4, {3: 1.0, 4: 0.5}, 0.0, 1), False),
        (Mixed(4, {2: 1.0, 4: 0.5}, 0.7, 1), False),
        (PSpin(4, 5, 0.0, 1), True),
        (PSpin(3, 6, 0.8, 2), False),
    ],
    ids=repr,
)
def test_all_solutions_are_found_and_proven(model, halved):
    check_all_are_found(model, halved)


@pytest.mark.parametrize(
    ("n", "p", "nu", "temperature", "halved"),
    [(5, 3, 0.5, 0.5, True), (4, 4, 0.0, 0.7, True), (4, 2, 0.5, 0.7, False)],
)
def test_all_solutions_are_found_where_an_equilibrium_is_planted(n, p, nu, temperature, halved):
    check_all_are_found(PSpin(n, p, nu, 3).planted(temperature)[0], halved)


@pytest.mark.parametrize(
    ("n", "p", "strength", "noise", "halved"),
    [(5, 3, 2.0, 3, True), (4, 2, 1.5, 3, False), (5, 1, 1.5, 2, False)],
)
def test_all_solutions_are_found_where_a_spike_is_hidden(n, p, strength, noise, halved):
    check_all_are_found(spiked(n, p, strength, 1, noise=noise)[0], halved)


def check_all_are_found(model, halved):
    found = solve_complex(model)
    n, p = model.n, max(model.orders)
    assert found.complete
    assert found.decided
    assert found.halved == halved
    assert len(found.u) == found.expected == solution_count(n, p)
    assert found.arrived == found.paths == found.expected // (2 if halved else 1)
    assert np.einsum("ci,ci->c", found.u, found.u) == pytest.approx(np.ones(len(found.u)), abs=1e-8)
    spins = math.sqrt(n) * found.u[found.real].real
    assert np.linalg.norm(model.riemannian_gradient(spins), axis=1).max() < 1e-8
    assert same_sets(found.u[found.unreal], found.u[found.unreal].conj())


def test_the_number_of_solutions_is_that_of_the_theorem():
    for n, p in product(range(2, 6), range(3, 7)):
        assert solution_count(n, p) == 2 * ((p - 1) ** n - 1) // (p - 2)
        assert solution_count(n, 2) == 2 * n


@pytest.mark.parametrize("nu", [0.0, 1.0])
@pytest.mark.parametrize(("n", "degree"), [(2, 3), (4, 3), (3, 4), (3, 5), (2, 7)])
def test_the_starts_are_as_many_as_the_theorem_says_and_solve_their_system(n, degree, nu):
    a = np.exp(1j * np.random.default_rng(0).uniform(0.0, 2.0 * np.pi, n))
    system, count = polynomial_of(PSpin(n, degree, nu)), solution_count(n, degree)
    number = np.arange(count // (2 if system.mirror else 1))
    starts = paths.start_points(system, a, number)
    assert np.array_equal(starts[1:], paths.start_points(system, a, number[1:]))
    u, force = starts[:, :n], starts[:, -1:]
    x0 = np.sqrt((u * u).sum(1, keepdims=True)) if system.variables == n else starts[:, n : n + 1]
    assert np.abs(a * u ** (degree - 1) - force * u).max() < 1e-12
    assert np.abs((u * u).sum(1, keepdims=True) - x0**2).max() < 1e-12
    z = np.concatenate([u / x0, force / x0 ** (degree - 2)], axis=1)
    if system.mirror:
        z = np.concatenate([z, mirrored(system.mirror, z)])
    assert len(z) == count
    assert same_sets(z, np.array(oracle_starts(degree, a)), 1e-9)


def secular_zeros(matrix, field):
    """Return the points of order 2 by the roots of a polynomial, and by the secular equation.

    With v_i = (field along eigenvector i)^2, sum v_i / (lambda - mu_i)^2 = 1.
    """
    mu, vectors = np.linalg.eigh(matrix)
    along = vectors.T @ field
    factors = [np.poly([each, each]) for each in mu]
    whole = reduce(np.polymul, factors)
    for i, strength in enumerate(along**2):
        others = reduce(np.polymul, [f for j, f in enumerate(factors) if j != i], np.ones(1))
        whole = np.polysub(whole, strength * others)
    force = np.roots(whole)
    return along / (force[:, None] - mu) @ vectors.T


@pytest.mark.parametrize("n", [2, 5, 12])
def test_order_two_without_field_has_the_eigenvectors(n):
    draw = np.random.default_rng(n)
    matrix = draw.normal(size=(n, n))
    matrix += matrix.T
    matrix -= np.linalg.eigvalsh(matrix)[n // 2] * np.eye(n)  # one eigenvalue is 0
    found = solve_complex(Landscape.from_tensor(matrix))
    assert found.complete
    assert found.real.all()
    assert found.halved
    assert found.expected == found.found == solution_count(n, 2) == 2 * n
    vectors = np.linalg.eigh(matrix)[1].T
    assert same_sets(found.u, np.concatenate([vectors, -vectors]), 1e-9)
    points = find_stationary_points(found.model, method="homotopy")
    assert points.proven
    assert np.array_equal(points.counts(n), np.full(n, 2))


@pytest.mark.parametrize("nu", [1e-9, 1e-3, 0.5, 3.0])
@pytest.mark.parametrize("n", [2, 4, 7])
def test_order_two_in_a_field_has_the_roots_of_the_secular_equation(n, nu):
    draw = np.random.default_rng(n)
    matrix, field = draw.normal(size=(n, n)), nu * draw.normal(size=n)
    matrix += matrix.T
    # x = sqrt(n) u: the gradient of u A u is 2 A u, and sqrt(n) times that of the field is h.
    found = solve_complex(Landscape.from_tensor(0.5 * matrix, field))
    assert found.complete
    assert found.decided
    assert not found.halved
    assert len(found.u) == found.expected == 2 * n
    if nu > 1e-6:  # roots that lie closer the polynomial does not tell apart
        assert same_sets(found.u, secular_zeros(matrix, field), 1e-4)
    real = found.u[found.real].real
    residual = real @ matrix + field
    force = np.einsum("ci,ci->c", real, residual)
    assert residual == pytest.approx(force[:, None] * real, abs=1e-9)
    points = find_stationary_points(found.model, method="homotopy")
    assert points.proven
    assert points.euler_holds


@pytest.mark.parametrize("along", [0.0, 1e-12, 1e-7, 1e-6, 1e-5])
def test_a_field_orthogonal_to_an_eigenvector_has_two_points_at_its_eigenvalue(along):
    matrix, field = 0.5 * np.diag([1.0, 2.0, 3.0, 4.0]), np.array([along, 0.3, 0.5, 0.2])
    found = solve_complex(Landscape.from_tensor(matrix, field))
    assert found.complete
    u = found.u[np.abs(in_system(found.model, found)[:, -1] * found.model.unit - 1.0) < 1e-4]
    assert len(u) == 2
    rest = field[1:] / (1.0 - np.array([2.0, 3.0, 4.0]))
    assert u[:, 1:] == pytest.approx(np.stack([rest, rest]), abs=1e-4)
    assert sorted(u[:, 0].real) == pytest.approx(
        [-np.sqrt(1 - rest @ rest), np.sqrt(1 - rest @ rest)], abs=1e-4
    )


QUADRATIC = {
    "double eigenvalue": ((1, 1, 3, 4), (0, 0, 0, 0), (4, 0, 2)),
    "one eigenvalue": ((1, 1, 1, 1), (0, 0, 0, 0), (0, 0, 4)),
    "no couplings": ((0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 4)),
    # Of the eigenvectors of a double eigenvalue two have u . u = 0, and stand for points at
    # infinity as soon as there is a field along them; if there is none a circle is stationary.
    "no couplings, a field": ((0, 0, 0, 0), (1, 2, 3, 4), (2, 6, 0)),
    "double eigenvalue, a field": ((1, 1, 3, 4), (0.2, 0.3, 0.5, 0.2), (6, 2, 0)),
    "double eigenvalue, a field across": ((1, 1, 3, 4), (0, 0, 0.5, 0.2), (4, 0, 4)),
    # 1 / (3 - 2)^2 = 1: the two points at the eigenvalue 3 and one with lambda = 3 are one.
    "a field that is critical": ((1, 2, 3, 4), (0, 1, 0, 0), (2, 0, 6)),
}


@pytest.mark.parametrize(("mu", "field", "told"), QUADRATIC.values(), ids=QUADRATIC)
def test_what_is_degenerate_of_order_two_is_named(mu, field, told):
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0]
    for turned in (np.eye(4), turn):
        matrix = turned @ np.diag(np.array(mu, float)) @ turned.T
        matrix = 0.25 * (matrix + matrix.T)
        found = solve_complex(Landscape.from_tensor(matrix, turned @ np.array(field, float)))
        assert not found.complete
        assert found.lost == 0
        pairs = 2 if found.halved else 1
        assert (found.found, found.infinite, len(found.doubtful)) == told
        assert found.found + pairs * (found.infinite + len(found.doubtful)) == found.expected
        assert not find_stationary_points(found.model, method="homotopy").proven


def test_orthogonal_couplings_have_the_solutions_that_can_be_written_down():
    strengths = np.array([1.0, 0.5, 2.0, -1.5])
    cube = np.zeros((4, 4, 4))
    cube[np.arange(4), np.arange(4), np.arange(4)] = strengths
    exact = []
    for number in range(1, 16):
        u = np.array([(number >> i & 1) / strengths[i] for i in range(4)])
        exact += [u / np.linalg.norm(u), -u / np.linalg.norm(u)]
    found = solve_complex(Landscape.from_tensor(cube))
    assert found.complete
    assert found.real.all()
    apart = np.linalg.norm(found.u[:, None] - np.array(exact)[None], axis=2)
    assert np.all(apart.min(1) <= found.radius + 1e-15)
    assert len(set(apart.argmin(1))) == 30


@pytest.mark.parametrize("model", [PSpin(6, 3, 0.0, 0), PSpin(4, 4, 1.0, 0)], ids=repr)
def test_paths_that_are_lost_or_jump_are_noticed_and_followed_again(model):
    system, expected = polynomial_of(model), solution_count(model.n, model.p)
    a = np.exp(1j * np.random.default_rng(0).uniform(0.0, 2.0 * np.pi, model.n))
    number = np.arange(expected // (2 if system.mirror else 1))
    starts = paths.start_points(system, a, number)
    ends, reached = paths.follow_paths(system, a, starts, LOOSE)
    balls = prove_zeros(system, ends[reached == 1.0])
    chosen = distinct(system, balls)
    assert chosen.sum() < balls.proven.sum() <= len(starts)
    blocks = PathBlocks(None, model, 0)
    mended = path_search.PathSearch(system, blocks, expected, FREE).solve(LOOSE)
    assert mended.paths > len(starts)
    z = mended.classes.z
    z = np.concatenate([z, mirrored(system.mirror, z)]) if system.mirror else z
    assert len(z) == expected
    assert same_sets(z[:, :-1], solve_complex(model).u)


def test_no_ball_is_said_to_be_alone_that_is_not_and_a_wrong_constant_would_say_so():
    model = PSpin(6, 3, 0.0, 0)
    system = polynomial_of(model)
    z = in_system(model, solve_complex(model))
    apart = np.linalg.norm(z[:, None] - z[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert np.all(prove_zeros(system, z).alone < apart.min(1))
    wrong = replace(system, growth=tuple((p, 0.01 * bound) for p, bound in system.growth))
    assert not np.all(prove_zeros(wrong, z).alone < apart.min(1))


@pytest.mark.parametrize("p", [3, 4, 5])
def test_second_derivatives_keep_to_the_bound(p):
    model = PSpin(3, p, 0.5, 1)
    system = polynomial_of(model)
    own, draw = model.in_unit(model.unit), np.random.default_rng(0)

    def map_of(u):
        return -own.gradient(math.sqrt(model.n) * u)

    for _ in range(20):
        u, e = draw.normal(size=(2, 3))
        e /= np.linalg.norm(e)
        step = 1e-3
        second = (map_of(u + step * e) + map_of(u - step * e) - 2.0 * map_of(u)) / step**2
        bound = sum(bound * (np.linalg.norm(u) + step) ** (q - 3) for q, bound in system.growth)
        assert 0.05 * bound < np.linalg.norm(second) < bound


LAW = [
    PSpin(6, 3, 0.0, 1),
    PSpin(5, 3, 1.0, 2),
    PSpin(4, 4, 0.0, 3),
    PSpin(4, 4, 1.0, 4),
    PSpin(3, 6, 0.5, 6),
    Mixed(4, {2: 1.0, 3: 0.5}, 0.3, 7),
    Mixed(3, {3: 1.0, 4: 1.0, 5: 2.0}, 1.0, 9),
]


@pytest.mark.parametrize("model", LAW, ids=repr)
def test_certificates_in_lanes_hold_what_those_with_pivots_hold(model):
    system, z = polynomial_of(model), in_system(model, solve_complex(model))
    near = z + 1e-9 * np.random.default_rng(0).normal(size=z.shape)
    fast, slow = prove_zeros(system, near), prove_with_pivots(system, near)
    assert fast.proven.all()
    assert np.all(np.linalg.norm(fast.z - slow.z, axis=1) <= fast.radius + slow.radius)
    assert fast.alone == pytest.approx(slow.alone, rel=1e-6)
    assert np.all(fast.radius < 1000.0 * slow.radius)
    assert np.all(fast.width < 1000.0 * slow.width)
    assert np.all(np.linalg.norm((fast.z - slow.z)[:, :-1], axis=1) <= fast.width + slow.width)
    assert np.array_equal(fast.real, slow.real)
    # Bounds by norms are never below bounds of every entry, but for eta, which is near rounding.
    assert np.median(fast.radius / slow.radius) > 1.0


@pytest.mark.parametrize("model", LAW, ids=repr)
def test_the_derivative_is_that_of_the_gradient(model):
    system, draw = polynomial_of(model), np.random.default_rng(0)
    n, u = model.n, draw.normal(size=model.n)
    y = np.append(u, 1.0)[: system.variables]
    tree, values = system.system, []
    for parent, variable in zip(tree.parent, tree.variable, strict=True):
        values.append(y[variable] * (1.0 if parent < 0 else values[parent]))
    wanted = jacobians(lambda v: -system.model.gradient(math.sqrt(n) * v), u[None])[0]
    if system.degree > 4:  # the oracle is exact for polynomials of degree 3
        steps = 1e-3 * np.eye(n)
        wanted = (
            np.stack(
                [
                    system.model.gradient(math.sqrt(n) * (u - e))
                    - system.model.gradient(math.sqrt(n) * (u + e))
                    for e in steps
                ],
                axis=1,
            )
            / 2e-3
        )
    found = system.unit * system.derivative @ np.array(values)[-system.derivative.shape[1] :]
    rows, columns = np.tril_indices(n)
    assert found[: len(rows)] == pytest.approx(wanted[rows, columns], rel=1e-4, abs=1e-4)
    assert np.array_equal(np.array(values)[tree.diagonal[:n]], u ** (system.degree - 2.0)) or (
        np.array(values)[tree.diagonal[:n]] == pytest.approx(u ** (system.degree - 2.0))
    )


@pytest.mark.parametrize("model", LAW, ids=repr)
def test_indices_are_those_of_the_hessian_and_wrong_balls_have_none(model):
    system, found = polynomial_of(model), solve_complex(model)
    real = found.classes.take(found.classes.real)
    points = math.sqrt(model.n) * real.z[:, :-1].real
    points *= math.sqrt(model.n) / np.linalg.norm(points, axis=1, keepdims=True)
    wanted = [proof.index for proof in prove_stationary(model, points)]
    assert np.array_equal(indices(system, real), wanted)
    moved = replace(real, z=real.z + 1e-3, alone=np.full(len(real.z), 1e-6))
    assert np.all(indices(system, moved) == -1)


def test_an_index_is_not_proven_where_rounding_may_change_it():
    model = PSpin(6, 3, 0.0, 1)
    system, found = polynomial_of(model), solve_complex(model)
    real = found.classes.take(found.classes.real)
    blurred = replace(system, frobenius=1e13 * system.frobenius)
    balls = np.empty((4, len(real.z)))
    complex_zeros._certify(blurred, real.z.copy(), balls, slice(None))
    assert np.all(balls[2] == -1.0)


def test_one_zero_met_twice_or_at_its_mirror_image_counts_once():
    model = PSpin(4, 3, 0.5, 0)
    system, z = polynomial_of(model), in_system(model, solve_complex(model))
    chosen = distinct(
        system, prove_zeros(system, np.concatenate([z, z[3:5], np.full((1, 5), 9e9)]))
    )
    assert chosen.sum() == len(z) // 2
    assert not chosen[len(z) // 2 :].any()
    lone = replace(system, mirror=0)
    assert distinct(lone, prove_zeros(lone, np.concatenate([z, z[3:5]]))).sum() == len(z)


@pytest.mark.slow
def test_zeros_with_a_large_eigenvalue_are_told_apart_by_their_points():
    """Where lambda is of the size |u|^4, a ball that holds it is much larger than one of u."""
    found = solve_complex(PSpin(7, 6, 0.0, 0))
    assert found.complete
    balls = found.classes
    assert balls.width.max() < 1e-4
    # Were the balls compared as a whole, some would not be proven to differ.
    assert len(meetings(found.system, replace(balls, width=balls.radius))) > 0
    assert len(meetings(found.system, balls)) == 0


@pytest.mark.parametrize("mirror", [0, 1, -1])
def test_meetings_are_those_of_all_pairs(mirror):
    draw = np.random.default_rng(1)
    z = draw.normal(size=(60, 4)) + 1j * draw.normal(size=(60, 4))
    z[20:30] = z[:10] + 1e-3
    z[30:40] = mirrored(mirror or 1, z[:10])
    z[40:45] = z[:5].conj()
    radius = 10.0 ** draw.uniform(-6.0, 0.0, 60)
    radius[50:] = np.inf
    balls = replace(
        no_balls(polynomial_of(PSpin(3, 3))), z=z, radius=radius, alone=radius, width=radius
    )
    system = replace(polynomial_of(PSpin(3, 3)), mirror=mirror)
    images = [z, mirrored(mirror, z)] if mirror else [z]
    wanted = set()
    for i, j in product(range(50), repeat=2):
        near = [np.linalg.norm((z[i] - y[j])[:-1]) <= radius[i] + radius[j] for y in images]
        if (i < j and any(near)) or (i == j and mirror and near[1]):
            wanted.add((i, j))
    found = [tuple(map(int, pair)) for pair in meetings(system, balls)]
    assert len(wanted) > 5
    assert sorted(found) == sorted(wanted)


MONKEY = np.zeros((4, 4, 4))
MONKEY[:3, :3, :3] = np.random.default_rng(0).normal(size=(3, 3, 3))
DOUBLE = np.zeros((2, 2, 2))
DOUBLE[0, 0, 0], DOUBLE[0, 1, 1], DOUBLE[1, 1, 1] = 2.0, 3.0, 1.0
"""2 x^3 + 3 x y^2 + y^3, stationary on the circle where y^2 (x - y) = 0."""
DEGENERATE = {
    "rank one": rank_one(4, 3),
    "rank one, even": rank_one(4, 4),
    "rank two": rank_one(4, 3) + rank_one(4, 3, 1),
    "a vector times x.x": np.einsum("ij,k->ijk", np.eye(4), np.arange(1.0, 5.0)),
    "zero": np.zeros((3, 3, 3)),
    "a monkey saddle at each pole": MONKEY,
    "a double eigenvector": DOUBLE,
}


@pytest.mark.parametrize("tensor", DEGENERATE.values(), ids=DEGENERATE)
def test_degenerate_landscapes_are_not_said_to_be_complete(tensor):
    found = find_stationary_points(Landscape.from_tensor(tensor), method="homotopy")
    assert not found.proven
    assert not found.complete
    assert "complex solutions are not proven" in found.doubts[0]


def test_a_double_eigenvector_is_named_and_the_simple_one_proven():
    found = solve_complex(Landscape.from_tensor(DOUBLE))
    assert (found.expected, found.found, found.lost, found.infinite) == (6, 2, 0, 0)
    assert np.abs(found.u).ravel() == pytest.approx(np.full(4, math.sqrt(0.5)))
    assert len(found.doubtful) == 2
    assert np.abs(found.doubtful) == pytest.approx(np.array([[1.0, 0.0]] * 2), abs=1e-3)
    told = find_stationary_points(found.model, method="homotopy").doubts
    assert told == (
        "4 of 6 complex solutions are not proven: of the last paths 0 did not arrive, 0 ran to "
        "infinity, 2 ended near degenerate solutions",
    )


def test_solutions_that_are_a_curve_or_at_infinity_are_named():
    curve = solve_complex(Landscape.from_tensor(DEGENERATE["a vector times x.x"]))
    assert (
        curve.found == 2
    )  # along the vector; those at infinity are orthogonal to it, with u.u = 0
    assert abs(curve.u[0] @ np.arange(1.0, 5.0)) == pytest.approx(math.sqrt(30.0))
    assert (curve.lost, curve.infinite, len(curve.doubtful)) == (0, 14, 0)
    assert curve.isolated
    flat = np.zeros((2, 2, 2))
    flat[0, 0, 0] = flat[0, 1, 1] = 1.0  # x (x^2 + y^2): (1, +-i) are eigenvectors of length 0
    away = solve_complex(Landscape.from_tensor(flat))
    assert (away.expected, away.found) == (6, 2)
    assert (away.infinite, away.lost) == (2, 0)


NOT_ISOLATED = "stationary points are not isolated: some form curves or surfaces"


@pytest.mark.parametrize(
    ("name", "rank"), [("rank one", 1), ("rank one, even", 1), ("rank two", 2)]
)
def test_a_stationary_sphere_is_named_and_paths_to_it_are_not_lost(name, rank):
    tensor = DEGENERATE[name]
    found = solve_complex(Landscape.from_tensor(tensor))
    assert (found.lost, found.infinite) == (0, 0)
    assert 2 * len(found.doubtful) == found.expected - found.found
    # Stationary is whatever is orthogonal to the vectors, and no other degenerate point.
    span = np.stack([np.random.default_rng(seed).normal(size=4) for seed in range(rank)])
    assert np.abs(found.doubtful @ span.T).max() < 1e-3
    assert found.doubts[1] == NOT_ISOLATED
    assert not real_points(found).isolated


@pytest.mark.parametrize(
    ("tensor", "isolated"),
    [
        (np.zeros((3, 3, 3)), False),
        (np.eye(4), False),
        (np.diag([1.0, 1.0, 3.0, 4.0]), False),
        (DOUBLE, True),
        (MONKEY, True),
        (PSpin(5, 3, 0.3, 1), True),
    ],
)
def test_only_what_is_not_isolated_is_said_to_be(tensor, isolated):
    model = tensor if isinstance(tensor, PSpin) else Landscape.from_tensor(tensor)
    found = solve_complex(model)
    assert found.isolated == isolated
    constant = not isolated and tensor[0, 0].sum() in (0.0, 1.0) and found.found == 0
    assert (NOT_ISOLATED in found.doubts) == (not isolated and not constant)
    said = "every point is stationary, as H is the same everywhere"
    assert any(said in words for words in found.doubts) == constant


def test_a_degenerate_end_is_named():
    found = solve_complex(Landscape.from_tensor(MONKEY))
    poles = np.abs(np.abs(found.doubtful[:, 3]) - 1.0) < 1e-2
    assert poles.any()


@pytest.mark.parametrize(("n", "p", "nu"), [(6, 3, 0.0), (5, 3, 1.0), (4, 4, 0.0), (4, 4, 1.0)])
def test_the_search_finds_the_same_points(n, p, nu):
    model = PSpin(n, p, nu, 11)
    found = find_stationary_points(model, method="homotopy")
    wanted = find_stationary_points(model, method="search")
    assert found.proven
    assert found.doubts == ()
    assert same_sets(found.spins, wanted.spins)
    assert np.array_equal(found.counts(n), wanted.counts(n))
    minima = find_stationary_points(model, 0, method="homotopy")
    assert minima.proven
    assert len(minima.spins) == wanted.counts(n)[0]


@pytest.mark.slow
@pytest.mark.parametrize("n", [6, 8])
def test_the_search_finds_the_same_points_in_many_samples(n):
    for seed in range(50):
        model = PSpin(n, 3, 0.5 * (seed % 3), seed)
        found = find_stationary_points(model, method="homotopy")
        assert found.proven
        assert same_sets(found.spins, find_stationary_points(model, method="search").spins)


def scores(n, p, true_field, assumed_field, samples):
    """Deviations of the mean counts of proven points, k and n - 1 - k pooled, in sigmas."""
    found = [
        find_stationary_points(PSpin(n, p, true_field, seed), method="homotopy")
        for seed in range(samples)
    ]
    assert all(points.proven for points in found)
    counts = np.array([points.counts(n) for points in found], float)
    pooled = (counts + counts[:, ::-1])[:, : (n + 1) // 2]
    exact = mean_by_index(n, p, assumed_field)
    exact = (exact + exact[::-1])[: (n + 1) // 2]
    return (pooled.mean(0) - exact) / (pooled.std(0, ddof=1) / math.sqrt(samples))


@pytest.mark.slow
@pytest.mark.parametrize(("n", "p", "nu"), [(4, 3, 0.0), (5, 3, 1.0), (4, 4, 1.0)])
def test_mean_numbers_of_proven_points_are_the_exact_ones(n, p, nu):
    assert np.abs(scores(n, p, nu, nu, 150)).max() < 4


@pytest.mark.slow
def test_a_wrong_field_is_noticed_by_proven_points():
    assert np.abs(scores(5, 3, 1.0, 0.5, 100)).max() > 4


@pytest.mark.parametrize(
    "model", [PSpin(7, 3, 0.3, 0), PSpin(7, 3, 0.0, 1), PSpin(4, 4, 0.5, 2)], ids=repr
)
def test_bits_do_not_depend_on_threads_or_company(model, monkeypatch):
    found = [solve_complex(model, control=Control(threads=1))]
    monkeypatch.setattr(paths, "_PIECE", 7)
    monkeypatch.setattr(complex_zeros, "_PIECE", 11)
    found += [solve_complex(model, control=Control(threads=k)) for k in (1, 3)]
    monkeypatch.setattr(path_search, "_BLOCK", 30)
    found.append(solve_complex(model, control=Control(threads=2)))
    for other in found[1:]:
        for name in ("z", "radius", "alone", "width"):
            assert np.array_equal(getattr(found[0].classes, name), getattr(other.classes, name))


def test_other_starts_lead_to_the_same_points():
    model = PSpin(5, 3, 0.3, 0)
    assert same_sets(solve_complex(model, start_seed=1).u, solve_complex(model).u)


def test_work_that_is_stopped_proves_nothing(monkeypatch):
    monkeypatch.setattr(path_search, "_BLOCK", 16)
    found = solve_complex(PSpin(6, 3, 0.3, 0), control=Control(stop=lambda: True))
    assert found.paths == 16
    assert not found.complete


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (PSpin(161, 2, 0.5), r"needs \(n \+ 1\)\^2 n <= 4194304, got n = 161 and the order p = 2"),
        (PSpin(40, 3), "got n = 40 and the order p = 3"),
        (PSpin(2, 30), "got n = 2 and the order p = 30"),
    ],
)
def test_what_is_too_large_or_of_another_kind_is_refused_in_a_line(model, words):
    with pytest.raises(InputError, match=words):
        solve_complex(model)


def test_an_unknown_method_is_refused():
    with pytest.raises(InputError, match="method must be one of search, homotopy, got 'other'"):
        find_stationary_points(PSpin(4, 3), method="other")


def test_what_does_not_fit_into_memory_is_refused_beforehand(monkeypatch):
    room = Room(2**28, "a limit")
    monkeypatch.setattr("spinglass.landscape.forms.memory_room", lambda: room)
    with pytest.raises(MemoryLimitError, match="the ends of its paths"):
        solve_complex(PSpin(18, 3))
    assert solve_complex(PSpin(4, 3)).complete


def test_no_more_paths_are_followed_again_than_there_is_time_for(monkeypatch):
    calls = []
    stop = Control(stop=lambda: len(calls) > 1, tell=calls.append)
    found = solve_complex(Landscape.from_tensor(rank_one(5, 3)), control=stop)
    assert not found.complete
    assert found.paths == 62


@pytest.mark.parametrize(
    ("n", "orders", "in_field", "method"),
    [
        (16, (3,), False, "homotopy"),
        (16, (3,), True, "homotopy"),
        (17, (3,), False, "search"),
        (10, (4,), True, "homotopy"),
        (11, (4,), False, "search"),
        (15, (2, 3), False, "homotopy"),
        (16, (2, 3), False, "search"),
        (160, (2,), True, "homotopy"),
        (161, (2,), True, "search"),
        (2, (64,), False, "search"),
    ],
)
def test_the_usual_method_is_the_homotopy_up_to_a_number_of_paths(n, orders, in_field, method):
    assert usual_method(n, orders, in_field) == method


@pytest.mark.parametrize("orders", [(2,), (3,), (4,), (2, 3), (2, 4), (3, 5)])
@pytest.mark.parametrize("nu", [0.0, 0.5])
def test_there_are_as_many_paths_as_are_followed(orders, nu):
    model = Mixed(3, dict.fromkeys(orders, 1.0), nu, 1)
    assert path_count(3, orders, nu > 0.0) == solve_complex(model).paths


def test_the_method_that_found_the_points_is_said():
    model = PSpin(4, 3, 0.5, 0)
    found = find_stationary_points(model)
    assert (found.method, found.proven, found.unproven) == ("homotopy", True, ())
    searched = find_stationary_points(model, method="search")
    assert (searched.method, searched.proven, searched.complete) == ("search", False, True)
    assert searched.facts()["method"] == "search"


@pytest.mark.slow
@pytest.mark.parametrize("name", DEGENERATE)
def test_a_search_follows_where_nothing_is_proven_and_both_are_told(name):
    model = Landscape.from_tensor(DEGENERATE[name])
    found, searched = (find_stationary_points(model, method=how) for how in (None, "search"))
    assert found.method == "search"
    assert not found.proven
    assert "complex solutions are not proven" in found.unproven[0]
    # On the sphere x.x (v . x) is linear: what is degenerate of it has x.x = 0.
    simple = name == "a vector times x.x"
    told = () if simple else ("points are not isolated: an eigenvalue vanishes there",)
    assert found.doubts == searched.doubts == told
    assert found.complete == simple
    assert np.array_equal(found.spins, searched.spins)


def test_no_search_follows_where_the_time_is_up():
    stop = Control(stop=lambda: True)
    found = find_stationary_points(Landscape.from_tensor(rank_one(4, 3)), control=stop)
    assert found.method == "homotopy"
    assert not found.complete
