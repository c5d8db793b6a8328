"""Minima followed over the field: against closed forms, brute force, and what must fail."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

from spinglass import PSpin, find_stationary_points, take_census
from spinglass.control import Control
from spinglass.errors import InputError
from spinglass.following import continuation, curve
from spinglass.following.continuation import Ending, follow_minima
from spinglass.following.curve import Curve
from spinglass.following.kantorovich import lipschitz_constant, longest_steps, on_the_same_curve
from spinglass.following.whole_landscape import follow_landscape
from spinglass.landscape.geometry import overlap, random_points
from spinglass.search.random_searches import TOLERANCE
from tests.marks import slow

STEP = 1e-4


def minima_of(model, unseen=0.01):
    found = take_census(model, unseen)
    return np.concatenate([found.spins, -found.spins]) if found.antipodal else found.spins


def somewhere(model, count, seed=0):
    """Points off the curves, where no equation vanishes by accident."""
    w = Curve(model).place(random_points(model.n, count, seed), np.full(count, 0.7))
    return w + 0.01 * np.random.default_rng(seed).standard_normal(w.shape)


@pytest.mark.parametrize("p", [2, 3, 4, 5])
def test_the_bordered_matrix_is_the_derivative_of_the_equations(p):
    equations = Curve(PSpin(5, p, 0.0, 1))
    w = somewhere(equations.model, 3)
    border = np.random.default_rng(0).standard_normal(w.shape)
    matrix = equations.bordered(w, border)[1]
    for column in range(w.shape[1]):
        ahead, behind = w.copy(), w.copy()
        ahead[:, column] += 1e-6
        behind[:, column] -= 1e-6
        slope = (
            equations.bordered(ahead, border)[0] - equations.bordered(behind, border)[0]
        ) / 2e-6
        assert matrix[:, :-1, column] == pytest.approx(slope, abs=1e-7)
    assert np.array_equal(matrix[:, -1], border)


def test_the_equations_vanish_where_the_model_says_that_the_gradient_does():
    model = PSpin(9, 3, 0.8, 2)
    equations = Curve(model)
    minima = minima_of(model)
    w = equations.place(minima, np.full(len(minima), 0.8))
    assert np.abs(equations.bordered(w, np.zeros_like(w))[0]).max() < 1e-9
    wrong = equations.place(minima, np.full(len(minima), 0.81))
    assert np.abs(equations.bordered(wrong, np.zeros_like(w))[0]).max() > 1e-4


def three_fields(model, nu):
    """The minima of a field that exist around it, at nu - STEP, nu, nu + STEP."""
    minima = minima_of(model.at_field(nu))
    behind = follow_minima(model, minima, nu, [nu - STEP])
    ahead = follow_minima(model, minima, nu, [nu + STEP])
    both = (behind.ending == Ending.REACHED) & (ahead.ending == Ending.REACHED)
    assert both.sum() >= 3
    return behind.spins[both, 0], minima[both], ahead.spins[both, 0]


@pytest.mark.parametrize("p", [3, 4])
def test_branches_move_as_the_hessian_says(p):
    model = PSpin(14, p, 0.0, 3)
    behind, here, ahead = three_fields(model, 0.4)
    at = model.at_field(0.4)
    for wrong in (False, True):
        eta = model.field_direction[::-1] if wrong else model.field_direction
        pull = eta - (here @ eta)[:, None] * here / model.n
        solved = np.array(
            [
                np.linalg.lstsq(h, v, rcond=None)[0]
                for h, v in zip(at.hessian(here), pull, strict=True)
            ]
        )
        error = np.abs((ahead - behind) / (2 * STEP) - solved).max(axis=1)
        assert (error > 0.1).all() if wrong else (error < 1e-4).all()


def test_energies_along_branches_have_the_slope_of_the_envelope_theorem():
    model = PSpin(14, 3, 0.0, 3)
    behind, here, ahead = three_fields(model, 0.4)
    rise = model.at_field(0.4 + STEP).energy(ahead) - model.at_field(0.4 - STEP).energy(behind)
    expected = -here @ model.field_direction / model.n
    assert rise / (2 * STEP) == pytest.approx(expected, abs=1e-6)
    assert rise / (2 * STEP) != pytest.approx(-expected, abs=1e-2)


@pytest.mark.parametrize("seed", range(4))
def test_degree_two_folds_where_the_secular_equation_says(seed):
    """x = (-A - X)^-1 h with |x|^2 = n; the second minimum has X between the two top poles."""
    model = PSpin(7, 2, 0.0, seed)
    first, second = minima_of(model)
    values, vectors = np.linalg.eigh(-model.hessian(first) - model.radial_force(first) * np.eye(7))
    values, vectors = (
        values[np.abs(first @ vectors) < 1e-6],
        vectors[:, np.abs(first @ vectors) < 1e-6],
    )
    top = -float(model.radial_force(first))
    poles = np.append(values, top)
    weights = (
        np.append(vectors.T @ model.field_direction, model.field_direction @ first / 7**0.5) ** 2
    )
    at = minimize_scalar(
        lambda force: np.sum(weights / (poles + force) ** 2),
        bounds=(-top, -values.max()),
        method="bounded",
        options={"xatol": 1e-12},
    )
    expected = math.sqrt(7 / at.fun)
    course = follow_minima(model, np.stack([first, second]), 0.0, [0.5 * expected, 2 * expected])
    with_field, against = np.argsort(-np.stack([first, second]) @ model.field_direction)
    assert course.ending[with_field] == Ending.REACHED
    assert course.ending[against] == Ending.FOLDED
    assert course.fold_field[against] == pytest.approx(expected, rel=1e-8)
    assert not np.isnan(course.spins[against, 0]).any()
    assert np.isnan(course.spins[against, 1]).all()


def circle(model):
    """H_0 and the field's part on the circle of n = 2, as functions of the angle."""

    def point(angle):
        return math.sqrt(2) * np.stack([np.cos(angle), np.sin(angle)], axis=-1)

    def along(angle):
        return math.sqrt(2) * np.stack([-np.sin(angle), np.cos(angle)], axis=-1)

    bare = model.at_field(0.0)
    pull = lambda angle: np.sum(bare.gradient(point(angle)) * along(angle), axis=-1)  # noqa: E731
    push = lambda angle: along(angle) @ model.field_direction  # noqa: E731
    return point, pull, push


def exact_folds(model, top):
    """Every field in (0, top) where two stationary points of the circle meet, by brute force.

    They are where nu(angle) = pull / push has an extremum.
    """
    _, pull, push = circle(model)
    step = 1e-6

    def turning(angle):
        slope = [(f(angle + step) - f(angle - step)) / (2 * step) for f in (pull, push)]
        return slope[0] * push(angle) - pull(angle) * slope[1]

    angles = np.linspace(0.0, 2 * math.pi, 4001)
    values = turning(angles)
    roots = [
        brentq(turning, a, b, xtol=1e-13)
        for a, b, left, right in zip(angles, angles[1:], values, values[1:], strict=False)
        if left * right < 0
    ]
    fields = np.array([pull(root) / push(root) for root in roots])
    return np.sort(fields[(fields > 0) & (fields < top)])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("p", "seed"),
    [slow(5, 5), (6, 1), slow(7, 0), (8, 0)],
)
def test_on_the_circle_every_fold_is_where_brute_force_puts_it(p, seed):
    model = PSpin(2, p, 0.0, seed)
    expected = exact_folds(model, 4.0)
    assert len(expected) >= 2
    found = follow_landscape(model, np.linspace(0.0, 4.0, 17), 0.02)
    folds = np.concatenate([found.birth[:, 0], found.death[:, 0]])
    assert np.sort(folds[~np.isnan(folds)]) == pytest.approx(expected, abs=1e-6)
    assert not found.contradictions.any()


def followed_out(n=10, p=3, seed=1, proven=False):
    model = PSpin(n, p, 0.0, seed)
    minima = minima_of(model)
    return model, follow_minima(model, minima, 0.0, np.linspace(0.2, 3.0, 8), proven=proven)


def test_a_fold_is_a_degenerate_point_whose_soft_mode_feels_the_field():
    model, course = followed_out()
    folded = np.flatnonzero(course.ending == Ending.FOLDED)
    assert len(folded) >= 3
    for row in folded:
        at = model.at_field(course.fold_field[row])
        x, mode = course.fold_spins[row], course.fold_mode[row]
        assert np.abs(at.riemannian_gradient(x)).max() < 1e-9
        assert np.abs(at.hessian(x) @ mode).max() < 1e-6
        assert abs(at.spectrum(x)[0]) < 1e-6 < 1e-2 < at.spectrum(x)[1]
        # Beyond the fold the field pulls along the mode, down.
        assert mode @ model.field_direction > 1e-3


def test_the_lowest_eigenvalue_vanishes_as_a_square_root():
    model = PSpin(10, 3, 0.0, 1)
    minima = minima_of(model)
    course = follow_minima(model, minima, 0.0, [3.0])
    row = np.flatnonzero(course.ending == Ending.FOLDED)[0]
    fold = course.fold_field[row]
    before = [fold - 4e-6, fold - 1e-6]
    near = follow_minima(model, minima[row : row + 1], 0.0, before)
    lowest = [
        model.at_field(nu).spectrum(x)[0] for nu, x in zip(before, near.spins[0], strict=True)
    ]
    assert lowest[0] / lowest[1] == pytest.approx(2.0, rel=0.02)


def test_a_minimum_and_a_saddle_of_index_one_disappear_together():
    model = PSpin(5, 3, 0.0, 2)
    minima = find_stationary_points(model, 0, sweep=256).spins
    course = follow_minima(model, minima, 0.0, [3.0])
    for fold in course.fold_field[course.ending == Ending.FOLDED]:
        before, after = (
            find_stationary_points(model.at_field(fold + shift), sweep=256).counts(5)
            for shift in (-1e-5, 1e-5)
        )
        # p is odd: a maximum and its saddle disappear at the antipode.
        assert (before - after).tolist() == [1, 1, 0, 1, 1]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, slow(1), slow(2)])
def test_short_proven_steps_and_long_ones_agree(seed):
    _, fast = followed_out(8, 3, seed)
    _, slow = followed_out(8, 3, seed, proven=True)
    assert np.array_equal(fast.ending, slow.ending)
    assert (slow.ending != Ending.STALLED).all()
    assert fast.fold_field == pytest.approx(slow.fold_field, abs=1e-9, nan_ok=True)
    assert fast.spins == pytest.approx(slow.spins, abs=1e-9, nan_ok=True)
    assert slow.steps.mean() > 5 * fast.steps.mean()


def test_without_the_guards_branches_are_confused(monkeypatch):
    """Long steps, any contraction, any turn: in this sample one branch then ends elsewhere."""
    _, right = followed_out(20, 3, 2)
    for name, value in [("_FIRST_STEP", 1.0), ("_LONGEST_STEP", 1.0), ("_LEAST_COSINE", 0.0)]:
        monkeypatch.setattr(continuation, name, value)
    monkeypatch.setattr(curve, "MOST_CONTRACTION", 1e3)
    monkeypatch.setattr(curve, "_LONGEST", 1e3)
    _, wrong = followed_out(20, 3, 2)
    assert wrong.fold_field != pytest.approx(right.fold_field, abs=1e-6, nan_ok=True)


def test_a_poor_predictor_costs_steps_not_truth(monkeypatch):
    _, right = followed_out(12, 3, 0)
    predict = continuation._Bundle._predict
    rng = np.random.default_rng(0)

    def poorly(self, live):
        guess, border, pinned = predict(self, live)
        noise = rng.standard_normal(guess.shape) / math.sqrt(guess.shape[1])
        noise[pinned, -1] = 0.0
        return guess + 0.3 * self.step[live, None] * noise, border, pinned

    monkeypatch.setattr(continuation._Bundle, "_predict", poorly)
    _, shaken = followed_out(12, 3, 0)
    assert shaken.fold_field == pytest.approx(right.fold_field, abs=1e-9, nan_ok=True)
    assert shaken.spins == pytest.approx(right.spins, abs=1e-9, nan_ok=True)
    assert shaken.steps.sum() > 1.5 * right.steps.sum()


def test_a_strong_field_is_reached_in_few_steps():
    model = PSpin(10, 3, 0.0, 1)
    minima = minima_of(model.at_field(4.0))
    course = follow_minima(model, minima, 4.0, [1000.0])
    assert course.ending.tolist() == [Ending.REACHED]
    assert overlap(course.spins[0, 0], model.field_direction) > 0.99 * np.linalg.norm(
        model.field_direction
    ) / math.sqrt(10)
    assert course.steps[0] < 100


def test_too_many_tries_are_a_status(monkeypatch):
    monkeypatch.setattr(continuation, "_MOST_TRIES", 3)
    _, course = followed_out()
    assert (course.ending == Ending.STALLED).any()


def test_a_field_of_another_direction_leads_elsewhere():
    model = PSpin(10, 3, 0.0, 1)
    minima = minima_of(model)
    twin = replace(model.at_field(0.0), field_direction=model.field_direction[::-1].copy())
    course = follow_minima(twin, minima, 0.0, [0.05])
    there = course.spins[course.ending == Ending.REACHED, 0]
    assert np.abs(twin.at_field(0.05).riemannian_gradient(there)).max() < 10 * TOLERANCE
    assert np.abs(model.at_field(0.05).riemannian_gradient(there)).max() > 1e-3


@pytest.mark.parametrize("p", [2, 3, 4])
def test_the_lipschitz_constant_bounds_the_change_of_the_derivative(p):
    equations = Curve(PSpin(6, p, 0.0, 0))
    bound = lipschitz_constant(equations)
    rng = np.random.default_rng(0)
    one = equations.place(random_points(6, 200), np.full(200, 0.5))
    two = one + 0.02 * rng.standard_normal(one.shape)
    border = np.zeros_like(one)
    change = equations.bordered(two, border)[1] - equations.bordered(one, border)[1]
    quotient = np.linalg.norm(change, 2, axis=(1, 2)) / np.linalg.norm(two - one, axis=1)
    assert 0.1 * bound < quotient.max() <= bound


def test_another_branch_is_never_proven_to_be_the_same():
    model = PSpin(12, 3, 0.0, 0)
    equations = Curve(model)
    minima = minima_of(model)
    pin = np.zeros((len(minima), 14))
    pin[:, -1] = 1.0
    start = equations.correct(equations.place(minima, np.zeros(len(minima))), pin)
    assert start.converged.all()
    longest = longest_steps(equations, start.w, start.tangent, lipschitz_constant(equations))
    course = follow_minima(model, minima, 0.0, [0.2 * longest.min()])
    next_to = equations.place(course.spins[:, 0], np.full(len(minima), 0.2 * longest.min()))
    for row in range(len(minima)):
        repeated = [np.broadcast_to(a[row], b.shape) for a, b in zip(
            (start.w, start.tangent), (next_to, next_to), strict=True)]  # fmt: skip
        same = on_the_same_curve(*repeated, longest[row], next_to)
        assert np.flatnonzero(same).tolist() == [row]


def test_there_and_back_again():
    model = PSpin(12, 3, 0.0, 0)
    minima = minima_of(model)
    there = follow_minima(model, minima, 0.0, [0.3])
    alive = there.ending == Ending.REACHED
    back = follow_minima(model, there.spins[alive, 0], 0.3, [0.15, 0.0])
    assert (back.ending == Ending.REACHED).all()
    assert overlap(back.spins[:, 1], minima[alive]) == pytest.approx(1.0, abs=1e-12)


def test_threads_and_company_leave_no_trace():
    model = PSpin(20, 3, 0.0, 0)
    minima = minima_of(model)
    fields = [0.1, 0.3, 0.9]
    one = follow_minima(model, minima, 0.0, fields, control=Control(1))
    two = follow_minima(model, minima, 0.0, fields, control=Control(2))
    alone = [follow_minima(model, minima[k : k + 1], 0.0, fields) for k in range(len(minima))]
    assert np.array_equal(one.spins, two.spins, equal_nan=True)
    assert np.array_equal(one.spins, np.concatenate([a.spins for a in alone]), equal_nan=True)
    assert np.array_equal(one.fold_field, two.fold_field, equal_nan=True)


def test_nothing_to_follow_and_points_that_are_no_minima():
    model = PSpin(6, 3, 0.0, 0)
    nothing = follow_minima(model, np.empty((0, 6)), 0.0, [1.0, 2.0])
    assert nothing.spins.shape == (0, 2, 6)
    lost = follow_minima(model, random_points(6, 3), 0.0, [1.0])
    assert (lost.ending == Ending.STALLED).all()


@pytest.mark.parametrize("fields", [[0.5, 0.5], [0.3], [0.6, 0.4], [-1.0], [float("nan")]])
def test_bad_fields_are_named(fields):
    with pytest.raises(InputError, match=r"fields|nu"):
        follow_minima(PSpin(4, 3), random_points(4, 1), 0.5 if fields != [0.3] else 0.3, fields)
