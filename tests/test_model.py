"""The model against the definition: einsum oracle, the law of the couplings, misuse."""

import math
from itertools import combinations_with_replacement, pairwise

import numpy as np
import pytest
from scipy import stats

from spinglass import PSpin
from spinglass.errors import InputError, MemoryLimitError
from spinglass.landscape import random_points
from spinglass.landscape.drawn import PSpin as HomePSpin
from spinglass.landscape.forms import coupling_count, index_ranges
from spinglass.machine import memory_room
from spinglass.parallel import thread_share
from spinglass.theory.parameters import covariance_of
from tests import oracles

CASES = [(2, 5), (2, 23), (3, 4), (3, 17), (4, 3), (4, 9), (5, 2), (5, 6)]


def close(found, expected):
    """Relative error below 1e-12 of the largest entry."""
    scale = np.max(np.abs(expected))
    return np.max(np.abs(found - expected)) < 1e-12 * scale


@pytest.mark.parametrize("batch", [1, 7, 64])
@pytest.mark.parametrize("with_field", [False, True])
@pytest.mark.parametrize(("p", "n"), CASES)
def test_energy_gradient_and_hessian_equal_the_einsum_oracle(p, n, with_field, batch):
    rng = np.random.default_rng(p * 100 + n)
    tensor = rng.standard_normal((n,) * p)
    field = rng.standard_normal(n) if with_field else np.zeros(n)
    model = PSpin.from_tensor(tensor, field if with_field else None)
    x = random_points(n, batch, start_seed=n)
    energy, slope, hessian = model.energy(x), model.riemannian_gradient(x), model.hessian(x)
    euclidean = model.gradient(x)
    for k in sorted({0, batch // 2, batch - 1}):
        assert close(energy[k], oracles.energy(tensor, field, x[k]))
        assert close(euclidean[k], oracles.gradient(tensor, field, x[k]))
        expected = oracles.riemannian_gradient(tensor, field, x[k])
        assert np.max(np.abs(slope[k] - expected)) < 1e-12 * np.max(np.abs(euclidean[k]))
        expected = oracles.hessian(tensor, field, x[k])
        assert np.max(np.abs(hessian[k] - expected)) < 1e-12 * np.max(np.abs(expected))


def test_spectrum_is_that_of_the_hessian_without_the_radial_mode():
    model = PSpin(12, 3, 0.7, 4)
    x = random_points(12, 3)
    whole = np.linalg.eigvalsh(model.hessian(x[1]))
    tangent = np.delete(whole, np.argmin(np.abs(whole)))
    assert np.allclose(model.spectrum(x)[1], tangent, atol=1e-12)
    assert np.max(np.abs(model.hessian(x[1]) @ x[1])) < 1e-12


def test_shapes_follow_the_leading_axes():
    model = PSpin(6, 3)
    x = random_points(6, 10).reshape(2, 5, 6)
    assert model.energy(x).shape == (2, 5)
    assert model.gradient(x).shape == (2, 5, 6)
    assert model.hessian(x).shape == (2, 5, 6, 6)
    assert model.spectrum(x).shape == (2, 5, 5)
    assert model.energy(x[0, 0]).shape == ()


def test_a_large_landscape_is_split_and_still_equals_its_parts():
    model = PSpin(300, 3, 0.5, 1)
    assert coupling_count(300, 3) >= 2**22
    x = random_points(300, 2)
    slope = model.gradient(x)
    step = 1e-4 * np.random.default_rng(0).standard_normal(300)
    change = 300 * (model.energy(x[1] + step) - model.energy(x[1] - step))
    assert change == pytest.approx(2 * slope[1] @ step, rel=1e-6)
    along = x[1] @ (slope[1] + model.field)
    whole = 3 * (300 * model.energy(x[1]) + model.field @ x[1])
    assert along == pytest.approx(whole, rel=1e-12)


def test_one_seed_is_one_landscape_at_every_field():
    weak, strong = PSpin(20, 3, 0.5, 7), PSpin(20, 3, 2.0, 7)
    assert np.array_equal(weak.couplings, strong.couplings)
    assert np.allclose(strong.field, 4.0 * weak.field)
    twin = weak.at_field(2.0)
    assert twin.couplings is weak.couplings
    assert np.array_equal(twin.field, strong.field)
    other = PSpin(20, 3, 0.5, 8)
    assert not np.array_equal(other.couplings, weak.couplings)
    assert not np.array_equal(other.field_direction, weak.field_direction)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_couplings_do_not_depend_on_the_number_of_threads(threads):
    with thread_share(threads):
        couplings = PSpin(80, 3, 0, 5).couplings
    assert np.array_equal(couplings, PSpin(80, 3, 0, 5).couplings)


@pytest.mark.parametrize(("n", "p"), [(7, 2), (5, 3), (4, 4), (3, 6)])
def test_variance_of_a_coupling_is_its_number_of_orderings(n, p):
    draws = np.array([PSpin(n, p, 0.0, seed).couplings for seed in range(1500)])
    tuples = sorted(
        tuple(sorted(t, reverse=True)) for t in combinations_with_replacement(range(n), p)
    )
    orderings = [
        math.factorial(p) / math.prod(math.factorial(t.count(i)) for i in set(t)) for t in tuples
    ]
    assert len(tuples) == draws.shape[1]
    squares = (draws**2).sum(axis=0)
    spread = math.sqrt(2 * 1500)
    assert np.max(np.abs(squares / orderings - 1500)) < 4.5 * spread
    assert np.max(np.abs(squares / np.roll(orderings, 1) - 1500)) > 4.5 * spread


def covariance_score(p, exponent, n=6, samples=4000):
    """Return how many standard errors the sample covariance of H is from n q^exponent."""
    x = random_points(n, 2, start_seed=3)
    q = 0.8
    y = q * x[0] + np.sqrt(1 - q * q) * (x[1] - (x[1] @ x[0]) / n * x[0]) / np.sqrt(
        1 - ((x[1] @ x[0]) / n) ** 2
    )
    pair = np.stack([x[0], y])
    energies = n * np.array([PSpin(n, p, 0.0, seed).energy(pair) for seed in range(samples)])
    products = energies[:, 0] * energies[:, 1]
    error = products.std(ddof=1) / np.sqrt(samples)
    return (products.mean() - n * q**exponent) / error


@pytest.mark.slow
@pytest.mark.parametrize("p", [2, 3, 4])
def test_covariance_of_the_energy_is_n_times_overlap_to_the_p(p):
    assert abs(covariance_score(p, p)) < 3.0
    assert abs(covariance_score(p, p + 1)) > 3.0


def test_field_components_have_standard_deviation_nu():
    model = PSpin(5000, 2, 1.5, 0)
    assert stats.kstest(model.field / 1.5, "norm").pvalue > 1e-3
    assert stats.kstest(model.field / 1.2, "norm").pvalue < 1e-3


@pytest.mark.parametrize("p", [2, 3, 4])
def test_symmetry_under_reflection(p):
    x = random_points(9, 4)
    model = PSpin(9, p, 0.0, 2)
    assert np.allclose(model.energy(-x), (-1) ** p * model.energy(x), rtol=0, atol=1e-14)
    assert model.covariance.is_even == (p % 2 == 0)
    assert not model.at_field(0.3).covariance.is_even


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((10, 1), "p must be an integer >= 2, got 1"),
        ((0, 3), "n must be an integer >= 2, got 0"),
        ((10.5, 3), "n must be an integer >= 2, got 10.5"),
        ((10, True), "p must be"),
        ((10, 3, math.nan), "nu must be a finite number >= 0, got nan"),
        ((10, 3, -1.0), "nu must be a finite number >= 0, got -1.0"),
        ((10, 3, 0.0, -1), "seed must be an integer >= 0, got -1"),
    ],
)
def test_misuse_names_the_value_and_what_is_allowed(arguments, words):
    with pytest.raises(InputError, match=words.replace(".", r"\.")):
        PSpin(*arguments)


def test_points_of_the_wrong_shape_or_off_the_sphere_are_refused():
    model = PSpin(5, 3)
    with pytest.raises(InputError, match=r"shape \(\.\.\., 5\)"):
        model.energy(np.ones(4))
    with pytest.raises(InputError, match="n within"):
        model.riemannian_gradient(2 * np.ones(5))
    with pytest.raises(InputError, match="n, p >= 2"):
        PSpin.from_tensor(np.ones(4))
    with pytest.raises(InputError, match="finite"):
        PSpin.from_tensor(np.full((3, 3), np.inf))


def test_couplings_that_do_not_fit_are_refused_before_anything_is_allocated():
    needed = 8 * coupling_count(3000, 4)
    assert needed > memory_room().size
    with pytest.raises(MemoryLimitError, match=f"{needed:,} bytes"):
        PSpin(3000, 4)


def test_minus_zero_is_no_field():
    model = PSpin(4, 3, -0.0, 0)
    for nu in (model.nu, model.at_field(-0.0).nu, covariance_of(3, -0.0).nu):
        assert math.copysign(1.0, nu) == 1.0


@pytest.mark.parametrize(("n", "p", "pieces"), [(2, 2, 32), (10, 3, 4), (50, 4, 7)])
def test_index_ranges_cover_all_couplings_once(n, p, pieces):
    ranges = list(index_ranges(n, p, pieces))
    assert ranges[0][0] == 0
    assert ranges[-1][1] == n
    for (_, stop, _), (first, _, start) in pairwise(ranges):
        assert stop == first
        assert start == coupling_count(first, p)


def test_public_name_is_the_class():
    assert PSpin is HomePSpin
    assert repr(PSpin(4, 2, 0.5, 1)) == "PSpin(n=4, p=2, nu=0.5, seed=1)"
