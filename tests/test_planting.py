"""Points hidden in landscapes, against dense tensors, exact laws and a solved model."""

import math
from itertools import product

import numpy as np
import pytest
from scipy.stats import kstest

import spinglass
from spinglass import PSpin, descend, find_stationary_points, spiked
from spinglass.covariance import Covariance
from spinglass.errors import InputError, MemoryLimitError
from spinglass.landscape import (
    Landscape,
    check_gradient,
    check_hessian,
    draw_landscape,
    overlap,
    planting,
    random_points,
)
from spinglass.landscape.hiding import levels_at
from spinglass.landscape.planting import add_signal, hidden_point
from spinglass.search import distinct_minima
from spinglass.signals import Planted, Spike, signal_said_by

N = 7
LAWS = [
    Covariance.pure(2),
    Covariance.pure(3),
    Covariance.pure(4, 1.1),
    Covariance.parse("3:1,4:0.5"),
    Covariance.parse("2:1,3:2", 0.7),
]
SIGNALS = [Planted(0.85, False), Spike(3, 1.3), Spike(1, 2.0), Spike(5, 0.4), Spike(2, 2.0)]


def _dense_power(x, p):
    """The tensor of all products of p components, one factor after another."""
    tensor = x
    for _ in range(p - 1):
        tensor = np.multiply.outer(tensor, x)
    return tensor


@pytest.mark.parametrize("p", [2, 3, 4, 5])
def test_a_power_is_packed_as_its_dense_tensor_is(p):
    x = hidden_point(4, 5)
    packed = np.zeros(math.comb(4 + p - 1, p))
    add_signal(packed, 4, {p: 1.7}, x)
    dense = Landscape.from_tensor(1.7 * _dense_power(x, p)).couplings
    assert packed == pytest.approx(dense, rel=1e-13)


def _expected_gain(model, signal, q):
    """n sum a_p q^p of the definition, order by order."""
    if isinstance(signal, Spike):
        return signal.strength * q**signal.order
    terms = [*model.covariance.weights, (1, model.nu**2)]
    return sum(c / signal.temperature * q**p for p, c in terms)


@pytest.mark.parametrize(("law", "signal"), list(product(LAWS, SIGNALS)))
def test_the_energy_falls_by_the_definition(law, signal):
    plain = draw_landscape(N, law, 3)
    model, x = plain.with_signal(signal)
    points = np.concatenate([random_points(N, 5, 1), x[None]])
    gain = _expected_gain(plain, signal, overlap(points, x))
    assert model.energy(points) == pytest.approx(plain.energy(points) - gain, abs=1e-13)
    assert x @ x == pytest.approx(N)
    assert model.covariance == plain.covariance
    assert model.checksum() != plain.checksum() or signal == Spike(1, 2.0)


@pytest.mark.parametrize("signal", [*SIGNALS, Planted(0.85)])
def test_the_derivatives_of_a_hidden_landscape_are_right(signal):
    model, _ = draw_landscape(N, "3:1,4:0.5", 2).with_signal(signal)
    assert check_gradient(model).passed
    assert check_hessian(model).passed


@pytest.mark.parametrize("law", LAWS)
def test_a_pinned_energy_is_the_mean_of_every_order(law):
    temperature = 0.85
    for seed in range(20):
        model, x = draw_landscape(30, law, seed).planted(temperature)
        wanted = [-c / temperature for _, c in law.weights]
        assert [-level for level in levels_at(model, x).values()] == pytest.approx(
            wanted, abs=1e-12
        )
        assert model.energy(x) == pytest.approx(-law(1.0) / temperature, abs=1e-12)


def _planted_energies(law, temperature, seeds, n):
    """Energies of unpinned planted points."""
    pairs = [draw_landscape(n, law, seed).planted(temperature, pinned=False) for seed in seeds]
    return np.array([model.energy(x) for model, x in pairs])


@pytest.mark.slow
@pytest.mark.parametrize("law", [Covariance.pure(2), Covariance.parse("3:1,4:0.5", 0.3)])
def test_planted_energies_have_their_exact_law_and_no_other(law):
    n = 40
    energies = _planted_energies(law, 0.85, range(250), n)
    spread = math.sqrt(law(1.0) / n)
    right, wrong = ((energies + law(1.0) / t) / spread for t in (0.85, 0.95))
    assert kstest(right, "norm").pvalue > 0.01
    assert kstest(wrong, "norm").pvalue < 1e-4


def test_the_noise_of_a_spike_is_of_its_own_order_unless_given():
    alone, x = spinglass.spiked(N, 3, 1.5, 2)
    given, y = spinglass.spiked(N, 3, 1.5, 2, noise=Covariance.pure(3))
    assert alone == given == draw_landscape(N, 3, 2, Spike(3, 1.5))
    assert np.array_equal(x, y)
    assert np.array_equal(x, hidden_point(N, 2))
    other, _ = spinglass.spiked(N, 3, 1.5, 2, noise="2:1,4:0.5")
    assert other == draw_landscape(N, "2:1,4:0.5", 2, Spike(3, 1.5)) != alone


def test_a_spike_in_a_matrix_is_found_with_the_overlap_that_is_known():
    """Noise of order 2 is a random matrix: m^2 = 1 - 1/(2 b^2) (Baik, Ben Arous and Peche)."""
    strength, found = 1.5, []
    for seed in range(6):
        model, x = spiked(200, 2, strength, seed)
        found.append(float(overlap(descend(model, 1).spins[0], x)) ** 2)
    assert np.mean(found) == pytest.approx(1.0 - 0.5 / strength**2, abs=0.03)
    assert abs(np.mean(found) - (1.0 - 1.0 / strength**2)) > 0.1


@pytest.mark.parametrize("signal", [Planted(0.85), Planted(0.85, False), Spike(1, 2.0)])
def test_another_field_is_planted_as_if_it_had_been_the_first(signal):
    law = Covariance.parse("2:1,3:2")
    moved = draw_landscape(N, law.at_field(0.2), 4).with_signal(signal)[0].at_field(0.7)
    fresh = draw_landscape(N, law.at_field(0.7), 4).with_signal(signal)[0]
    assert moved == fresh
    points = random_points(N, 3)
    halved = moved.in_unit(2.0).at_field(0.1).energy(points)
    assert 2.0 * halved == pytest.approx(fresh.at_field(0.2).energy(points), rel=1e-12)


def test_parity_is_that_of_noise_and_signal_together():
    assert draw_landscape(N, 4).is_even
    assert draw_landscape(N, 4, 0, Planted(0.85)).is_even
    assert not draw_landscape(N, 4, 0, Spike(3, 1.3)).is_even
    assert not draw_landscape(N, 4, 0, Spike(1, 1.3)).is_even
    assert draw_landscape(N, 3, 0, Spike(1, 1.3)).is_odd
    assert not draw_landscape(N, 3, 0, Spike(2, 1.3)).is_odd


def test_minima_at_antipodes_of_an_odd_spike_in_even_noise_are_told_apart():
    model, x = spiked(5, 3, 1.3, 1, noise=4)
    found = find_stationary_points(model)
    assert found.complete
    lowest = found.spins[np.argmin(found.energy)]
    assert overlap(lowest, x) > 0.5
    assert np.min(np.abs(found.energy - model.energy(-lowest))) > 1e-3
    minima = distinct_minima(descend(model, 300), model.is_even)
    assert len(minima.energy) == np.sum(found.index == 0)


def test_the_unit_follows_a_signal_that_outweighs_the_noise():
    assert draw_landscape(N, 3, 0, Planted(0.85)).unit == 1.0
    assert draw_landscape(N, 3, 0, Spike(1, 64.0)).unit == 32.0
    entries = 1000.0 / N * _dense_power(hidden_point(N, 0), 3)  # J = a_p n^{-(p-1)/2} x x x
    rms = math.sqrt(np.mean(entries**2))
    assert rms == pytest.approx(1000.0 / N)
    assert draw_landscape(N, 3, 0, Spike(3, 1000.0)).unit == 128.0 <= rms < 256.0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: PSpin(5, 3).planted(0.0), "temperature must be a finite number > 0, got 0.0"),
        (lambda: PSpin(5, 3).planted(math.nan), "temperature must be a finite number > 0, got nan"),
        (lambda: PSpin(5, 3).planted(1e7), "temperature must be between 1e-06 and 1e.06, got 1000"),
        (lambda: spiked(5, 0, 1.0, noise=3), "order of a spike must be an integer >= 1, got 0"),
        (lambda: spiked(5, 65, 1.0, noise=3), "order of a spike must be an integer <= 64, got 65"),
        (lambda: spiked(5, 3, -1.0), "strength of a spike must be a finite number > 0, got -1"),
        (lambda: spiked(5, 1, 1.0), "noise must be given for a spike of order 1, got none"),
        (lambda: PSpin.from_tensor(np.eye(3)).planted(1.0), "drawn landscape .* from a tensor"),
        (lambda: PSpin(5, 3).planted(1.0)[0].planted(1.0), "that has none, got .*planted=1"),
        (lambda: Spike.parse("3"), "written order:strength as in 3:1.3, got '3'"),
        (lambda: Spike.parse("3:x"), "written order:strength as in 3:1.3, got '3:x'"),
        (lambda: signal_said_by({"planted": 1.0, "spike": "3:1"}), "exclude each other"),
    ],
)
def test_what_cannot_be_hidden_is_refused(wrong, words):
    with pytest.raises(InputError, match=words):
        wrong()


def test_a_signal_that_does_not_fit_into_memory_is_refused(monkeypatch):
    def full(what, needed, words):
        raise MemoryLimitError(f"{what} needs {needed:,} bytes for {words}")

    model = PSpin(5, 3)
    monkeypatch.setattr(planting, "check_room", full)
    with pytest.raises(MemoryLimitError, match=r"n = 5, p = 3\+4 needs 840 bytes"):
        model.with_signal(Spike(4, 1.0))


@pytest.mark.parametrize("signal", [*SIGNALS, Planted(1.0), Planted(0.1 + 0.2)])
def test_a_signal_is_what_its_attributes_say(signal):
    assert signal_said_by(signal.attributes) == signal
    assert signal_said_by({}) is None
    assert len({one.label for one in [*SIGNALS, Planted(0.85)]}) == len(SIGNALS) + 1
    assert len({one.in_file_names for one in [*SIGNALS, Planted(0.85)]}) == len(SIGNALS) + 1
