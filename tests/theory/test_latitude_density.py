"""Mean numbers by latitude, exact, against sampled matrices, closed forms and found points."""

import math

import numpy as np
import pytest

from spinglass import find_stationary_points
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.landscape import Landscape, draw_landscape, overlap
from spinglass.landscape.planting import hidden_point
from spinglass.signals import Planted
from spinglass.theory import (
    inherent_structure,
    latitude_density,
    latitude_means,
    log_latitude_plane,
    mean_by_index,
    mean_minima,
    mean_stationary_points,
)
from spinglass.theory.latitude_law import latitude_law
from tests.marks import slow
from tests.theory.dense_latitudes import dense_latitude
from tests.theory.sampled_latitudes import sampled_latitudes

MIXED = Covariance.parse("3:1,4:1")
NODES, WEIGHTS = np.polynomial.legendre.leggauss(120)
LATITUDES, SHARES = np.sin(0.5 * math.pi * NODES), 0.5 * math.pi * np.cos(0.5 * math.pi * NODES)


def over_all(n, law, signal, index, pinned=False):
    """Integrate a density over all latitudes."""
    found = latitude_density(n, law, signal, LATITUDES, index, pinned=pinned)
    return float((SHARES * WEIGHTS) @ found)


@pytest.mark.slow
@pytest.mark.parametrize("law", [Covariance.pure(3), Covariance.pure(4, 0.7), MIXED])
@pytest.mark.parametrize("n", [3, slow(5), slow(20)])
def test_latitudes_without_signal_add_up_to_the_exact_means(law, n):
    exact = mean_by_index(n, law)
    for index in (0, n - 1):
        assert over_all(n, law, {}, index) == pytest.approx(exact[index], rel=1e-11)
    assert over_all(n, law, {}, 1) == pytest.approx(exact[1], rel=5e-7)
    total = mean_stationary_points(n, law)
    assert over_all(n, law, {}, None) == pytest.approx(total, rel=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 400])
def test_minima_of_large_landscapes_add_up_as_well(n):
    exact = mean_minima(n, 3)
    assert over_all(n, Covariance.pure(3), {}, 0) == pytest.approx(exact, rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("strength", [0.4, slow(3.0)])
def test_a_spiked_matrix_has_two_points_of_every_index(strength):
    law = Covariance.pure(2)
    for index, exactness in ((0, 1e-9), (1, 1e-6), (2, 1e-6), (5, 1e-9)):
        assert over_all(6, law, {2: strength}, index) == pytest.approx(2.0, rel=exactness)


@pytest.mark.slow
@pytest.mark.parametrize("signal", [slow({3: 1.3}), slow({1: 0.7}), {2: 0.5, 4: 0.8}])
def test_signed_counts_are_those_of_the_sphere_whatever_the_signal(signal):
    """Morse: minima less saddles plus maxima are 2 on the sphere of n = 3, and 2 at n = 5."""
    for n in (3, 5):
        counts = [over_all(n, Covariance.pure(3), signal, index) for index in range(n)]
        assert sum((-1) ** k * count for k, count in enumerate(counts)) == pytest.approx(
            2.0, abs=1e-6
        )
        assert sum(counts) == pytest.approx(over_all(n, Covariance.pure(3), signal, None), rel=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize(("law", "n"), [(Covariance.pure(3), 4), slow(MIXED, 6)])
@pytest.mark.parametrize("index", [None, 0, 1])
def test_densities_and_energies_are_those_of_sampled_matrices(law, n, index):
    m, signal = np.array([-0.7, 0.1, 0.6, 0.9]), {3: 1.3}
    mean, error, energy = sampled_latitudes(n, law, signal, m, index)
    means = latitude_means(n, law, signal, m, index)
    assert np.abs((means.density - mean) / error).max() < 4.0
    assert means.energy == pytest.approx(energy, abs=0.06)
    wrong = latitude_density(n, law, {3: 2.6}, m, index)
    assert np.abs((wrong - mean) / error).max() > 8.0


@pytest.mark.parametrize(
    ("m", "pinned"),
    [slow(0.999999, False), slow(0.6, True), slow(0.9, True), slow(0.99, True)],
)
def test_three_spins_against_dense_quadrature(m, pinned):
    for law, signal in ((Covariance.pure(3), {3: 1.2}), (MIXED, {1: 0.4, 4: 0.8})):
        for index in (0, 1, 2, None):
            means = latitude_means(3, law, signal, m, index, pinned=pinned)
            exact = dense_latitude(law, signal, m, index, pinned)
            assert float(means.log_density) == pytest.approx(exact, abs=means.relative_error)


@pytest.mark.slow
@pytest.mark.parametrize("index", [0, slow(1)])
@pytest.mark.parametrize("m", [0.9999, slow(-0.9999)])
def test_pinned_points_next_to_the_hidden_one_and_opposite(m, index):
    """X and the first entry of the Hessian nearly depend on each other there."""
    means = latitude_means(3, 3, {3: 1.2}, [m, 0.5], index, pinned=True)
    exact = dense_latitude(Covariance.pure(3), {3: 1.2}, m, index, True)
    assert means.relative_error == 1e-4
    assert means.log_density[0] == pytest.approx(exact, abs=1e-4)


@pytest.mark.slow
def test_minima_that_hardly_ever_occur():
    """The first entry of the Hessian is many deviations on the wrong side."""
    law, signal = Covariance.pure(3), {3: 20.0}
    exact = dense_latitude(law, signal, 0.4, 0, nodes=(140, 200, 140))
    density = latitude_means(3, law, signal, 0.4, 0).log_density
    assert float(density) == pytest.approx(exact, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "nu"), [(3, 10.0), slow(5, 8.0)])
def test_in_a_strong_field_all_points_are_those_of_every_index(n, nu):
    law, m = Covariance.pure(3, nu), [0.0, 0.5]
    each = sum(latitude_density(n, law, {3: 1.2}, m, index) for index in range(n))
    assert each == pytest.approx(latitude_density(n, law, {3: 1.2}, m), rel=2e-7)


@pytest.mark.parametrize("pinned", [False, True])
@pytest.mark.parametrize("index", [0, slow(2)])
def test_the_plane_of_radial_forces_adds_up_and_has_the_mean_energy(pinned, index):
    """In a pure model X is 3 H/n at every point."""
    m, x = np.array([-0.4, 0.5, 0.8]), np.linspace(-14.0, 9.0, 461)
    plane = np.exp(log_latitude_plane(8, 3, {3: 1.2}, m, x, index, pinned=pinned))
    means = latitude_means(8, 3, {3: 1.2}, m, index, pinned=pinned)
    assert plane.sum(axis=1) * 0.05 == pytest.approx(means.density, rel=1e-6)
    assert plane @ x / plane.sum(axis=1) / 3.0 == pytest.approx(means.energy, abs=1e-7)


def test_the_pinned_law_is_the_covariance_conditioned():
    """Of the four scalars, less what the noise at the pinned point says of each order."""
    n, law, m = 7, Covariance.parse("3:1,4:0.5", 0.3), 0.6
    rest = 1.0 - m * m
    joint = np.diag([law.slope, law.radial / n, 2.0 * law.curvature / n, law(1.0) / n])
    joint[1, 3] = joint[3, 1] = law.slope / n
    for p, c in (*law.weights, (1, law.nu**2)):
        second = p * (p - 1) * m ** (p - 2) * rest if p > 1 else 0.0
        u = np.array([math.sqrt(n * rest) * p * m ** (p - 1), p * m**p, second, m**p])
        joint -= c / n * np.outer(u, u)
    left = joint[1:, 1:] - np.outer(joint[1:, 0], joint[0, 1:]) / joint[0, 0]
    known = latitude_law(n, law, (), m, True)
    assert known.radial_deviation**2 == pytest.approx(left[0, 0], rel=1e-12)
    assert known.second[1] == pytest.approx(left[0, 1] / left[0, 0], rel=1e-12)
    rest_of = left[1:, 1:] - np.outer(left[1:, 0], left[0, 1:]) / left[0, 0]
    assert known.second[2] ** 2 == pytest.approx(rest_of[0, 0], rel=1e-12)
    assert known.energy[2] == pytest.approx(rest_of[0, 1] / rest_of[0, 0], rel=1e-12)
    unpinned = latitude_law(n, law, (), m, False)
    away = -0.5 * math.log(joint[0, 0] / law.slope)
    assert known.log_factor - unpinned.log_factor == pytest.approx(away, rel=1e-12)


@pytest.mark.slow
def test_a_thousand_spins_have_one_minimum_in_the_valley():
    """And exponentially many elsewhere; far off it densities are below every double."""
    signal, m = {3: 1.0 / 0.7}, np.linspace(0.8, 0.99, 39)
    logs = latitude_means(1000, 3, signal, m, 0).log_density
    assert np.exp(logs).sum() * (m[1] - m[0]) == pytest.approx(1.0, abs=1e-3)
    mean = np.exp(logs) @ m / np.exp(logs).sum()
    assert mean == pytest.approx(inherent_structure(3, 0.7).overlap, abs=2e-3)
    assert -np.inf < latitude_means(1000, 3, signal, 0.999, 0).log_density < -750.0


@pytest.mark.slow
def test_maxima_are_minima_of_the_opposite_landscape():
    m = np.array([0.3, 0.8])
    for index in (0, 1):
        high = latitude_density(7, 4, {4: 1.1}, m, 6 - index)
        assert latitude_density(7, 4, {4: -1.1}, m, index) == pytest.approx(high, rel=1e-9)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: latitude_density(5, 3, {3: 1.0}, [1.0]), "latitude must be between -1 and 1"),
        (lambda: latitude_density(2, 3, {3: 1.0}, [0.0]), "n must be between 3 and 20000, got 2"),
        (lambda: latitude_density(501, 3, {}, [0.0], 1), "at most 500 unless index is 0 or n - 1"),
        (lambda: latitude_density(9, 2, {}, [0.0], pinned=True), "order of pinned noise must be"),
        (lambda: log_latitude_plane(9, 3, {}, [0.0], [1.0, 0.0]), "radial forces ascend"),
        (lambda: latitude_density(3, Covariance.pure(3, 1e3), {}, [0.0]), "at most 60 standard"),
        (lambda: latitude_density(9, 3, {3: 1e3}, [0.9], 0), "at most 250 standard"),
        (lambda: log_latitude_plane(9, 3, {}, [0.0], [-1e3, 1e3], 0), "at most 250 standard"),
    ],
)
def test_what_is_not_known_is_refused(ask, words):
    with pytest.raises(InputError, match=words):
        ask()


def _drawn(n, law, order, strength, seed):
    """A spiked landscape of dense tensors, made by nothing of the package's own drawing."""
    rng = np.random.default_rng((seed, n, order))
    tensors = {p: math.sqrt(c) * rng.standard_normal((n,) * p) for p, c in law.weights}
    x = rng.standard_normal(n)
    x *= math.sqrt(n) / np.linalg.norm(x)
    power = x
    for _ in range(order - 1):
        power = np.multiply.outer(power, x)
    tensors[order] = tensors[order] + strength * n ** (-(order - 1) / 2) * power
    return Landscape.from_tensor(tensors), x


BINS = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])


def _scores(n, law, counts, signal, pinned=False):
    """z by bin of latitude and index, of counts (samples, bins, n)."""
    m, weights = np.polynomial.legendre.leggauss(8)
    low, high = BINS[:-1, None], BINS[1:, None]
    places, share = low + 0.5 * (high - low) * (m + 1.0), 0.5 * (high - low) * weights
    scores = []
    for index in range(n):
        exact = latitude_density(n, law, signal, places, index, pinned=pinned)
        exact = np.sum(share * exact, axis=1)
        cells = counts[:, :, index]
        spread = np.maximum(np.maximum(cells.std(axis=0, ddof=1), np.sqrt(exact)), 0.1)
        scores.append((cells.mean(axis=0) - exact) / (spread / math.sqrt(len(cells))))
    return np.array(scores)


def _counted(n, samples):
    counts = np.zeros((len(samples), len(BINS) - 1, n))
    for row, (model, x) in enumerate(samples):
        found = find_stationary_points(model)
        assert found.complete
        place = np.searchsorted(BINS, overlap(found.spins, x)) - 1
        np.add.at(counts, (row, place, found.index), 1)
    return counts


@pytest.mark.slow
@pytest.mark.parametrize(("law", "order"), [(Covariance.pure(3), 3), slow(MIXED, 3)])
def test_points_of_spiked_samples_are_at_the_latitudes_of_theory_and_of_no_other(law, order):
    counts = _counted(4, [_drawn(4, law, order, 1.3, seed) for seed in range(80)])
    right, wrong = (_scores(4, law, counts, {order: b}) for b in (1.3, 1.95))
    assert np.abs(right).max() < 4.0
    assert np.sum(right**2) < 2.0 * right.size
    assert np.sum(wrong**2) > 2.0 * wrong.size


@pytest.mark.slow
def test_points_of_pinned_samples_have_the_pinned_law_and_not_the_unpinned():
    n, temperature = 6, 0.6
    samples = [
        (draw_landscape(n, 3, seed, Planted(temperature)), hidden_point(n, seed))
        for seed in range(600)
    ]
    counts = _counted(n, samples)
    signal = {3: 1.0 / temperature}
    right = _scores(n, Covariance.pure(3), counts, signal, True)
    wrong = _scores(n, Covariance.pure(3), counts, signal, False)
    assert np.abs(right).max() < 4.0
    assert np.sum(right**2) < 2.0 * right.size
    assert np.sum(wrong**2) > 2.0 * wrong.size
