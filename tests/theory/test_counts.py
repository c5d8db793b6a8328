import math
import os

import numpy as np
import pytest

from spinglass.theory import counts as counts_module
from spinglass.theory import (
    covariance_of,
    critical_field,
    log_mean_minima,
    log_mean_minima_below,
    log_mean_stationary_points,
    log_mean_stationary_points_below,
    mean_by_index,
    mean_minima,
    mean_minima_below,
    mean_stationary_points,
    mean_stationary_points_below,
)
from spinglass.theory.counts import log_prefactor
from spinglass.theory.energy import energy_step
from spinglass.theory.goe import log_density
from tests.marks import slow

from .second_route import smallest_expectation, sum_over_eigenvalues

FULL = os.environ.get("SPINGLASS_FULL_TESTS") == "1"
FULL_GRID = [(n, p) for n in (30, 101, 200, 300) for p in range(3, 11)]


@pytest.mark.parametrize("p", [2, 3, 4, 7, 10])
@pytest.mark.parametrize("nu", [0.0, 0.3, 1.0, 5.0, 40.0])
def test_two_spins(p, nu):
    exact = 2.0 * math.sqrt((3 * p * p - 2 * p + nu * nu) / (p + nu * nu))
    assert mean_stationary_points(2, p, nu) == pytest.approx(exact, rel=1e-12)
    assert mean_minima(2, p, nu) == pytest.approx(exact / 2, rel=1e-12)


@pytest.mark.parametrize("p", range(2, 11))
def test_three_spins_without_field(p):
    exact = 2 + 8 * (p - 1) ** 1.5 / math.sqrt(3 * p - 2)
    assert mean_stationary_points(3, p, 0.0) == pytest.approx(exact, rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("n", [2, 3, 4, 5, 10, 31, 100, 201, 300])
def test_quadratic_form_has_its_eigenvectors(n):
    assert mean_stationary_points(n, 2, 0.0) == pytest.approx(2 * n, rel=1e-12)
    assert mean_minima(n, 2, 0.0) == pytest.approx(2, rel=1e-12)


@pytest.mark.parametrize("n", [2, 3, 8, 25, slow(60)])
def test_every_index_has_two_points_at_the_critical_field(n):
    assert mean_by_index(n, 5, critical_field(5)) == pytest.approx(np.full(n, 2.0), rel=1e-11)


@pytest.mark.slow
@pytest.mark.parametrize("n", [1000])
def test_large_totals(n):
    for p in (2, 3, 10):
        assert mean_stationary_points(n, p, critical_field(p)) == pytest.approx(2 * n, rel=1e-12)
    assert log_mean_stationary_points(n, 3, 0.0) / n == pytest.approx(0.5 * math.log(2), abs=0.01)


@pytest.mark.parametrize("n", [2, 3, 7, 20, 51, 100])
@pytest.mark.parametrize("p", [2, 3, 6, 10])
def test_total_by_a_second_route(n, p):
    for nu in (0.0, 1.0, 1.3 * critical_field(p)):
        law = covariance_of(p, nu)
        other = sum_over_eigenvalues(n, lambda x, b=law.b: np.exp(-0.5 * b * x * x))
        expected = log_prefactor(n, law) + math.log(other)
        assert log_mean_stationary_points(n, p, nu) == pytest.approx(expected, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("n", [5, 6, 20, 33])
@pytest.mark.parametrize("p", [3, 10])
def test_minima_by_a_second_route(n, p):
    check_minima(n, p, 70)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "p"), FULL_GRID if FULL else [(300, 10)])
def test_minima_by_a_second_route_large(n, p):
    check_minima(n, p, 70, [0.0, 1.0] if FULL else [0.0])


def check_minima(n, p, nodes, fields=None):
    for nu in fields or (0.0, 1.0, 1.02 * critical_field(p)):
        law = covariance_of(p, nu)
        expected = log_prefactor(n, law) + math.log(smallest_expectation(n, law.b, nodes))
        assert log_mean_minima(n, p, nu) == pytest.approx(expected, abs=1e-8)


def test_second_route_notices_a_wrong_law():
    wrong = covariance_of(3, 0.1)
    other = log_prefactor(20, wrong) + math.log(smallest_expectation(20, wrong.b, 70))
    assert abs(log_mean_minima(20, 3, 0.0) - other) > 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("n", [3, 10, 47, slow(120)])
@pytest.mark.parametrize(("p", "nu"), [(3, 0.0), (10, 0.0), (3, 1.5), (4, 6.0)])
def test_refined_quadrature_agrees(n, p, nu, monkeypatch):
    coarse = log_mean_stationary_points(n, p, nu), log_mean_minima(n, p, nu)
    original = counts_module.PanelDensity

    def refined(log_density, origin, width, last, nodes):
        return original(log_density, origin, lambda s: 0.61 * width(s), last, nodes + 9)

    monkeypatch.setattr(counts_module, "PanelDensity", refined)
    counts_module._one_point.cache_clear()
    counts_module._smallest.cache_clear()
    fine = log_mean_stationary_points(n, p, nu), log_mean_minima(n, p, nu)
    counts_module._one_point.cache_clear()
    counts_module._smallest.cache_clear()
    assert coarse == pytest.approx(fine, abs=1e-10)


@pytest.mark.parametrize("n", [2, 10, slow(100), slow(200)])
def test_infinite_field_leaves_one_minimum_and_one_maximum(n):
    for nu in (1e3, 1e5, 1e6):
        assert mean_stationary_points(n, 3, nu) == pytest.approx(2, abs=30 / nu**2 + 1e-10)
        assert mean_minima(n, 3, nu) == pytest.approx(1, abs=30 / nu**2 + 1e-10)


@pytest.mark.parametrize("n", [3, 6, 11, slow(40), slow(90)])
@pytest.mark.parametrize(("p", "nu"), [(3, 0.0), (10, 0.0), (4, 1.0), (3, 4.0), (3, 20.0)])
def test_indices_sum_to_the_total_and_obey_euler(n, p, nu):
    counts = mean_by_index(n, p, nu)
    assert counts.sum() == pytest.approx(mean_stationary_points(n, p, nu), rel=1e-9)
    assert counts == pytest.approx(counts[::-1], rel=1e-12)
    euler = np.sum(counts * (-1.0) ** np.arange(n))
    assert euler == pytest.approx(1 + (-1.0) ** (n - 1), abs=1e-9 * counts.max())


@pytest.mark.parametrize(("n", "nu"), [(10, 0.0), (40, 0.0), (10, 1.0)])
@pytest.mark.parametrize("u", [-5.0, -10.0, slow(-100.0)])
def test_far_below_all_other_energies_every_point_is_a_minimum(n, nu, u):
    """Two densities by different formulas, with the integrand narrower than any panel."""
    minima = log_mean_minima_below(n, 3, nu, u)
    every = log_mean_stationary_points_below(n, 3, nu, u)
    assert minima == pytest.approx(every, rel=1e-10)


@pytest.mark.parametrize("u", [-3.0, -10.0, -1000.0])
def test_the_tail_of_all_points_is_the_integral_from_the_cut_on(u):
    """With s = c (1 + x / size) below the cut c, the integrand falls off like exp(-x)."""
    n, p = 60, 3
    law = covariance_of(p, 0.0)
    cut = energy_step(n, law, u).centre
    x, w = np.polynomial.laguerre.laggauss(60)
    size = law.plus * cut**2 - n
    s = cut * (1.0 + x / size)
    logs = log_density(n, s) - 0.5 * law.plus * s**2
    tail = log_prefactor(n, law) + logs[0] + math.log(-cut / size)
    tail += math.log(float(np.sum(w * np.exp(x + logs - logs[0]))))
    assert log_mean_stationary_points_below(n, p, 0.0, u) == pytest.approx(tail, abs=1e-8)


@pytest.mark.parametrize(("p", "nu"), [(3, 0.0), slow(3, 1.0), slow(4, 0.01), (2, 0.0), (5, 9.0)])
def test_counts_below_interpolate_between_nothing_and_all(p, nu):
    n, energies = 30, (-30.0, -2.0, -1.5, -0.5, 0.0, 0.7, 2.0, 30.0)
    points = [mean_stationary_points_below(n, p, nu, u) for u in energies]
    minima = [mean_minima_below(n, p, nu, u) for u in energies]
    assert points == sorted(points)
    assert minima == sorted(minima)
    assert points[-1] == pytest.approx(mean_stationary_points(n, p, nu), rel=1e-12)
    assert minima[-1] == pytest.approx(mean_minima(n, p, nu), rel=1e-12)
    assert all(a <= b * (1 + 1e-12) for a, b in zip(minima, points, strict=True))
    assert points[4] == pytest.approx(0.5 * points[-1], rel=1e-10)


def test_threshold_is_sharp_without_field_and_smooth_with_a_weak_one():
    sharp = mean_minima_below(40, 3, 0.0, -1.6)
    assert mean_minima_below(40, 3, 1e-5, -1.6) == pytest.approx(sharp, rel=1e-6)
    below = [math.exp(log_mean_minima_below(40, 3, 0.0, u)) for u in np.linspace(-1.7, -1.4, 7)]
    slope = np.gradient(below, 0.05)
    assert np.all(slope > 0)


@pytest.mark.parametrize("n", [192, 200, 260])
def test_a_threshold_below_the_bulk_of_a_large_landscape(n):
    """Nothing lies above the cut, where the density itself is beyond doubles."""
    from spinglass.theory.extreme import log_smallest_density

    law, u = covariance_of(3, 0.0), -1.64
    cut = energy_step(n, law, u).centre
    x, w = np.polynomial.legendre.leggauss(80)
    s = cut - 2.0 * (1.0 + x)
    logs = log_smallest_density(n, s) - 0.5 * law.plus * s**2
    expected = log_prefactor(n, law) + math.log(float(np.sum(2.0 * w * np.exp(logs))))
    assert log_mean_minima_below(n, 3, 0.0, u) == pytest.approx(expected, abs=1e-9)


def test_threshold_against_quadrature_on_a_plain_grid():
    from scipy.special import ndtr

    from spinglass.theory.extreme import log_smallest_density

    n, p, nu, u = 12, 3, 0.8, -1.5
    law = covariance_of(p, nu)
    s = np.linspace(-14.0, 8.0, 2201)
    weight = log_smallest_density(n, s) - 0.5 * law.plus * s * s
    force = s * math.sqrt(2 * p * (p - 1) / n)
    mean = force * (p + nu**2) / (p**2 + nu**2)
    spread = nu * (p - 1) / math.sqrt((p**2 + nu**2) * n)
    expected = np.sum(np.exp(weight) * ndtr((u - mean) / spread)) * (s[1] - s[0])
    expected *= math.exp(log_prefactor(n, law))
    assert mean_minima_below(n, p, nu, u) == pytest.approx(expected, rel=1e-9)


def test_only_b_matters():
    b = covariance_of(3, 0.0).b
    nu = math.sqrt((8 * 10 - b * 100) / (1 + b))
    assert mean_minima(50, 10, nu) == pytest.approx(mean_minima(50, 3, 0.0), rel=1e-11)


def test_counts_beyond_doubles_are_infinite_but_their_logarithms_are_not():
    assert math.isinf(mean_stationary_points(400, 60, 0.0))
    assert math.isfinite(log_mean_stationary_points(400, 60, 0.0))


@pytest.mark.slow
@pytest.mark.parametrize("n", [slow(20), 21])
def test_tridiagonal_ensemble_agrees(n):
    """Matrices of Dumitriu and Edelman sample the same eigenvalues."""
    from scipy.linalg import eigvalsh_tridiagonal

    rng = np.random.default_rng(7)
    samples = 4000
    p, nu = 3, 1.2
    law = covariance_of(p, nu)
    weights = np.empty((samples, n))
    for row in weights:
        side = np.sqrt(0.5 * rng.chisquare(np.arange(n - 1, 0, -1)))
        row[:] = np.exp(-0.5 * law.b * eigvalsh_tridiagonal(rng.standard_normal(n), side) ** 2)
    scale = math.exp(log_prefactor(n, law))
    means, errors = scale * weights.mean(0), scale * weights.std(0) / math.sqrt(samples)
    exact = mean_by_index(n, p, nu)
    z = (means - exact) / errors
    assert abs(z).max() < 4.5
    assert abs(means.sum() / mean_stationary_points(n, p, nu) - 1) < 0.05
    assert abs((means[0] - 1.1 * exact[0]) / errors[0]) > 4
