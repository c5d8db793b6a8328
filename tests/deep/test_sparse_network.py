"""The sparse random network: its polynomial, and how far the theorem holds."""

import itertools

import numpy as np
import pytest

from spinglass.deep.network_study import coupling_study, covariance_study, kurtosis_slope
from spinglass.deep.sparse_network import (
    couplings,
    draw_network,
    gates,
    independent_gates,
    path_sums,
    sphere_pair,
    zero_one_loss,
)
from spinglass.errors import InputError


@pytest.mark.parametrize("p", [2, 3, 4])
@pytest.mark.parametrize("frozen", ["independent", "threshold"])
def test_the_frozen_loss_is_the_polynomial_of_the_couplings(p, frozen):
    rng = np.random.default_rng(p)
    network = draw_network(4, p, 20, 6, 60, rng, active=2.0)
    reference, sigma = sphere_pair(4, 0.0, rng)
    fixed = gates(network, reference) if frozen == "threshold" else independent_gates(network, rng)
    table = couplings(network, fixed)
    total = sum(
        table[index[::-1]] * np.prod(sigma[list(index)])
        for index in itertools.product(range(4), repeat=p)
    )
    assert total == pytest.approx(float(network.signs @ path_sums(network, fixed, sigma)))


def test_gates_have_the_activity_asked_for_and_edges_the_degree():
    rng = np.random.default_rng(0)
    network = draw_network(50, 3, 40, 10, 4000, rng, active=4.0)
    sigma, _ = sphere_pair(50, 0.3, rng)
    for on in [network.inputs, *gates(network, sigma), *independent_gates(network, rng)]:
        assert abs(on.mean() - 0.4) < 0.02
    for unit in network.sources[0]:
        assert len(set(unit)) == 10
    assert abs(zero_one_loss(network, sigma) - 0.5) < 5 * 0.5 / 4000**0.5


def test_pairs_have_their_overlap_exactly():
    first, second = sphere_pair(30, 0.7, np.random.default_rng(0))
    assert first @ first == pytest.approx(30)
    assert second @ second == pytest.approx(30)
    assert first @ second == pytest.approx(21)


@pytest.mark.parametrize("p", [2, 3, 4])
def test_the_covariance_has_exponent_p_and_not_p_plus_one(p):
    found = covariance_study(p, 96, 100, 16, np.random.default_rng(5)).attrs
    assert abs(found["sigmas_from_p"]) < 3
    assert found["sigmas_from_p_plus_1"] < -3


def test_the_live_zero_one_loss_decorrelates_faster():
    found = covariance_study(2, 48, 60, 6, np.random.default_rng(0), "live").attrs
    assert found["sigmas_from_p"] > 3


def test_kurtosis_falls_as_one_over_size_with_independent_gates_only():
    rng = np.random.default_rng(1)
    law = coupling_study(2, 8, [20, 40, 80, 160], 30, rng)
    slope, error = kurtosis_slope(law)
    assert abs(slope + 1) < 3 * error
    assert slope < -3 * error
    assert law.distance.values[-1] < 0.06
    assert law.distance.values[0] > 2 * law.distance.values[-1]
    assert law.common.values[-1] < 0.1
    selected = coupling_study(2, 8, [40, 80], 12, rng, "threshold")
    assert selected.kurtosis.values[-1] > 3 * law.kurtosis.values[-1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((1, 3, 20, 5, 50), "n must be"),
        ((4, 9, 20, 5, 50), "p must be"),
        ((4, 3, 20, 21, 50), "degree must be"),
        ((4, 3, 20, 5, 3), "samples must be"),
    ],
)
def test_impossible_networks_are_refused(arguments, words):
    with pytest.raises(InputError, match=words):
        draw_network(*arguments, np.random.default_rng(0))
    rng = np.random.default_rng(0)
    big = draw_network(100, 4, 20, 5, 50, rng)
    with pytest.raises(InputError, match="to list"):
        couplings(big, independent_gates(big, rng))
    with pytest.raises(InputError, match="independent, threshold"):
        coupling_study(2, 4, [20], 3, rng, "wild")
