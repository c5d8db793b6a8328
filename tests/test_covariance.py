"""The covariance: its derivatives, the numbers made of them, and the symmetries of the orders."""

import math
import re

import numpy as np
import pytest

from spinglass import PSpin
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from tests.oracles import pairs_of_overlap

MIXTURES = [
    Covariance.pure(2, 0.4),
    Covariance.pure(3),
    Covariance(((2, 1.0), (3, 1.0))),
    Covariance(((3, 0.7), (4, 2.0)), 1.3),
]


@pytest.mark.parametrize("xi", MIXTURES)
def test_values_at_one_are_derivatives_of_the_function(xi):
    step = 1e-3
    for order in range(4):
        slope = (xi(0.6 + step, order) - xi(0.6 - step, order)) / (2.0 * step)
        assert slope == pytest.approx(xi(0.6, order + 1), rel=1e-4)
    assert xi.slope == pytest.approx(xi(1.0, 1), rel=1e-14)
    assert xi.curvature == pytest.approx(xi(1.0, 2), rel=1e-14)
    assert xi.radial == pytest.approx(xi.slope + xi.curvature, rel=1e-14)
    assert xi.b == pytest.approx((xi.curvature - xi.slope) / xi.radial, rel=1e-13)
    assert [xi.plus - 1.0, 1.0 - xi.minus] == pytest.approx([xi.b, xi.b], abs=1e-14)
    assert xi.energy_variance == pytest.approx(xi(1.0) - xi.slope**2 / xi.radial, abs=1e-14)


def test_a_mixture_can_have_the_b_of_a_pure_model_in_a_field():
    assert Covariance(((2, 1.0), (3, 1.0))).b == pytest.approx(3 / 13, rel=1e-15)
    assert Covariance.pure(3, math.sqrt(3) / 2).b == pytest.approx(3 / 13, rel=1e-15)
    assert Covariance(((3, 1.0), (4, 1.0))).b == pytest.approx(0.44, rel=1e-15)
    assert Covariance.pure(4, math.sqrt(2 / 3)).b == pytest.approx(0.44, rel=1e-15)


@pytest.mark.parametrize("xi", MIXTURES)
def test_b_vanishes_at_the_critical_field_and_takes_any_value_at_its_own(xi):
    assert xi.at_field(xi.critical_field).b == pytest.approx(0.0, abs=1e-15)
    assert xi.at_field(xi.field_at(-0.4)).b == pytest.approx(-0.4, rel=1e-14)


def test_parity_is_that_of_all_orders_and_an_odd_field():
    assert Covariance(((3, 1.0), (5, 1.0)), 2.0).is_odd
    assert Covariance(((2, 1.0), (4, 1.0))).is_even
    assert not Covariance(((2, 1.0), (4, 1.0)), 0.1).is_even
    mixed = Covariance(((2, 1.0), (3, 1.0)))
    assert not mixed.is_odd
    assert not mixed.is_even
    assert PSpin(4, 3, 0.5).covariance.is_odd
    assert PSpin(4, 4, 0.0).covariance.is_even


@pytest.mark.parametrize(("p", "nu"), [(2, 0.8), (3, 0.5), (4, 0.0)])
def test_energies_of_samples_have_this_covariance_and_no_other(p, nu):
    """E[H H'] / n against xi(q) over samples; the covariance of a doubled field is refused.

    The mean over pairs of equal overlap has a smaller error than one pair.
    """
    n, q, pairs, samples = 6, 0.6, 40, 500
    points = pairs_of_overlap(q, n, pairs)
    models = (PSpin(n, p, nu, seed) for seed in range(samples))
    energies = np.array([model.energy(points) for model in models])
    products = n * np.mean(energies[:, :pairs] * energies[:, pairs:], axis=1)
    error = products.std() / math.sqrt(samples)
    assert abs(products.mean() - Covariance.pure(p, nu)(q)) < 4.0 * error
    assert abs(products.mean() - Covariance.pure(p, 2.0 * nu + 1.0)(q)) > 4.0 * error


@pytest.mark.parametrize("weights", [{3: 1.0}, [(3, 1.0)], (3, 1.0), 3, ((3, 1.0, 2.0),), None])
def test_weights_that_are_no_pairs_are_refused_at_once(weights):
    words = "must be a tuple of pairs .* Covariance.mixture takes a mapping, got "
    with pytest.raises(InputError, match=words + re.escape(repr(weights))):
        Covariance(weights)


@pytest.mark.parametrize("weights", [None, "2:1,3:1", [(2, 1.0)], 3, {3: 10**400}])
def test_weights_that_are_no_mapping_of_numbers_are_refused(weights):
    with pytest.raises(InputError, match="must be"):
        Covariance.mixture(weights)
