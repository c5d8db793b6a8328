"""Tolerances know the unit of the landscape: a power of two in the couplings changes nothing."""

import os
from dataclasses import fields
from itertools import product

import numpy as np
import pytest

from spinglass import PSpin, descend, find_stationary_points, take_census
from spinglass.connections import connect_minima, verify_edges
from spinglass.errors import InputError
from spinglass.following import follow_minima
from spinglass.following.jumps import slide
from spinglass.landscape import check_gradient, check_hessian
from spinglass.search import METHODS, Status, distinct_minima, prove_stationary
from spinglass.search.layers import find_layers
from tests.marks import slow

FACTORS = [2.0**-60, 2.0**-20, 2.0**20, 2.0**60]
TENSORS = 200 if os.environ.get("SPINGLASS_FULL_TESTS") == "1" else 20


def tensor_of(number):
    """A random tensor and field, n from 2 to 5 and p from 2 to 6, every other without field."""
    rng = np.random.default_rng(number)
    n, p = 2 + number % 4, 2 + (number // 4) % 5
    return rng.normal(size=(n,) * p), rng.normal(size=n) * (number % 2)


def scaled(tensor, field, factor=1.0):
    return PSpin.from_tensor(factor * tensor, factor * field)


def assert_scaled(found, one, factor, names):
    """The fields ``names`` are multiplied by the factor, all others are the same to the bit."""
    for field in fields(one):
        expected = getattr(one, field.name)
        if field.name in names:
            expected = factor * expected
        np.testing.assert_array_equal(getattr(found, field.name), expected, field.name)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(TENSORS))
def test_stationary_points_and_their_certificates_scale(number):
    landscape = tensor_of(number)
    one = find_stationary_points(scaled(*landscape), method="search", sweep=256)
    proofs = prove_stationary(scaled(*landscape), one.spins)
    assert all(proof.proven for proof in proofs)
    for factor in FACTORS:
        model = scaled(*landscape, factor)
        found = find_stationary_points(model, method="search", sweep=256)
        assert_scaled(found, one, factor, {"energy", "gap"})
        for proof, known in zip(prove_stationary(model, found.spins), proofs, strict=True):
            assert_scaled(proof, known, factor, {"lambda_min"})


@pytest.mark.parametrize(
    ("number", "method"),
    [
        slow(number, method) if method == "gd" and number > 1 else (number, method)
        for number, method in product([1, 6, 11], METHODS)
    ],
)
def test_descents_and_the_labels_of_their_minima_scale(number, method):
    landscape = tensor_of(number)
    one = descend(scaled(*landscape), 40, method=method)
    assert one.count(Status.MINIMUM) > 20
    for factor in FACTORS:
        found = descend(scaled(*landscape, factor), 40, method=method)
        assert_scaled(found, one, factor, {"energy", "gradient_norm", "lambda_min"})
        assert np.array_equal(distinct_minima(found).label, distinct_minima(one).label)


@pytest.fixture(scope="module")
def built():
    """A landscape, and what is built on its stationary points."""
    one = PSpin.from_tensor(np.random.default_rng(3).normal(size=(8,) * 3))
    return one, take_census(one, 0.05), find_layers(one, 64), connect_minima(one, unseen=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("factor", [FACTORS[0], *map(slow, FACTORS[1:])])
def test_everything_built_on_them_scales(factor, built):
    one, census, layers, known = built
    tensor = np.random.default_rng(3).normal(size=(8,) * 3)
    model = PSpin.from_tensor(factor * tensor)
    energies = {"energy", "lambda_min", "gradient_norm"}
    assert_scaled(take_census(model, 0.05), census, factor, energies)
    assert_scaled(find_layers(model, 64), layers, factor, {"energy", "gap"})
    graph = connect_minima(model, unseen=0.05)
    assert len(known.saddles)
    assert_scaled(graph, known, factor, {"minimum_energy", "saddle_energy"})
    assert verify_edges(model, graph).right
    for check in (check_gradient, check_hessian):
        assert np.array_equal(check(model).errors, check(one).errors)


@pytest.mark.parametrize("factor", FACTORS)
def test_following_the_field_scales(factor):
    tensor, field = np.random.default_rng(5).normal(size=(8,) * 3), np.eye(8)[0] * np.sqrt(8)
    one, model = PSpin.from_tensor(tensor, field), PSpin.from_tensor(factor * tensor, field)
    minima = distinct_minima(descend(one.at_field(0.5), 60)).spins
    known = follow_minima(one, minima, 0.5, [1.0, 2.0, 3.0])
    grid = [factor * nu for nu in (1.0, 2.0, 3.0)]
    found = follow_minima(model, minima, 0.5 * factor, grid)
    assert np.isfinite(known.fold_field).any()
    assert_scaled(found, known, factor, {"fold_field"})
    path = slide(one, np.sqrt(8) * np.eye(8)[0], 3.0, 0.0)
    other = slide(model, np.sqrt(8) * np.eye(8)[0], 3.0 * factor, 0.0)
    assert_scaled(other, path, factor, {"folds", "drops"})


@pytest.mark.parametrize("factor", [1.0, 1e6, 1e-8, 1e-30, 1e60])
def test_no_unit_hides_or_invents_points(factor):
    tensor = np.random.default_rng(0).normal(size=(3, 3, 3, 3))
    model = PSpin.from_tensor(factor * tensor)
    found = find_stationary_points(model)
    assert found.complete
    assert found.counts(3).tolist() == [2, 2, 2]
    assert len(distinct_minima(descend(model, 200)).energy) == 2


@pytest.mark.parametrize(("n", "nu"), [(3, 3e5), (6, 1e6)])
def test_a_field_far_above_the_couplings_leaves_one_minimum(n, nu):
    model = PSpin(n, 3, nu, 1)
    found = find_stationary_points(model)
    assert found.complete
    assert found.counts(n)[[0, -1]].tolist() == [1, 1]
    assert len(found.energy) == 2
    descents = descend(model, 50)
    assert descents.count(Status.MINIMUM) == 50
    assert len(distinct_minima(descents).energy) == 1
    assert descents.energy[0] == pytest.approx(-np.linalg.norm(model.field) / n**0.5, rel=1e-5)


def test_the_spectrum_has_the_sign_that_the_landscape_has_not_its_unit():
    tensor = np.random.default_rng(1).normal(size=(5, 5, 5))
    x = np.sqrt(5) * np.eye(5)
    one = PSpin.from_tensor(tensor).spectrum(x)
    tiny = PSpin.from_tensor(2.0**-70 * tensor).spectrum(x)
    assert np.array_equal(tiny, 2.0**-70 * one)


def test_drawn_samples_have_the_unit_one_in_any_usual_field():
    assert PSpin(10, 3, 0.0).unit == PSpin(10, 3, 2.9).unit == 1.0
    assert PSpin(10, 2, 1e6).unit == 2.0**19
    assert PSpin(10, 3, 7.0).in_unit(4.0).unit == 1.0
    assert PSpin.from_tensor(np.zeros((3, 3))).unit == 1.0


def test_searches_that_end_nowhere_count_against_completeness(monkeypatch):
    model = PSpin(4, 3, 0.0, 1)
    assert find_stationary_points(model, method="search").complete
    monkeypatch.setattr("spinglass.search.random_searches.TOLERANCE", 1e-17)
    found = find_stationary_points(model, method="search", max_starts=10_000)
    assert 0 < found.arrived < 512
    assert not found.complete
    assert any("ended at a point" in doubt for doubt in found.doubts)


def test_couplings_that_doubles_cannot_hold_whole_are_refused():
    tensor = np.random.default_rng(0).normal(size=(3, 3, 3))
    assert len(find_stationary_points(PSpin.from_tensor(1e-285 * tensor)).spins) == len(
        find_stationary_points(PSpin.from_tensor(tensor)).spins
    )
    with pytest.raises(InputError, match=r"at least 1e-290, got 1\.03022e-310 and 0"):
        PSpin.from_tensor(1e-310 * tensor)
    with pytest.raises(InputError, match="at least 1e-290"):
        PSpin.from_tensor(0.0 * tensor, np.full(3, 1e-300))


def test_fields_are_bounded_in_the_unit_of_the_couplings():
    model = PSpin.from_tensor(2.0**60 * np.ones((3, 3, 3)), np.ones(3))
    assert model.at_field(2.0**70).nu == 2.0**70
    with pytest.raises(InputError, match="nu must be"):
        model.at_field(2.0**90)


@pytest.mark.parametrize(
    "couplings", [np.ones((3, 3)) + 1j, [["a", "b"], ["c", "d"]], [[1.0, 2.0], [3.0]]]
)
def test_couplings_that_are_not_real_numbers_are_refused(couplings):
    with pytest.raises(InputError, match="couplings must be"):
        PSpin.from_tensor(couplings)
    with pytest.raises(InputError, match=r"(field|points) must be"):
        PSpin.from_tensor(np.eye(2), np.array([1.0, 1j])).energy(np.ones(2))
    with pytest.raises(InputError, match="points must be"):
        PSpin(2, 3).energy([1.0, 1j])
