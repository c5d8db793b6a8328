"""All stationary points of small samples by search: closed forms, exact means, what is refused."""

import math
from functools import partial, reduce

import numpy as np
import pytest

from spinglass import PSpin, descend
from spinglass.control import Control
from spinglass.errors import InputError
from spinglass.kernels.saddles import solve
from spinglass.search import Status, distinct_minima
from spinglass.search.proofs.certificates import prove_stationary
from spinglass.search.proofs.enclosures import third_derivative_bound
from spinglass.search.stationary import find_stationary_points as find_points
from spinglass.theory import mean_by_index
from tests.marks import slow

SAMPLES = 60

search_points = partial(find_points, method="search")


def find(n, p, nu, seed):
    return search_points(PSpin(n, p, nu, seed), sweep=256)


def scores(n, p, true_field, assumed_field):
    """Deviations of the mean counts, pooled over the indices k and n - 1 - k, in sigmas."""
    found = [find(n, p, true_field, seed) for seed in range(SAMPLES)]
    assert all(points.complete for points in found)
    counts = np.array([points.counts(n) for points in found], float)
    half = (n + 1) // 2
    exact = mean_by_index(n, p, assumed_field)
    pooled, exact = (counts + counts[:, ::-1])[:, :half], (exact + exact[::-1])[:half]
    return (pooled.mean(0) - exact) / (pooled.std(0, ddof=1) / math.sqrt(SAMPLES))


@pytest.mark.parametrize("n", [3, 6])
def test_degree_two_has_the_eigenvectors(n):
    found = find(n, 2, 0.0, 1)
    assert found.complete
    assert np.array_equal(found.counts(n), np.full(n, 2))


@pytest.mark.parametrize(("n", "p", "nu"), [(8, 3, 0.5), (5, 4, 0.0), (5, 4, 0.7), (6, 3, 8.0)])
def test_every_point_is_proven_and_the_checks_hold(n, p, nu):
    model = PSpin(n, p, nu, 2)
    found = search_points(model)
    assert found.complete
    assert found.euler == 1 + (-1) ** (n - 1)
    proofs = prove_stationary(model, found.spins)
    assert all(proof.proven for proof in proofs)
    assert np.array_equal([proof.index for proof in proofs], found.index)
    overlaps = found.spins @ found.spins.T / n
    assert overlaps[np.triu_indices(len(overlaps), 1)].max() < 1 - 1e-7
    minima = distinct_minima(descend(model, 500))
    mine = search_points(model, 0).energy
    assert len(mine) == found.counts(n)[0] == len(minima.energy)
    assert mine == pytest.approx(minima.energy, abs=1e-9)


def test_trivial_landscape_has_one_minimum_and_one_maximum():
    assert find(6, 3, 8.0, 0).counts(6).tolist() == [1, 0, 0, 0, 0, 1]


@pytest.mark.slow
@pytest.mark.parametrize(("n", "p", "nu"), [(4, 3, 0.0), (5, 3, 1.0), (4, 4, math.sqrt(8))])
def test_mean_counts_are_the_exact_ones(n, p, nu):
    z = scores(n, p, nu, nu)
    assert np.abs(z).max() < 4


@pytest.mark.slow
def test_a_wrong_field_is_noticed():
    assert np.abs(scores(5, 3, 1.0, 0.5)).max() > 4


def test_what_was_not_completed_is_said():
    found = search_points(PSpin(10, 3, 0.0, 0), sweep=40, max_starts=40)
    assert found.starts == 40
    assert not found.complete
    assert not found.symmetry_holds


def rank_one(n, p):
    vector = np.random.default_rng(0).normal(size=n)
    return reduce(np.multiply.outer, [vector] * p)


@pytest.mark.parametrize(
    "tensor",
    [
        slow(rank_one(5, 3)),
        slow(rank_one(5, 4)),
        rank_one(2, 4),
        np.eye(5),
        np.zeros((3, 3, 3)),
    ],
    ids=["rank one", "rank one, even", "a point met multiply", "constant", "zero"],
)
def test_points_that_are_not_isolated_end_the_search_early(tensor):
    found = search_points(PSpin.from_tensor(tensor))
    assert found.starts < 10_000
    assert not found.isolated
    assert not found.complete
    assert "not isolated" in found.doubts[0]
    assert not any(name.startswith("index") for name in found.facts())


@pytest.mark.parametrize(
    ("n", "seed"), [slow(3, 0), (4, 0), (4, 1), slow(4, 3), (5, 0), (5, 1), (6, 2)]
)
def test_single_points_that_are_degenerate_are_noticed(n, seed):
    """Couplings that leave out a spin: a monkey saddle at each of its poles.

    Newton's method ends near them, where the eigenvalues of up to 1e-5 are nothing but the distance
    that is left.
    """
    tensor = np.zeros((n, n, n))
    tensor[: n - 1, : n - 1, : n - 1] = np.random.default_rng(seed).normal(size=(n - 1,) * 3)
    model = PSpin.from_tensor(tensor)
    found = search_points(model)
    poles = np.abs(found.spins[:, -1]) > math.sqrt(n) * (1 - 1e-6)
    assert poles.sum() == 2
    assert found.gap[poles].max() < 1e-5
    assert not found.isolated
    assert not found.complete
    assert found.doubts == ("points are not isolated: an eigenvalue vanishes there",)
    ends = descend(model, 200)
    near = np.abs(ends.spins[:, -1]) > math.sqrt(n) * (1 - 1e-6)
    assert not np.isin(ends.status[near], [Status.MINIMUM, Status.SADDLE]).any()


@pytest.mark.parametrize("factor", [1.0, 2.0**60, 1e-200, 1e200])
@pytest.mark.parametrize("vector", [(7.0, 3.0), (-4.0, -9.0), (1.0, 0.0)])
def test_inflections_are_never_called_minima(vector, factor):
    """H = -(v . x)^3 / n on a circle: its third-order zeros are stationary, with eigenvalue 0."""
    tensor = factor * reduce(np.multiply.outer, [np.array(vector)] * 3)
    model = PSpin.from_tensor(tensor)
    found = search_points(model)
    assert not found.isolated
    assert not found.complete
    ends = descend(model, 20, max_gradients=20_000)
    across = np.abs(ends.spins @ vector) < 1e-3 * np.linalg.norm(vector)
    assert not np.isin(ends.status[across], [Status.MINIMUM, Status.SADDLE]).any()
    assert len(distinct_minima(ends).spins) == 1


@pytest.mark.parametrize("factor", [1e-280, 1e-170, 1e155, 1e250])
def test_no_size_of_the_couplings_hides_that_points_are_degenerate(factor):
    """Bounds of derivatives neither underflow to 0 nor overflow."""
    vectors = np.array([[2.0, -5.0, 1.0], [3.0, 1.0, -4.0]])
    tensor = sum(reduce(np.multiply.outer, [vector] * 3) for vector in vectors)
    assert not search_points(PSpin.from_tensor(factor * tensor)).complete
    generic = np.random.default_rng(0).normal(size=(3, 3, 3))
    field = np.array([0.3, 0.2, 0.1])
    found = search_points(PSpin.from_tensor(factor * generic, factor * field))
    assert found.complete
    assert len(found.spins) == 10
    unit = PSpin.from_tensor(factor * tensor).unit
    scaled = third_derivative_bound(PSpin.from_tensor(factor * tensor), 1.0) / unit
    plain = PSpin.from_tensor(tensor)
    assert 0.4 < scaled / (third_derivative_bound(plain, 1.0) / plain.unit) < 2.5


def test_a_landscape_of_full_rank_is_not_called_degenerate():
    vectors = np.random.default_rng(0).normal(size=(4, 4))
    tensor = sum(reduce(np.multiply.outer, [vector] * 3) for vector in vectors)
    found = search_points(PSpin.from_tensor(tensor))
    assert found.isolated
    assert found.complete


def test_threads_and_order_leave_no_trace():
    model = PSpin(7, 3, 0.4, 1)
    one = search_points(model, sweep=1024, control=Control(1))
    two = search_points(model, sweep=1024, control=Control(2))
    assert np.array_equal(one.spins, two.spins)
    assert np.array_equal(one.hits, two.hits)


def test_linear_systems_are_solved_with_pivoting():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((6, 6)), rng.standard_normal(6)
    a[0, 0] = 0.0
    x = b.copy()
    assert solve(a.copy(), x)
    assert np.allclose(a @ x, b)
    assert not solve(np.zeros((3, 3)), np.ones(3))


@pytest.mark.parametrize("index", [-1, 5, 1.5])
def test_bad_index(index):
    with pytest.raises(InputError, match="index"):
        search_points(PSpin(5, 3), index)
