"""The sparse random network: its polynomial, and how far the theorem holds."""

import dataclasses
import itertools

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from spinglass.deep.coupling_law import coupling_study, kurtosis_slope
from spinglass.deep.loss_covariance import covariance_study
from spinglass.deep.sparse_network import (
    GateKind,
    couplings,
    draw_network,
    freeze,
    gates,
    independent_gates,
    label_moments,
    live_output,
    path_sums,
    sphere_pair,
)
from spinglass.deep.threshold_kernel import gate_correlation, live_correlation
from spinglass.errors import InputError
from spinglass.figures.network_figure import _activity


def zero_one_loss(network, sigma):
    """The mean of |Y - Z| over the samples."""
    return float(np.mean((network.signs < 0) != live_output(network, sigma)))


@pytest.mark.parametrize("p", [2, 3, 4])
@pytest.mark.parametrize("frozen", [GateKind.INDEPENDENT, GateKind.THRESHOLD])
def test_the_frozen_loss_is_the_polynomial_of_the_couplings(p, frozen):
    rng = np.random.default_rng(p)
    network = draw_network(4, p, 20, 6, 60, rng, active=2.0)
    fixed = freeze(network, frozen, rng)
    sigma, _ = sphere_pair(4, 0.0, rng)
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


@pytest.mark.slow
@pytest.mark.parametrize("p", [2, 3, 4])
def test_the_covariance_has_exponent_p_and_not_p_plus_one(p):
    found = covariance_study(p, 96, 100, 16, np.random.default_rng(5)).attrs
    assert abs(found["sigmas_from_p"]) < 3
    assert found["sigmas_from_p_plus_1"] < -3


def test_the_loss_is_the_mean_of_its_definition():
    rng = np.random.default_rng(2)
    network = draw_network(20, 3, 30, 8, 200, rng, active=4.0)
    sigma, _ = sphere_pair(20, 0.3, rng)
    states, total = network.inputs, 0.0
    for layer in range(2):
        sums = np.zeros(states.shape)
        for unit in range(30):
            for source, weight in zip(
                network.sources[layer, unit], network.weights[layer, unit], strict=True
            ):
                sums[:, unit] += states[:, source] * sigma[weight]
        states = sums > np.quantile(sums, 1 - network.activity, axis=0)
    tops = sum(
        states[:, u] * sigma[w] for u, w in zip(network.top, network.top_weights, strict=True)
    )
    outputs = tops > np.quantile(tops, 0.5)
    for sample in range(200):
        total += abs(int(network.signs[sample] < 0) - int(outputs[sample]))
    assert zero_one_loss(network, sigma) == pytest.approx(total / 200)
    assert (live_output(network, sigma) == outputs).all()


@pytest.mark.slow
def test_the_live_zero_one_loss_follows_its_own_limit_and_neither_power():
    for activity in (0.5, 0.2):
        found = covariance_study(
            2, 128, 120, 16, np.random.default_rng(3), GateKind.LIVE, activity=activity
        ).attrs
        assert abs(found["sigmas_from_limit"]) < 3
        assert found["sigmas_from_p_plus_1"] > 5
    deeper = covariance_study(3, 128, 120, 12, np.random.default_rng(4), GateKind.LIVE).attrs
    assert abs(deeper["sigmas_from_limit"]) < 3
    assert abs(deeper["exponent"] - found["limit_exponent"]) > 5 * deeper["exponent_error"]


@pytest.mark.parametrize("activity", [0.5, 0.2, 0.05])
def test_the_gate_correlation_is_that_of_two_half_lines(activity):
    threshold = stats.norm.isf(activity)
    for r in (0.0, 0.3, 0.9):
        both = stats.multivariate_normal([0, 0], [[1, r], [r, 1]]).cdf([-threshold, -threshold])
        expected = (both - activity**2) / (activity * (1 - activity))
        assert float(gate_correlation(r, activity)) == pytest.approx(expected, abs=2e-5)
    assert float(gate_correlation(1.0, activity)) == pytest.approx(1.0, abs=1e-12)
    half = gate_correlation([0.1, 0.7], 0.5)
    np.testing.assert_allclose(half, 2 / np.pi * np.arcsin([0.1, 0.7]), rtol=1e-12)


@pytest.mark.parametrize("p", [1, 2, 3, 4])
def test_the_wide_network_starts_as_q_to_the_p_and_ends_with_a_root(p):
    small = np.array([1e-4, 2e-4])
    rise = np.log(live_correlation(small, p, 0.2))
    assert (rise[1] - rise[0]) / np.log(2) == pytest.approx(p, abs=1e-3)
    near = 1 - live_correlation(1 - np.array([1e-9, 4e-9]), p, 0.2)
    # a threshold layer takes the square root, the last layer's argument included
    assert near[1] / near[0] == pytest.approx(4 ** (0.5**p), rel=0.05)
    assert live_correlation(1.0, p, 0.2) == pytest.approx(1.0)


def test_moments_over_labels_are_those_of_the_couplings_over_all_labels():
    rng = np.random.default_rng(6)
    network = draw_network(2, 2, 6, 3, 10, rng, active=1.5)
    frozen = independent_gates(network, rng)
    second, fourth = label_moments(network, frozen)
    drawn = [
        couplings(dataclasses.replace(network, signs=np.array(signs)), frozen)
        for signs in itertools.product((-1.0, 1.0), repeat=10)
    ]
    assert second.sum() > 0
    np.testing.assert_allclose(np.mean(np.power(drawn, 2), axis=0), second)
    np.testing.assert_allclose(np.mean(np.power(drawn, 4), axis=0), fourth)


@pytest.mark.slow
def test_kurtosis_falls_as_one_over_size_with_independent_gates_only():
    rng = np.random.default_rng(1)
    law = coupling_study(2, 6, [40, 80, 160, 320], 40, rng)
    slope, error = kurtosis_slope(law)
    assert abs(slope + 1) < 3 * error
    for wrong in (-0.5, -1.5, -2.0):
        assert abs(slope - wrong) > 3 * error
    leading = 3 * (6 - 1) / 160
    assert (
        abs(law.kurtosis.values[-1] - leading) < 3 * law.kurtosis_error.values[-1] + 0.1 * leading
    )
    assert law.distance.values[-1] < 0.06
    assert law.distance.values[0] > 2 * law.distance.values[-1]
    assert law.common.values[-1] < 0.2
    selected = coupling_study(2, 6, [40, 80], 12, rng, GateKind.THRESHOLD)
    assert selected.kurtosis.values[-1] > 3 * law.kurtosis.values[1]


@pytest.mark.slow
def test_the_exact_kurtosis_is_that_of_the_couplings_themselves():
    law = coupling_study(2, 4, [30], 300, np.random.default_rng(8))
    table = law.couplings.values[0]
    by_network = np.mean(table**4, axis=1) / np.mean(table**2) ** 2 - 3
    error = by_network.std() / 300**0.5
    assert error < 0.4
    assert abs(by_network.mean() - float(law.kurtosis[0])) < 4 * error


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
    with pytest.raises(InputError, match="gates must be independent or threshold, got"):
        coupling_study(2, 4, [20], 3, rng, "wild")
    with pytest.raises(InputError, match="activity"):
        gate_correlation(0.5, 1.0)
    with pytest.raises(InputError, match="correlations"):
        gate_correlation(-0.5, 0.5)
    with pytest.raises(InputError, match="at least 1"):
        live_correlation(0.5, 0, 0.5)


def test_the_figure_takes_one_activity_for_one_whatever_the_degree() -> None:
    shares = {
        _activity(xr.Dataset(attrs={"active": share * degree, "degree": degree}))
        for share in (0.2, 0.5)
        for degree in range(2, 100)
    }
    assert shares == {0.2, 0.5}
