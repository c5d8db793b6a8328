"""A field annealed: the slow way by many small fields, on the same samples, agrees."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from spinglass import PSpin, descend, prove_minima
from spinglass.following.annealing import anneal_field, compare_annealing, mean_and_error
from spinglass.geometry import retract
from spinglass_cli.main import cli


def small_steps(model, start, count):
    """Descend at each of many fields from the minimum of the one before: slow, obvious."""
    x = retract(model.field_direction)[None]
    for nu in np.linspace(start, 0.0, count):
        x = descend(model.at_field(nu), x, threads=1).spins
    return float(model.at_field(0.0).energy(x[0]))


@pytest.mark.parametrize("seed", range(6))
def test_many_small_fields_lead_to_the_same_minimum(seed):
    model = PSpin(20, 3, 0.0, seed)
    found = anneal_field(model, 3.5)
    assert found.finished
    assert model.energy(found.spins) == pytest.approx(small_steps(model, 3.5, 400), abs=1e-9)


def test_some_paths_jump_and_each_jump_loses_energy():
    found = [anneal_field(PSpin(20, 3, 0.0, seed), 3.5) for seed in range(12)]
    assert sum(one.folds.size for one in found) >= 2
    for one in found:
        assert (np.diff(one.folds) < 0).all()
        assert one.drops.size == one.folds.size + 1
        assert (one.drops > 1e-6).all()


def test_where_it_ends_is_a_minimum_without_field():
    for p in (2, 3, 4):
        model = PSpin(10, p, 0.0, 1)
        found = anneal_field(model, 4.0)
        assert prove_minima(model, found.spins)[0].is_minimum


def test_degree_two_ends_in_the_ground_state():
    """At p = 2 the lower of the two minima of a field is on the branch of the strong field."""
    for seed in range(4):
        model = PSpin(8, 2, 0.0, seed)
        expected = np.min(descend(model, 20).energy)
        reached = model.energy(anneal_field(model, 5.0).spins)
        assert reached == pytest.approx(expected, abs=1e-9)


def test_the_comparison_is_of_the_same_samples():
    found = compare_annealing(10, 3, 3.5, 3, starts=40, seed=2)
    for k in range(3):
        model = PSpin(10, 3, 0.0, 2 + k)
        energy = descend(model, 40).energy
        assert found.annealed[k] == model.energy(anneal_field(model, 3.5).spins)
        assert found.mean[k] == pytest.approx(energy.mean())
        assert found.lowest[k] == pytest.approx(energy.min())
        assert found.lower[k] == np.mean(energy < found.annealed[k] - 1e-9)
        start = retract(model.field_direction)[None]
        assert found.quenched[k] == descend(model, start).energy[0]
        assert found.jumps[k] == anneal_field(model, 3.5).folds.size
    assert found.finished.all()


def test_means_and_errors():
    assert mean_and_error(np.array([1.0, 3.0])) == pytest.approx((2.0, 1.0))
    assert np.isnan(mean_and_error(np.array([1.0]))[1])
    assert np.isnan(mean_and_error(np.empty(0))[0])


def test_the_command(tmp_path):
    out = tmp_path / "annealed.json"
    words = ["anneal", "--n", "10", "--samples", "3", "--starts", "20", "--out", str(out)]
    result = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert "H/n annealed from that field" in result.stdout
    assert f"Written: {out}" in result.stdout
    data = json.loads(out.read_text())
    assert len(data["each"]) == data["finished"] == 3
    assert data["annealed"]["mean"] == pytest.approx(np.mean([e["annealed"] for e in data["each"]]))
    plain = CliRunner().invoke(cli, [*words[:-2], "--json"], catch_exceptions=False).stdout
    assert json.loads(plain)["gain"] == data["gain"]
