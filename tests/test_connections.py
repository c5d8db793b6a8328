"""Saddles between minima: closed forms, exhaustive searches, the exact flow, and wrong graphs."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from spinglass import PSpin, descend, find_stationary_points
from spinglass.connections import Connections, connect_minima, verify_edges
from spinglass.connections.falls import FARTHEST, both_sides, fall
from spinglass.connections.graph import OPEN
from spinglass.connections.search import extend
from spinglass.control import Control
from spinglass.errors import InputError, SpinglassWarning
from spinglass.kernels import saddles as kernel
from spinglass.landscape.geometry import overlap, project, random_points, retract
from spinglass.search import Status
from spinglass.search.census import Census
from spinglass.search.proofs.certificates import prove_stationary
from spinglass.search.random_searches import search
from tests.marks import slow

SAME = 1.0 - 1e-8


def bottom_of(model: PSpin, start: np.ndarray) -> np.ndarray:
    """Integrate the gradient flow by DOP853 until it has come to rest."""

    def slope(_, x):
        return -model.riemannian_gradient(retract(x))

    x = start
    for _ in range(400):
        x = retract(solve_ivp(slope, (0, 20), x, "DOP853", rtol=1e-9, atol=1e-9).y[:, -1])
        if np.linalg.norm(model.riemannian_gradient(x)) < 1e-6 * np.sqrt(model.n):
            break
    return x


def ends_by_the_flow(model: PSpin, saddle: np.ndarray, minima: np.ndarray) -> list[int]:
    """The minima below a saddle, from its own eigenvector and the flow integrated to accuracy."""
    values, modes = np.linalg.eigh(model.hessian(saddle))
    assert values[0] < 0.0
    mode = modes[:, 0] * np.sqrt(model.n)
    ends = []
    for sign in (-1, 1):
        overlaps = overlap(bottom_of(model, retract(saddle + sign * 1e-4 * mode)), minima)
        assert overlaps.max() > 1 - 1e-6
        ends.append(int(overlaps.argmax()))
    return sorted(ends)


@pytest.fixture(scope="module")
def small() -> tuple[PSpin, Connections]:
    model = PSpin(10, 3, 0.0, 0)
    return model, connect_minima(model, share=1.0, unseen_saddles=1e-3)


def test_degree_two_has_two_minima_and_the_second_eigenvectors_between_them():
    n = 9
    tensor = np.random.default_rng(4).standard_normal((n, n))
    model = PSpin.from_tensor(tensor)
    found = connect_minima(model)
    values, vectors = np.linalg.eigh((tensor + tensor.T) / 2 / np.sqrt(n))
    assert (len(found.minima), len(found.saddles), found.share_connected) == (2, 2, 1.0)
    assert np.abs(overlap(found.minima, np.sqrt(n) * vectors[:, -1])) == pytest.approx(1)
    assert np.abs(overlap(found.saddles, np.sqrt(n) * vectors[:, -2])) == pytest.approx(1)
    assert found.ends.tolist() == [[0, 1], [0, 1]]
    assert found.barriers == pytest.approx(np.full((2, 2), values[-1] - values[-2]), abs=1e-12)
    assert found.weight == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize(
    ("n", "p", "nu", "seed"),
    [
        slow(7, 3, 0.6, 2),
        (2, 3, 0.0, 0),
        slow(4, 3, 0.6, 2),
        (3, 3, 0.6, 2),
        slow(8, 3, 0.0, 1),
        slow(5, 4, 0.0, 3),
        slow(5, 4, 0.4, 0),
    ],
)
def test_the_graph_is_the_one_of_all_stationary_points(n, p, nu, seed):
    model = PSpin(n, p, nu, seed)
    everything = find_stationary_points(model)
    assert everything.complete
    found = connect_minima(model, share=1.0, unseen_saddles=1e-3)
    assert found.complete
    assert found.component.max() == 0
    minima = everything.spins[everything.index == 0]
    saddles = everything.spins[everything.index == 1]
    assert (len(found.minima), len(found.edges)) == (len(minima), len(saddles))
    assert (overlap(found.minima[:, None], minima).max(axis=1) > SAME).all()
    assert len(found.saddles) == len(found.edges)
    for saddle in saddles:
        row = int(overlap(saddle, found.saddles).argmax())
        assert overlap(saddle, found.saddles[row]) > SAME
        assert found.ends[row].tolist() == ends_by_the_flow(model, saddle, found.minima)


def test_every_barrier_is_a_climb_and_every_point_is_proven(small):
    model, found = small
    assert found.barriers.shape == (len(found.edges), 2)
    assert (found.barriers > 0).all()
    assert (found.barriers[:, 0] >= found.barriers[:, 1]).all()
    assert all(proof.is_minimum for proof in prove_stationary(model, found.minima))
    assert all(proof.index == 1 for proof in prove_stationary(model, found.saddles))
    assert (np.diff(found.saddle_energy) >= 0).all()
    assert model.energy(found.saddles) == pytest.approx(found.saddle_energy, abs=1e-12)


@pytest.mark.slow
def test_an_even_landscape_has_every_point_and_edge_at_the_antipode_too():
    model = PSpin(7, 4, 0.0, 1)
    found = connect_minima(model, unseen_saddles=1e-3)
    assert found.antipodal
    assert np.array_equal(found.minima[1::2], -found.minima[::2])
    assert np.array_equal(found.saddles[1::2], -found.saddles[::2])
    assert np.array_equal(np.sort(found.ends[::2] ^ 1, axis=1), found.ends[1::2])
    assert found.weight.sum() == pytest.approx(1)
    unreflected = find_stationary_points(model)
    assert unreflected.counts(7)[:2].tolist() == [len(found.minima), len(found.edges)]
    assert not connect_minima(model.at_field(0.1)).antipodal


def test_following_eigenvectors_leads_to_saddles_of_index_one_only():
    model = PSpin(16, 3, 0.0, 1)
    ends = search(model, random_points(16, 200), kernel.EIGENVECTOR, 100)
    assert len(ends) > 190
    index = (model.spectrum(ends) < 0).sum(axis=1)
    assert set(index) == {1}
    newton = search(model, random_points(16, 200), kernel.NEWTON)
    assert len(set((model.spectrum(newton) < 0).sum(axis=1))) > 5


def test_the_sides_of_a_saddle_lie_below_it_along_its_unstable_direction(small):
    model, found = small
    sides = both_sides(model, found.saddles)
    assert (model.energy(sides) < found.saddle_energy[:, None]).all()
    chord = project(found.saddles[:, None], sides - found.saddles[:, None])
    assert chord[:, 0] == pytest.approx(-chord[:, 1], abs=1e-12)
    assert np.linalg.norm(chord, axis=-1).max() <= FARTHEST * np.sqrt(model.n)
    stretched = np.einsum("kij,kj->ki", model.hessian(found.saddles), chord[:, 0])
    value = np.einsum("ki,ki->k", stretched, chord[:, 0]) / (chord[:, 0] ** 2).sum(axis=1)
    assert stretched == pytest.approx(value[:, None] * chord[:, 0], abs=1e-12)
    assert (value < 0).all()


def test_what_is_not_a_saddle_of_index_one_joins_nothing(small):
    model, found = small
    newton = search(model, random_points(10, 60), kernel.NEWTON)
    others = newton[(model.spectrum(newton) < 0).sum(axis=1) == 2][[0, -1]]
    assert overlap(*others) < SAME
    candidates = np.concatenate([found.minima[:1], others, random_points(10, 1)])
    assert not fall(model, candidates).transition.any()
    more = extend(model, found, np.concatenate([others, found.saddles[:1]]), 3)
    assert len(more.edges) == len(found.edges)
    assert (more.ends[:, 0] == OPEN).sum() == 2
    assert more.hits.sum() == found.hits.sum() + 3


def test_a_minimum_that_the_census_has_missed_is_added(small):
    model, whole = small
    census = connect_minima(model, max_searches=1)
    blind = replace(
        census,
        minima=census.minima[2:4],
        minimum_energy=census.minimum_energy[2:4],
        count=census.count[2:4],
        ends=np.full_like(census.ends, OPEN),
    )
    found = connect_minima(model, share=1.0, unseen_saddles=1e-3, known=blind)
    assert len(found.minima) == len(whole.minima) > 2
    assert (overlap(found.minima[:, None], whole.minima).max(axis=1) > SAME).all()
    assert np.flatnonzero(found.count).tolist() == [2, 3]
    assert (found.weight[[0, 1]] == 0).all()


@pytest.mark.slow
def test_going_on_is_the_same_as_not_stopping():
    model = PSpin(20, 3, 0.0, 2)
    batches = []
    control = Control(tell=lambda event: batches.append(event.found))
    whole = connect_minima(model, 1.0, unseen_saddles=2e-3, control=control)
    batches = [found for found in batches if isinstance(found, Connections)]
    assert len(batches) > 2
    assert not batches[0].complete
    assert batches[0].searches == 0 < len(batches[0].minima)
    for known in batches[:2]:
        resumed = connect_minima(model, 1.0, unseen_saddles=2e-3, known=known)
        for name in ("minima", "saddles", "saddle_energy", "ends", "hits", "count"):
            assert np.array_equal(getattr(resumed, name), getattr(whole, name)), name
        assert np.array_equal(resumed.minimum_energy, whole.minimum_energy)
        assert (resumed.searches, resumed.complete) == (whole.searches, True)


@pytest.mark.slow
def test_threads_leave_no_trace():
    one = connect_minima(
        PSpin(12, 3, 0.2, 1), control=Control(1), max_searches=1000, unseen_saddles=1e-9
    )
    two = connect_minima(
        PSpin(12, 3, 0.2, 1), control=Control(2), max_searches=1000, unseen_saddles=1e-9
    )
    assert np.array_equal(one.saddles, two.saddles)
    assert np.array_equal(one.ends, two.ends)


@pytest.mark.slow
def test_a_budget_ends_it_and_is_reported():
    found = connect_minima(PSpin(30, 3, 0.0, 1), max_searches=4)
    assert (found.searches, found.complete) == (4, False)
    assert found.share_connected < 0.95
    late = connect_minima(PSpin(12, 3), unseen_saddles=1e-9, control=Control(max_seconds=1e-9))
    assert (late.searches, late.complete) == (256, False)


@pytest.mark.slow
def test_one_minimum_and_no_saddle_is_soon_complete():
    model = PSpin(12, 3, 8.0, 0)
    found = connect_minima(model, unseen_saddles=1e-2, max_searches=1000)
    assert (len(found.minima), len(found.saddles), found.complete) == (1, 0, True)
    assert found.unseen == 0.0
    assert found.unseen_limit == pytest.approx(-np.log(0.05) / found.searches)
    assert found.unseen_limit <= 1e-2
    assert found.searches < 1000
    early = connect_minima(model, unseen_saddles=1e-2, max_searches=290)
    assert not early.complete
    assert 1e-2 < early.unseen_limit < 1.1e-2


def test_searches_that_end_in_nothing_are_searches(small):
    _, found = small
    hits = found.hits.copy()
    hits[:3] = 1
    once = int((hits == 1).sum())
    idle = replace(found, hits=hits, searches=10 * int(hits.sum()))
    assert idle.unseen == once / idle.searches
    both = replace(idle, antipodal=True, hits=hits.repeat(2))
    assert (both.unseen, both.unseen_limit) == (idle.unseen, idle.unseen_limit)
    blank = replace(found, hits=hits[:0], searches=0)
    assert np.isnan(blank.unseen)
    assert blank.unseen_limit == 1.0
    assert np.isnan(replace(found, minima=found.minima[:0]).share_connected)


@pytest.mark.slow
@pytest.mark.parametrize("nu", [0.0, 0.6])
def test_thirty_spins_are_connected(nu):
    model = PSpin(30, 3, nu, 5)
    found = connect_minima(model, unseen_saddles=0.05)
    assert found.complete
    assert found.share_connected >= 0.95
    assert (found.barriers > 0).all()
    check = verify_edges(model, found, share=0.05)
    assert check.right
    assert len(check.edges) == round(0.05 * len(found.edges))


@pytest.mark.slow
def test_a_right_graph_passes_and_wrong_ends_do_not(small):
    model, found = small
    check = verify_edges(model, found)
    assert check.right
    assert check.edges.tolist() == found.edges.tolist()
    ends = found.ends.copy()
    ends[3] = [0, 1] if ends[3].tolist() != [0, 1] else [0, 2]
    check = verify_edges(model, replace(found, ends=ends))
    assert check.wrong == [3]
    assert not check.right


def test_wrong_energies_and_points_are_noticed(small):
    model, found = small

    def check(landscape=model, **wrong):
        result = verify_edges(landscape, replace(found, **wrong), share=0.01)
        assert not result.right
        return result

    energy = found.saddle_energy.copy()
    energy[-1] += 1e-6
    assert check(saddle_energy=energy).energy_error == pytest.approx(1e-6, rel=1e-3)
    saddles = found.saddles.copy()
    saddles[0] = found.minima[0]
    assert check(saddles=saddles).refused_saddles == 1
    minima = found.minima.copy()
    minima[1] = random_points(10, 1)[0]
    assert check(minima=minima).refused_minima == 1
    assert check(minimum_energy=found.minimum_energy + 1.0).lowest_barrier < 0.0
    other = check(PSpin(10, 3, 0.0, 1))
    assert other.refused_minima == len(found.minima)


@pytest.mark.slow
def test_the_strict_descent_follows_the_flow_where_the_quick_one_need_not():
    model = PSpin(20, 3, 0.0, 4)
    starts = random_points(20, 12, start_seed=3)
    found = descend(model, starts, method="strict")
    assert found.count(Status.MINIMUM) == 12
    ends = np.array([bottom_of(model, start) for start in starts])
    assert (overlap(found.spins, ends) > 1 - 1e-4).all()
    assert found.gradients.sum() > descend(model, starts).gradients.sum()


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ({"share": 0.0}, "share"),
        ({"share": 1.1}, "share"),
        ({"unseen_saddles": 2.0}, "unseen_saddles"),
        ({"unseen": 1.0}, "unseen"),
        ({"max_searches": 0}, "max_searches"),
    ],
)
def test_bad_arguments_are_named(words, name):
    with pytest.raises(InputError, match=name):
        connect_minima(PSpin(5, 3), **words)


def test_connections_of_another_landscape_are_refused(small):
    _, found = small
    with pytest.raises(InputError, match="known"):
        connect_minima(PSpin(9, 3), known=found)
    with pytest.raises(InputError, match="share"):
        verify_edges(*small, share=0.0)
    with pytest.raises(InputError, match="choice_seed must be an integer >= 0, got -1"):
        verify_edges(*small, choice_seed=-1)


def test_a_budget_of_time_bounds_the_census_too():
    model, batches = PSpin(20, 3), []
    found = connect_minima(
        model,
        share=1e-9,
        unseen=1e-4,
        unseen_saddles=1.0,
        control=Control(max_seconds=1e-9, tell=lambda event: batches.append(event.found)),
    )
    assert [type(batch) for batch in batches] == [Census, Connections]
    assert found.descents == batches[0].starts
    assert not found.complete


def test_a_degenerate_landscape_ends_the_search_and_is_said_to_be_one():
    """The equator of a tensor of rank one consists of stationary points."""
    v = np.random.default_rng(0).normal(size=5)
    model = PSpin.from_tensor(np.einsum("i,j,k->ijk", v, v, v))
    alone = connect_minima(PSpin(5, 3, 0.0, 0), control=Control(max_seconds=0.0))
    nothing = {
        name: getattr(alone, name)[:0]
        for name in (
            "minima",
            "minimum_energy",
            "count",
            "saddles",
            "saddle_energy",
            "hits",
            "ends",
        )
    }
    known = replace(alone, **nothing, descents=0, searches=0)
    with pytest.warns(SpinglassWarning, match="most points that it ends at are not isolated"):
        found = connect_minima(model, known=known, max_searches=20_000)
    assert not found.complete
    assert found.searches < 2_000
