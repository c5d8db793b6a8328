"""Descents: certified, complete, faithful to the flow, the same bits however they are run."""

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from spinglass import PSpin, descend
from spinglass.control import Control
from spinglass.errors import InputError
from spinglass.landscape import random_points
from spinglass.landscape.geometry import overlap, project, retract
from spinglass.search import METHODS, Status, distinct_minima
from spinglass.search.methods.stiffness import spectral_edge
from tests.marks import slow


@pytest.mark.parametrize(
    ("method", "n", "p", "nu"),
    [
        slow(method, *case) if method == "gd" and case[0] > 12 else (method, *case)
        for method, case in product(METHODS, [(12, 2, 0.5), (25, 3, 0.0), (14, 4, 1.0)])
    ],
)
def test_every_start_ends_in_a_certified_minimum(method, n, p, nu):
    model = PSpin(n, p, nu, 3)
    found = descend(model, 60, method=method)
    assert found.count(Status.MINIMUM) == 60
    slope = np.linalg.norm(model.riemannian_gradient(found.spins), axis=1) / np.sqrt(n)
    assert slope.max() <= 1.1e-10
    assert np.allclose(np.sum(found.spins**2, axis=1), n, rtol=1e-12)
    assert np.allclose(model.energy(found.spins), found.energy, atol=1e-12)
    lowest = model.spectrum(found.spins)[:, 0]
    assert np.allclose(lowest, found.lambda_min, atol=1e-9)
    assert (lowest > 0).all()
    assert (found.index == 0).all()


def test_without_field_and_p_2_descent_finds_the_lowest_pair_of_eigenvectors():
    for seed in range(3):
        rng = np.random.default_rng(seed)
        tensor = rng.standard_normal((16, 16))
        model = PSpin.from_tensor(tensor)
        symmetric = -(tensor + tensor.T) / 2
        values, vectors = np.linalg.eigh(symmetric)
        stationary = np.concatenate([vectors.T, -vectors.T]) * 4.0
        slopes = model.riemannian_gradient(stationary)
        assert np.max(np.abs(slopes)) < 1e-12
        index = np.sum(model.spectrum(stationary) < 0, axis=1)
        assert np.array_equal(index, np.tile(np.arange(16), 2))
        found = descend(model, 40)
        assert np.allclose(np.abs(overlap(found.spins, stationary[0])), 1.0)
        assert np.allclose(found.energy, values[0] / np.sqrt(16))
        assert len(distinct_minima(found, antipodal=True).energy) == 1
        assert len(distinct_minima(found).energy) == 2


def test_bits_depend_on_the_start_alone():
    model = PSpin(30, 3, 0.2, 1)
    whole = descend(model, 150, control=Control(1))
    for threads, first, count in ((2, 0, 150), (3, 40, 7), (1, 149, 1), (2, 60, 64)):
        part = descend(model, count, first=first, control=Control(threads))
        rows = slice(first, first + count)
        assert np.array_equal(part.spins, whole.spins[rows])
        assert np.array_equal(part.energy, whole.energy[rows])
        assert np.array_equal(part.lambda_min, whole.lambda_min[rows])
        assert np.array_equal(part.gradients, whole.gradients[rows])


@pytest.mark.parametrize("groups", [1, 2])
def test_bits_do_not_depend_on_how_many_replicas_share_a_batch(monkeypatch, groups):
    model = PSpin(20, 3, 0.0, 2)
    whole = descend(model, 200, control=Control(1))
    monkeypatch.setattr("spinglass.search.methods.flow.GROUPS", groups)
    part = descend(model, 200, control=Control(2))
    assert np.array_equal(part.spins, whole.spins)
    points = random_points(20, 1024)
    assert np.array_equal(model.gradient(points)[:64], model.gradient(points[:64]))


def flow_end(model, start):
    """Integrate the gradient flow to high accuracy, then relax what is left by small steps."""

    def slope(_, x):
        return -model.riemannian_gradient(retract(x))

    solved = solve_ivp(slope, (0, 150), start, method="DOP853", rtol=1e-9, atol=1e-9)
    return retract(solved.y[:, -1])


@pytest.mark.slow
def test_default_method_ends_where_the_gradient_flow_ends():
    model = PSpin(30, 3, 0.0, 2)
    starts = random_points(30, 20, start_seed=5)
    found = descend(model, starts)
    ends = np.array([flow_end(model, start) for start in starts])
    assert np.mean(overlap(found.spins, ends) > 1 - 1e-4) >= 0.95
    shuffled = np.roll(found.spins, 1, axis=0)
    assert np.mean(overlap(shuffled, ends) > 1 - 1e-4) < 0.5


def test_a_start_on_a_saddle_is_reported_as_one():
    tensor = np.diag(np.arange(5.0))
    model = PSpin.from_tensor(tensor)
    starts = np.sqrt(5) * np.eye(5)
    found = descend(model, starts)
    assert [Status(s) for s in found.status] == [Status.SADDLE] * 4 + [Status.MINIMUM]
    assert found.index.tolist() == [4, 3, 2, 1, 0]
    assert distinct_minima(found).label.tolist() == [-1, -1, -1, -1, 0]


def test_a_flat_direction_is_degenerate():
    model = PSpin.from_tensor(np.diag([1.0, 1.0, 0.0]))
    found = descend(model, np.sqrt(3) * np.eye(3)[:1])
    assert Status(found.status[0]) == Status.DEGENERATE


@pytest.mark.parametrize("method", ["flow", "gd"])
def test_spent_work_is_reported_not_dropped(method):
    found = descend(PSpin(30, 3), 20, method=method, max_gradients=15)
    assert found.count(Status.NOT_CONVERGED) == 20
    assert (found.gradients >= 15).all()
    assert np.isfinite(found.energy).all()
    assert (found.gradient_norm > 1e-10).all()
    assert np.isnan(found.lambda_min).all()


@pytest.mark.parametrize("tol", [0.0, 1.0, 2.0, math.nan])
def test_a_tolerance_that_every_point_meets_is_refused(tol):
    with pytest.raises(InputError, match=r"tol must be a .*number.*, got"):
        descend(PSpin(8, 3), 2, tol=tol)


def test_couplings_too_large_for_arithmetic_are_refused():
    with pytest.raises(InputError, match="must be so small"):
        PSpin.from_tensor(np.full((4, 4, 4), 1e308))
    with pytest.raises(InputError, match="must be so small"):
        descend(PSpin.from_tensor(np.full((4, 4, 4), 2e307)), 3)


def test_not_finite_is_a_status(monkeypatch):
    monkeypatch.setattr("spinglass.search.methods.flow.spectral_edge", lambda model: 5.0)
    model = replace(PSpin(10, 3).at_field(0.0), field=np.full(10, np.nan))
    found = descend(model, 3)
    assert found.count(Status.NOT_FINITE) == 3


@pytest.mark.parametrize("method", ["flow", "fast", "gd"])
def test_progress_counts_every_start_and_minimum_once(method):
    told = []
    control = Control(2, tell=told.append)
    found = descend(PSpin(8, 3), 50, method=method, tol=1e-6, control=control)
    done = [event.done for event in told]
    assert done == sorted(done)
    assert {event.total for event in told} == {50} == {max(done)}
    assert told[-1].found == found.count(Status.MINIMUM) > 0


@pytest.mark.parametrize("method", ["flow", "gd"])
def test_starts_that_were_not_begun_in_time_are_said_not_to_have_converged(method):
    model, starts = PSpin(8, 3), random_points(8, 20)
    found = descend(model, starts, method=method, control=Control(max_seconds=1e-9))
    assert found.count(Status.NOT_CONVERGED) == 20
    assert not found.gradients.any()
    assert np.array_equal(found.spins, starts)


def test_descent_never_ends_above_its_start():
    model = PSpin(20, 4, 0.3)
    starts = random_points(20, 40)
    assert (descend(model, starts).energy < model.energy(starts)).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"starts": -3}, "starts must be an integer >= 1, got -3"),
        ({"starts": 5, "tol": 0.0}, "tol must be"),
        ({"starts": 5, "tol": float("nan")}, "tol must be"),
        ({"starts": 5, "method": "magic"}, "flow, fast, strict, gd, got 'magic'"),
        ({"starts": 5, "start_seed": -1}, "start_seed must be"),
        ({"starts": 5, "max_gradients": 0}, "max_gradients must be"),
        ({"starts": np.ones((2, 7))}, "shape"),
    ],
)
def test_misuse_names_the_value(arguments, words):
    with pytest.raises(InputError, match=words):
        descend(PSpin(8, 3), **arguments)


def test_the_second_derivative_of_the_flow_agrees_with_projection():
    model = PSpin(9, 3, 0.4, 6)
    x = random_points(9, 1)[0]
    v = project(x, np.ones(9))
    step = 1e-5
    ahead = model.riemannian_gradient(retract(x + step * v))
    behind = model.riemannian_gradient(retract(x - step * v))
    found = project(x, (ahead - behind) / (2 * step))
    assert np.allclose(found, model.hessian(x) @ v, atol=1e-7)


@pytest.mark.parametrize(("n", "p", "nu"), [(30, 3, 0.0), (12, 4, 0.5), (30, 2, 1.0), (2, 3, 0.0)])
def test_stiffness_is_the_edge_of_the_spectrum_without_the_radial_force(n, p, nu):
    model = PSpin(n, p, nu, seed=0)
    points = random_points(n, 16, start_seed=0)
    shifted = model.spectrum(points) + model.radial_force(points)[:, None]
    assert spectral_edge(model) == pytest.approx(1.1 * np.abs(shifted).max(), rel=1e-12)


@pytest.mark.parametrize(("p", "seed"), [(6, 31), (4, 32), (4, 1)])
@pytest.mark.parametrize("method", ["flow", "fast"])
def test_steps_that_may_err_more_do_not_go_in_circles(p, seed, method):
    model = PSpin(2, p, 0.0, seed)
    ends = descend(model, 200, start_seed=7, method=method)
    assert ends.count(Status.MINIMUM) == 200
    assert ends.gradients.mean() < 100
