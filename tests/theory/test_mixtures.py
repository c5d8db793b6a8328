"""Mixtures: closed forms, referees that share no step, and what must be refused."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.theory import (
    algorithmic_energy,
    complexity,
    dynamic_temperature,
    energy_by_index,
    ground_state_energy,
    kauzmann_temperature,
    layer_energy,
    log_mean_density,
    log_mean_minima_below,
    mean_by_index,
    mean_by_index_below,
    mean_density,
    mean_minima,
    mean_minima_below,
    mean_signed_count_below,
    mean_stationary_points,
    mean_stationary_points_below,
    plane_complexity,
    threshold_energy,
)
from tests.marks import slow

TWO_THREE = Covariance.mixture({2: 1.0, 3: 1.0})
THREE_FOUR = Covariance.mixture({3: 1.0, 4: 1.0})
LAWS = [
    TWO_THREE,
    THREE_FOUR,
    TWO_THREE.at_field(0.7),
    Covariance.mixture({2: 0.3, 4: 1.7, 5: 0.2}, 2.5),
    Covariance.pure(3, 0.4),
]


@pytest.mark.parametrize("law", LAWS)
def test_closed_forms_of_two_and_three_spins(law):
    r = law.curvature / law.slope
    assert mean_stationary_points(2, law) == pytest.approx(2 * math.sqrt(1 + 3 * r), rel=1e-12)
    three = 2 + 8 * r**1.5 / math.sqrt(3 * r + 1)
    assert mean_stationary_points(3, law) == pytest.approx(three, rel=1e-12)


def test_counts_depend_on_b_alone_and_energies_do_not():
    pure = Covariance.pure(3, math.sqrt(3) / 2)
    assert mean_by_index(8, TWO_THREE) == pytest.approx(mean_by_index(8, pure), rel=1e-12)
    assert mean_by_index(8, TWO_THREE) == pytest.approx(mean_by_index(8, 3, math.sqrt(3) / 2))
    ours, theirs = (energy_by_index(8, law)[0][0] for law in (TWO_THREE, pure))
    assert abs(ours - theirs) > 0.1
    double = Covariance.mixture({2: 2.0, 3: 2.0})
    assert mean_minima(8, double) == pytest.approx(mean_minima(8, TWO_THREE), rel=1e-13)
    assert mean_minima_below(8, double, None, math.sqrt(2.0) * -1.7) == pytest.approx(
        mean_minima_below(8, TWO_THREE, None, -1.7), rel=1e-12
    )


@pytest.mark.slow
@pytest.mark.parametrize("law", [*LAWS, Covariance.pure(3), Covariance.pure(4)])
@pytest.mark.parametrize("n", [2, 3, 5, slow(8), slow(12)])
def test_signed_counts_are_the_alternating_sum_over_the_indices(law, n):
    """A Gaussian integral of a Hermite polynomial against the laws of all ordered eigenvalues."""
    signs = (-1.0) ** np.arange(n)
    for u in (-2.0, -1.3, -0.2, 0.5):
        below = mean_by_index_below(n, law, None, u)
        assert mean_signed_count_below(n, law, None, u) == pytest.approx(signs @ below, abs=1e-8)
        assert below[0] == pytest.approx(mean_minima_below(n, law, None, u), abs=1e-9)
        total = mean_stationary_points_below(n, law, None, u)
        assert below.sum() == pytest.approx(total, rel=1e-9)
    assert mean_signed_count_below(n, law, None, 1e3) == pytest.approx(1 + (-1) ** (n - 1))
    assert mean_by_index_below(n, law, None, 1e3) == pytest.approx(mean_by_index(n, law), rel=1e-9)


def test_a_wrong_law_of_the_energy_would_show_in_the_signed_counts():
    other = Covariance.mixture({2: 1.0, 3: 2.0})
    signs = (-1.0) ** np.arange(6)
    below = mean_by_index_below(6, other, None, -1.3)
    assert abs(mean_signed_count_below(6, TWO_THREE, None, -1.3) - signs @ below) > 1e-3


def test_signs_that_cancel_too_much_are_refused():
    with pytest.raises(InputError, match=r"so small that an alternating sum.*got 200"):
        mean_signed_count_below(200, THREE_FOUR, None, 1e3)


@pytest.mark.parametrize("law", LAWS[:4])
@pytest.mark.parametrize("index", [None, 0, slow(2), slow(9)])
def test_the_density_over_the_plane_integrates_to_the_counts(law, index):
    n = 10
    wide = 6.0 * math.sqrt(2.0 * law.curvature)
    force = np.linspace(-wide, wide, 1001)
    energy = np.linspace(-5.0, 5.0, 801) * math.sqrt(law(1.0))
    cell = (force[1] - force[0]) * (energy[1] - energy[0])
    density = mean_density(n, law, energy[:, None], force, index)
    if index is None:
        assert density.sum() * cell == pytest.approx(mean_stationary_points(n, law), rel=1e-8)
        return
    assert density.sum() * cell == pytest.approx(mean_by_index(n, law)[index], rel=1e-8)
    means, spreads = energy_by_index(n, law)
    mean = (density.sum(axis=1) @ energy) / density.sum()
    square = (density.sum(axis=1) @ (energy - mean) ** 2) / density.sum()
    assert mean == pytest.approx(means[index], abs=1e-7)
    assert math.sqrt(square) == pytest.approx(spreads[index], rel=1e-6)


def test_the_plane_is_a_line_in_a_pure_model_without_field():
    for call in (mean_density, lambda n, *rest: plane_complexity(*rest[1:], rest[0])):
        with pytest.raises(InputError, match=r"E = X / p.*got p = 3"):
            call(10, Covariance.pure(3), -1.5, -4.5)


@pytest.mark.parametrize("law", [THREE_FOUR, TWO_THREE.at_field(0.5)])
@pytest.mark.parametrize("k", [0, None])
def test_densities_grow_at_the_rate_of_the_complexity(law, k):
    """(1/n) log of the exact density tends to Theta_k, like 1/n but for powers of n."""
    edge = 2.0 * math.sqrt(law.curvature)
    energy = 1.03 * threshold_energy(law)
    for force in (-1.05 * edge, -1.2 * edge):
        logs = [float(log_mean_density(n, law, energy, force, k)) for n in (200, 400)]
        rate = (logs[1] - logs[0]) / 200
        assert rate == pytest.approx(plane_complexity(energy, force, law, k), abs=6e-3)


@pytest.mark.parametrize(
    "law", [slow(THREE_FOUR), Covariance.pure(3), slow(Covariance.pure(3, 0.5))]
)
def test_minima_below_an_energy_grow_at_the_largest_rate_below_it(law):
    u = 1.01 * threshold_energy(law)
    logs = [log_mean_minima_below(n, law, None, u) for n in (100, 200)]
    assert (logs[1] - logs[0]) / 100 == pytest.approx(complexity(u, law), abs=1.2e-2)


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("k", [0, slow(3), None])
def test_the_complexity_is_the_largest_over_the_radial_force(law, k):
    edge = 2.0 * math.sqrt(law.curvature)
    highest = -1e-9 if k is None else -edge * (1.0 + 1e-12)
    forces, step = np.linspace(-3.0 * edge, highest, 2001, retstep=True)
    for factor in (1.5, 1.1, 1.02):
        u = factor * -math.sqrt(law.slope)
        energies = np.linspace(u - 0.05, u, 6)
        coarse = np.max(plane_complexity(energies[:, None], forces, law, k), axis=0)
        near = forces[np.argmax(coarse)] + np.linspace(-step, step, 201)
        near = near[near <= highest]
        best = np.max(plane_complexity(energies[:, None], near, law, k))
        assert complexity(u, law, k) == pytest.approx(best, abs=1e-6)
    top = complexity(10.0, law, k)
    everywhere = plane_complexity(np.linspace(-4, 0, 201)[:, None], forces[::4], law, k)
    assert np.max(everywhere) == pytest.approx(top, abs=2e-3)


@pytest.mark.parametrize("law", [THREE_FOUR, TWO_THREE, THREE_FOUR.at_field(0.8)])
def test_the_most_numerous_points_are_marginal_at_the_threshold(law):
    edge, energy = 2.0 * math.sqrt(law.curvature), threshold_energy(law)
    forces = np.linspace(-1.2 * edge, -0.8 * edge, 40001)
    best = forces[np.argmax(plane_complexity(energy, forces, law, None))]
    assert best == pytest.approx(-edge, rel=1e-4)


def test_constants_of_the_pure_model_and_of_three_and_four():
    """The pure 3-spin, and Folena, Franz and Ricci-Tersenghi, arXiv:1903.01421, f = xi / 2."""
    assert dynamic_temperature(3) == pytest.approx(math.sqrt(0.75), rel=1e-12)
    assert kauzmann_temperature(3) == pytest.approx(0.828805, abs=1e-6)
    assert algorithmic_energy(3) == pytest.approx(threshold_energy(3), rel=1e-13)
    assert algorithmic_energy(2) == pytest.approx(-math.sqrt(2.0), rel=1e-13)
    ours = math.sqrt(2.0)
    assert dynamic_temperature(THREE_FOUR) / ours == pytest.approx(0.805166, abs=1e-6)
    assert threshold_energy(THREE_FOUR) / ours == pytest.approx(-1.69048, abs=1e-5)
    assert algorithmic_energy(THREE_FOUR) / ours == pytest.approx(-1.69952, abs=1e-5)
    for law in (THREE_FOUR, TWO_THREE):
        gaps = [ground_state_energy(law), algorithmic_energy(law), threshold_energy(law)]
        assert gaps == sorted(gaps)
        assert kauzmann_temperature(law) < dynamic_temperature(law)


def free_energy(law, q, temperature):
    """xi(q)/T^2 + log(1-q) + q: 2 (f - f_paramagnet)/T of the states of overlap q at m = 1."""
    return law(q) / temperature**2 + math.log1p(-q) + q


@pytest.mark.parametrize("law", [Covariance.pure(3), Covariance.pure(6), THREE_FOUR, TWO_THREE])
def test_states_appear_at_the_dynamic_temperature_and_vanish_at_that_of_kauzmann(law):
    overlaps = np.linspace(1e-3, 1 - 1e-6, 400_001)
    slope = np.array([law(q, 1) for q in overlaps[::40]])
    stationary = slope * (1 - overlaps[::40]) / overlaps[::40]
    assert math.sqrt(stationary.max()) == pytest.approx(dynamic_temperature(law), rel=1e-6)
    t = kauzmann_temperature(law)
    values = np.array([free_energy(law, q, t) for q in overlaps[::20]])
    upper = overlaps[::20] > overlaps[::40][np.argmax(stationary)]
    assert values[upper].max() == pytest.approx(0.0, abs=1e-6)


def test_temperatures_need_a_transition_that_jumps_and_no_field():
    with pytest.raises(InputError, match=r"got mixture 2:1,4:0\.1, whose transition is continuous"):
        dynamic_temperature(Covariance.mixture({2: 1.0, 4: 0.1}))
    for function in (dynamic_temperature, kauzmann_temperature, algorithmic_energy):
        with pytest.raises(InputError, match=r"without field, got nu = 0\.5"):
            function(Covariance.pure(3, 0.5))


def direct_ground_state(law, cells=160):
    """Minus the minimum of the convex functional over A on a grid, with any number of steps."""
    grid = np.linspace(0.0, 1.0, cells + 1)
    width, weights = 1.0 / cells, np.diff([law(q, 1) for q in grid])

    def value(unknown):
        chi, jumps = np.exp(unknown[0]), unknown[1:]
        fall = width * np.cumsum(jumps)
        nodes = chi + np.concatenate([np.cumsum(fall[::-1])[::-1], [0.0]])
        left, right, middle = nodes[:-1], nodes[1:], 0.5 * (nodes[:-1] + nodes[1:])
        drop = left - right
        steep = drop > 1e-4 * right
        safe = np.where(steep, drop, 1.0)
        logs = np.log(left / right)
        inverse = width * np.where(steep, logs / safe, 1.0 / middle)
        by_left = width * np.where(steep, (1.0 / left - logs / safe) / safe, -0.5 / middle**2)
        by_right = width * np.where(steep, (logs / safe - 1.0 / right) / safe, -0.5 / middle**2)
        by_node = np.zeros(cells + 1)
        by_node[:-1] += 0.5 * weights + by_left
        by_node[1:] += 0.5 * weights + by_right
        by_node[0] += law(0.0, 1)
        total = law(0.0, 1) * nodes[0] + weights @ middle + inverse.sum()
        by_jump = np.cumsum((width * np.cumsum(by_node[:-1]))[::-1])[::-1]
        return 0.5 * total, 0.5 * np.concatenate([[by_node.sum() * chi], by_jump])

    start = np.concatenate([[math.log(0.3)], np.full(cells, 0.02)])
    bounds = [(None, None), *[(0.0, None)] * cells]
    options = {"maxiter": 20000, "maxfun": 40000, "ftol": 1e-14, "gtol": 1e-9, "maxcor": 40}
    return -minimize(value, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).fun


ONE_STEP = [({3: 1.0, 4: 1.0}, 0.0), ({2: 1.0, 3: 1.0}, 0.0), ({2: 1.0, 4: 1.0}, 0.0),
            ({3: 1.0, 13: 1.0}, 0.0), ({3: 1.0, 4: 1.0}, 0.6), ({3: 1.0, 4: 1.0}, 4.0)]  # fmt: skip


@pytest.mark.parametrize(("weights", "nu"), ONE_STEP)
def test_one_step_is_the_minimum_over_all_steps_where_it_is_returned(weights, nu):
    law = Covariance.mixture(weights, nu)
    assert ground_state_energy(law) == pytest.approx(direct_ground_state(law), abs=8e-4)
    if nu == 0.0:
        assert ground_state_energy(law) == pytest.approx(layer_energy(law, 0), abs=1e-12)


@pytest.mark.parametrize("weights", [{2: 1.0, 6: 1.0}, {2: 1.0, 4: 0.3}, {3: 1.0, 30: 0.5}])
def test_where_more_steps_are_needed_no_number_is_returned(weights):
    law = Covariance.mixture(weights)
    with pytest.raises(InputError, match=r"one step.*got mixture"):
        ground_state_energy(law)


def test_more_steps_matter_where_a_number_is_refused():
    law = Covariance.mixture({3: 1.0, 30: 0.5})
    assert direct_ground_state(law) > layer_energy(law, 0) + 5e-3


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Covariance.mixture({}), ("at least one order", "none")),
        (lambda: Covariance.mixture({1: 1.0}), ("order", ">= 2", "1")),
        (lambda: Covariance.mixture({65: 1.0}), ("order", "<= 64", "65")),
        (lambda: Covariance.mixture({3: -1.0}), ("order 3", "> 0", "-1.0")),
        (lambda: Covariance.mixture({3: math.nan}), ("order 3", "nan")),
        (lambda: Covariance.parse("3:1e200"), ("order 3", "1e-12 and 1e+12", "got 1e+200")),
        (lambda: Covariance.parse("2:1,3:1e-320"), ("order 3", "1e-12 and 1e+12", "got 1e-320")),
        (lambda: Covariance.mixture({3: 1.0}, -0.1), ("nu", "-0.1")),
        (lambda: Covariance.parse("3:1,3:2"), ("once", "got 3", "3:1,3:2")),
        (lambda: Covariance.parse("3"), ("2:1,3:0.5", "got '3'")),
        (lambda: Covariance.parse("3:x"), ("2:1,3:0.5", "got '3:x'")),
        (lambda: Covariance.parse(""), ("2:1,3:0.5", "got ''")),
        (lambda: Covariance.parse("3:0"), ("order 3", "> 0", "0.0")),
        (lambda: layer_energy(THREE_FOUR.at_field(9.0), 2), ("k must be 0", "got 2")),
        (lambda: mean_density(10, TWO_THREE, math.nan, -1.0), ("finite", "nan")),
        (lambda: mean_density(501, TWO_THREE, -1.0, -1.0, 3), ("n", "500", "501")),
        (lambda: mean_by_index_below(10, TWO_THREE, None, math.inf), ("u", "inf")),
    ],
)
def test_bad_input_names_the_value_and_what_is_allowed(call, words):
    with pytest.raises(InputError) as caught:
        call()
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_a_mixture_is_written_as_it_is_read():
    assert Covariance.parse(" 3:1 , 2:0.5") == Covariance.mixture({2: 0.5, 3: 1.0})
    assert Covariance.parse("2:0.5,3:1").orders == "mixture 2:0.5,3:1"
    assert Covariance.parse("3:1", 0.5) == Covariance.pure(3, 0.5)
    assert Covariance.pure(3).orders == "p = 3"
