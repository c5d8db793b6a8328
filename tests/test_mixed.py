"""Landscapes of several orders: against dense tensors, finite differences and exact theory."""

import math

import numpy as np
import pytest

from spinglass import PSpin, descend
from spinglass.covariance import Covariance
from spinglass.errors import InputError, MemoryLimitError
from spinglass.landscape import forms, random_points
from spinglass.landscape.drawn import Mixed
from spinglass.landscape.model import Landscape
from spinglass.machine import Room
from spinglass.search import Status
from spinglass.search.census import take_census
from spinglass.search.proofs.certificates import prove_minima, prove_stationary
from spinglass.search.stationary import find_stationary_points
from spinglass.theory import energy_by_index, mean_by_index
from tests.marks import slow
from tests.oracles import pairs_of_overlap

WEIGHTS = [{2: 1.0, 3: 1.0}, {3: 0.5, 4: 2.0}, {2: 1.0, 3: 0.3, 5: 0.7}]


def dense_energy(tensors, field, points):
    """H of dense couplings by order, straight from the definition."""
    total = -points @ field
    for tensor in tensors.values():
        n, value = len(tensor), tensor
        inner = np.broadcast_to(value, (len(points), *value.shape))
        for _ in range(tensor.ndim):
            inner = np.einsum("s...i,si->s...", inner, points)
        total -= n ** (-(tensor.ndim - 1) / 2) * inner
    return total


@pytest.mark.parametrize("orders", [(2, 3), (3, 4), (2, 3, 5)])
def test_energies_are_those_of_dense_tensors(orders):
    rng = np.random.default_rng(0)
    tensors = {p: rng.normal(size=(5,) * p) for p in orders}
    field = rng.normal(size=5)
    model = Landscape.from_tensor(tensors, field)
    points = random_points(5, 40, 1)
    assert 5 * model.energy(points) == pytest.approx(dense_energy(tensors, field, points))


@pytest.mark.parametrize("weights", [*WEIGHTS, {2: 1.0, 4: 1.0}, {2: 1.0, 6: 1.0}])
def test_the_flow_takes_the_same_steps_in_any_company(weights):
    """Groups of lanes do not meet in the room that they share."""
    model, starts = Mixed(12, weights, 0.3, 1), random_points(12, 200, 4)
    together = descend(model, starts)
    alone = [descend(model, start[None]).spins[0] for start in starts[::40]]
    assert np.array_equal(together.spins[::40], alone)


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("n", [3, 9])
def test_derivatives_are_differences_of_energies(weights, n):
    model, step = Mixed(n, weights, 0.4, 1), 1e-5
    points = random_points(n, 20, 2)
    shifts = step * np.eye(n)
    ahead, behind = (n * model.energy(points[:, None] + sign * shifts) for sign in (1, -1))
    assert model.gradient(points) == pytest.approx((ahead - behind) / (2 * step), abs=1e-7)
    slopes = [model.gradient(points[:, None] + sign * shifts) for sign in (1, -1)]
    second = (slopes[0] - slopes[1]) / (2 * step)
    across = np.eye(n) - points[:, :, None] * points[:, None] / n
    force = model.radial_force(points)[:, None, None]
    assert model.hessian(points) == pytest.approx(
        across @ second @ across - force * across, abs=1e-7
    )


def test_a_mixture_of_one_order_is_the_pure_model_to_the_bit():
    points = random_points(7, 20, 1)
    mixed, pure = Mixed(7, {3: 1.0}, 0.4, 2), PSpin(7, 3, 0.4, 2)
    assert np.array_equal(mixed.couplings, pure.couplings)
    assert np.array_equal(mixed.gradient(points), pure.gradient(points))
    assert mixed == pure
    assert hash(mixed) == hash(pure)
    assert mixed != PSpin(7, 3, 0.5, 2)
    assert mixed != Mixed(7, {3: 2.0}, 0.4, 2)
    double = Mixed(7, {3: 4.0}, 0.0, 2)
    assert double.energy(points) == pytest.approx(2.0 * PSpin(7, 3, 0.0, 2).energy(points))


@pytest.mark.parametrize("weights", WEIGHTS)
def test_samples_have_the_covariance_of_the_mixture_and_no_other(weights):
    """Of a sample's products and squares the mean over many pairs and points is taken."""
    n, q, pairs, samples = 5, 0.6, 40, 500
    law = Covariance.mixture(weights, 0.6)
    points = pairs_of_overlap(q, n, pairs)
    energies = np.array([Mixed(n, weights, 0.6, seed).energy(points) for seed in range(samples)])
    products = n * np.mean(energies[:, :pairs] * energies[:, pairs:], axis=1)
    error = products.std() / math.sqrt(samples)
    assert abs(products.mean() - law(q)) < 4 * error
    squares = n * np.mean(energies**2, axis=1)
    wrong = Covariance.mixture({**weights, 3: 2 * weights[3]}, 0.6)
    assert abs(squares.mean() - law(1.0)) < 4 * squares.std() / math.sqrt(samples)
    assert abs(squares.mean() - wrong(1.0)) > 4 * squares.std() / math.sqrt(samples)


@pytest.mark.parametrize("method", ["flow", "strict", slow("gd")])
def test_descents_end_in_minima_that_are_proven(method):
    model = Mixed(20, {2: 1.0, 3: 1.0, 4: 0.5}, 0.3, 1)
    found = descend(model, 60, method=method)
    assert found.count(Status.MINIMUM) == 60
    assert np.all(found.lambda_min > 0.0)
    assert model.energy(found.spins) == pytest.approx(found.energy, abs=1e-12)
    assert model.spectrum(found.spins)[:, 0] == pytest.approx(found.lambda_min, abs=1e-8)
    assert all(proof.proven for proof in prove_minima(model, found.spins))


def test_methods_agree_where_a_mixture_leads():
    model = Mixed(15, {2: 1.0, 3: 1.0}, 0.0, 3)
    starts = random_points(15, 40, 7)
    ends = [descend(model, starts, method=method).spins for method in ("flow", "gd")]
    assert np.mean(np.einsum("si,si->s", *ends) / 15 > 1 - 1e-6) >= 0.9


def test_powers_of_two_scale_a_mixture_to_the_bit():
    rng = np.random.default_rng(1)
    tensors = {p: rng.normal(size=(4,) * p) for p in (2, 3)}
    plain, tiny = (
        Landscape.from_tensor({p: factor * t for p, t in tensors.items()}, factor * np.ones(4))
        for factor in (1.0, 2.0**-50)
    )
    assert tiny.unit == 2.0**-50 * plain.unit
    found, small = find_stationary_points(plain), find_stationary_points(tiny)
    assert found.complete
    assert np.array_equal(found.spins, small.spins)
    assert np.array_equal(2.0**-50 * found.energy, small.energy)
    proofs, others = (prove_stationary(m, found.spins) for m in (plain, tiny))
    assert [proof.distance for proof in proofs] == [proof.distance for proof in others]
    assert all(proof.index == k for proof, k in zip(proofs, found.index, strict=True))


def samples_of(weights, nu, samples=60, n=4):
    return [
        find_stationary_points(Mixed(n, weights, nu, seed), method="search", sweep=256)
        for seed in range(samples)
    ]


def scores(found, law, n=4):
    """Deviations of pooled counts, and of the mean energy of minima, in sigmas."""
    counts = np.array([each.counts(n) for each in found], dtype=float)
    pooled = (counts + counts[:, ::-1])[:, : n // 2]
    exact = mean_by_index(n, law)
    expected = (exact + exact[::-1])[: n // 2]
    spread = pooled.std(axis=0, ddof=1) / math.sqrt(len(found))
    z = (pooled.mean(axis=0) - expected) / spread
    sums = np.array([each.energy[each.index == 0].sum() for each in found])
    mean = energy_by_index(n, law)[0][0] * exact[0]
    return z, (sums.mean() - mean) / (sums.std(ddof=1) / math.sqrt(len(found)))


CASES = [
    ({2: 1.0, 3: 1.0}, 0.0),
    ({3: 1.0, 4: 1.0}, 0.0),
    ({2: 1.0, 4: 1.0}, 0.0),
    ({2: 1.0, 3: 1.0}, 0.8),
]


@pytest.mark.slow
@pytest.mark.parametrize(("weights", "nu"), CASES)
def test_points_of_all_indices_are_as_many_and_as_low_as_theory_says(weights, nu):
    found = samples_of(weights, nu)
    assert all(each.complete for each in found)
    z, energy = scores(found, Covariance.mixture(weights, nu))
    assert np.abs(z).max() < 3.5
    assert abs(energy) < 3.5
    wrong = Covariance.mixture({p: c if p == 2 else 4.0 * c for p, c in weights.items()}, nu)
    other, shifted = scores(found, wrong)
    assert max(np.abs(other).max(), abs(shifted)) > 4


def test_the_antipodes_of_an_even_mixture_are_one_minimum():
    even = take_census(Mixed(10, {2: 1.0, 4: 1.0}, 0.0, 1), 0.05)
    assert even.antipodal
    assert not take_census(Mixed(10, {2: 1.0, 3: 1.0}, 0.0, 1), 0.05).antipodal


def test_memory_is_checked_over_all_orders(monkeypatch):
    monkeypatch.setattr(forms, "memory_room", lambda: Room(2**27 + 8 * 300_000, "a limit"))
    assert Mixed(50, {4: 1.0}).couplings.size < 300_000
    with pytest.raises(MemoryLimitError, match=r"n = 50, p = 2\+3\+4 needs 2,529,600 bytes"):
        Mixed(50, {2: 1.0, 3: 1.0, 4: 1.0})


def test_memory_is_not_asked_for_where_the_reserve_has_room(monkeypatch):
    monkeypatch.setattr(forms, "memory_room", lambda: Room(0, "a limit"))
    assert PSpin(20, 3).couplings.size == 1_540
    forms.check_room("2^20 - 1", 2**20 - 1, "a test")
    with pytest.raises(MemoryLimitError, match="0 bytes"):
        forms.check_room("2^20", 2**20, "a test")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Mixed(5, {}), "at least one order, got none"),
        (lambda: Mixed(5, {1: 1.0}), "order of a mixture must be an integer >= 2, got 1"),
        (lambda: Mixed(5, {3: 0.0}), "order 3 must be a finite number > 0, got 0.0"),
        (lambda: Mixed(1, {3: 1.0}), "n must be an integer >= 2, got 1"),
        (lambda: Landscape.from_tensor({}), "at least one order, got none"),
        (lambda: Landscape.from_tensor({2: np.ones((3, 3, 3))}), "order 2 must have 2 axes"),
        (
            lambda: Landscape.from_tensor({2: np.ones((3, 3)), 3: np.ones((4, 4, 4))}),
            "of order 3 must have 3 axes of length 3, or packed for n = 3 be 10 numbers, got (4, 4",
        ),
        (lambda: Mixed(5, {2: 1.0, 3: 1.0}).p, "one order is wanted, got a landscape of orders"),
    ],
)
def test_bad_input_names_the_value_and_what_is_allowed(make, words):
    with pytest.raises(InputError) as caught:
        make()
    assert words in str(caught.value)
