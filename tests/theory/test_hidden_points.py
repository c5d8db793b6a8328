"""Valleys of hidden points, against solved cases."""

import math

import numpy as np
import pytest

from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.theory import (
    critical_field,
    critical_spike,
    dynamic_temperature,
    inherent_structure,
    planted_energy,
    spiked_minimum,
    stability_temperature,
    threshold_energy,
)

MIXED = Covariance.parse("3:1,4:1")


def test_the_inherent_structure_of_the_3_spin_is_the_closed_form():
    found = inherent_structure(3, 0.85)
    square = (1.0 + math.sqrt(1.0 - 4.0 * 0.85**2 / 3.0)) / 2.0
    assert found.overlap == pytest.approx(math.sqrt(square), abs=1e-12)
    assert found.overlap == pytest.approx(0.771844, abs=1e-6)
    assert found.energy == pytest.approx(-1.642224, abs=1e-6)


@pytest.mark.parametrize("p", [3, 4, 7])
def test_pure_valleys_end_where_states_appear(p):
    assert stability_temperature(p) == pytest.approx(dynamic_temperature(p), rel=1e-12)
    assert critical_spike(p, p) == pytest.approx(1.0 / dynamic_temperature(p), rel=1e-12)
    assert critical_spike(p, 1) == pytest.approx(critical_field(p), rel=1e-12)
    last = inherent_structure(p, stability_temperature(p) * (1.0 - 1e-12))
    assert last.energy == pytest.approx(threshold_energy(p), abs=1e-5)
    found = inherent_structure(p, 0.7 * stability_temperature(p))
    assert found.radial_force == pytest.approx(p * found.energy, rel=1e-12)  # Euler


@pytest.mark.parametrize("strength", [0.75, 1.5, 10.0])
def test_a_spike_in_a_matrix_is_that_of_baik_ben_arous_and_peche(strength):
    found = spiked_minimum(2, 2, strength)
    assert found.overlap**2 == pytest.approx(1.0 - 0.5 / strength**2, rel=1e-12)
    assert found.energy == pytest.approx(-strength - 0.5 / strength, rel=1e-12)
    assert inherent_structure(2, 1.0 / strength) == found
    assert critical_spike(2, 2) == pytest.approx(math.sqrt(0.5), rel=1e-12)
    assert critical_spike(2, 1) == 0.0


def test_a_field_is_a_spike_of_order_1():
    """Along a field: m = h / sqrt(h^2 + xi') and E = -sqrt(h^2 + xi'), the ground state."""
    found = spiked_minimum(3, 1, 2.0)
    assert found.overlap == pytest.approx(2.0 / math.sqrt(7.0), rel=1e-12)
    assert found.energy == pytest.approx(-math.sqrt(7.0), rel=1e-12)


@pytest.mark.parametrize("temperature", [0.5, 1.1])
def test_the_valley_of_a_mixture_is_the_lowest_on_a_grid(temperature):
    m = np.linspace(0.8, 1.0, 400_001)
    e = -(m**3 + m**4) / temperature - np.sqrt((1.0 - m**2) * 7.0)
    found = inherent_structure(MIXED, temperature)
    assert found.overlap == pytest.approx(m[np.argmin(e)], abs=2e-6)
    assert found.energy == pytest.approx(e.min(), abs=1e-10)
    assert stability_temperature(MIXED) < dynamic_temperature(MIXED)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: inherent_structure(3, 0.87), "below T_SF = 0.866025404 of p = 3, got 0.87"),
        (lambda: inherent_structure(3, 0.0), "temperature must be a finite number > 0, got 0.0"),
        (lambda: inherent_structure(Covariance.pure(3, 0.1), 0.5), "without field, got nu = 0.1"),
        (lambda: spiked_minimum(3, 3, 1.1), "must be above 1.15470054 in noise of p = 3, got 1.1"),
        (lambda: critical_spike(3, 0), "order of a spike must be an integer >= 1, got 0"),
    ],
)
def test_what_is_not_known_is_refused(wrong, words):
    with pytest.raises(InputError, match=words):
        wrong()


def test_the_planted_energy_is_normal_with_this_mean_and_deviation():
    assert planted_energy(50, Covariance.pure(3, 0.5), 0.8) == (-1.25 / 0.8, math.sqrt(0.025))
