"""The layers of a landscape: exact energies by index, points of every index, their figure."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from spinglass import PSpin, find_stationary_points, open_result, plot
from spinglass.control import Control
from spinglass.errors import InputError
from spinglass.files.store import read_dataset
from spinglass.search.layers import find_layers
from spinglass.search.points_file import points_dataset
from spinglass.search.proofs.certificates import prove_stationary
from spinglass.signals import Spike
from spinglass.theory import energy_by_index, mean_by_index, mean_minima, mean_minima_below
from spinglass_cli.main import cli
from tests.marks import slow

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "p", "nu"),
    [
        (2, 3, 1.0),
        slow(3, 3, 0.5),
        (8, 4, 1.0),
        slow(30, 3, 1.0),
    ],
)
def test_moments_of_the_minima_are_those_of_their_numbers_below_energies(n, p, nu):
    """The distribution of energies is mean_minima_below over mean_minima; integrate by parts."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    mean, spread = energy_by_index(n, p, nu)
    low, high = mean[0] - 8.0 * spread[0], mean[0] + 8.0 * spread[0]
    energies = low + 0.5 * (high - low) * (nodes + 1.0)
    share = np.array([mean_minima_below(n, p, nu, u) for u in energies]) / mean_minima(n, p, nu)
    weights = 0.5 * (high - low) * weights
    first = high - share @ weights
    second = high**2 - (2.0 * energies * share) @ weights
    assert (share[0], share[-1]) == pytest.approx((0.0, 1.0), abs=1e-9)
    assert mean[0] == pytest.approx(first, abs=1e-6)
    assert spread[0] == pytest.approx(math.sqrt(second - first**2), abs=1e-5)


@pytest.mark.parametrize(("p", "nu"), [(2, 0.0), (3, 0.0), (4, 1.5)])
def test_energies_are_odd_increase_with_the_index_and_add_up_to_those_of_all_points(p, nu):
    n = 11
    mean, spread = energy_by_index(n, p, nu)
    assert mean == pytest.approx(-mean[::-1], abs=1e-10)
    assert spread == pytest.approx(spread[::-1])
    assert (np.diff(mean) > 0).all()
    if p == 2:  # the points are eigenvectors of A = (J + J^T) / 2, H/n the eigenvalue / sqrt(n)
        numbers = mean_by_index(n, p, nu)
        square = (numbers @ (mean**2 + spread**2)) / numbers.sum()
        assert square == pytest.approx((n + (n - 1) * n / 2) / n**2)  # mean of tr A^2 / n^2


@pytest.mark.slow
def test_energies_found_in_small_samples_are_the_exact_ones():
    n, p, nu, samples = 6, 3, 1.0, 80
    found = [find_stationary_points(PSpin(n, p, nu, seed)) for seed in range(samples)]
    mean, _ = energy_by_index(n, p, nu)
    wrong, _ = energy_by_index(n, p, 0.5)
    for k in range(3):
        off = np.array([np.sum(f.energy[f.index == k] - mean[k]) for f in found])
        assert abs(off.mean()) < 4 * off.std(ddof=1) / math.sqrt(samples)
    off = np.array([np.sum(f.energy[f.index == 0] - wrong[0]) for f in found])
    assert abs(off.mean()) > 4 * off.std(ddof=1) / math.sqrt(samples)


def test_points_of_every_index_are_found_and_true():
    model = PSpin(24, 3, 0.0, 1)
    found = find_layers(model, 1500)
    assert not found.complete
    assert set(found.index) == set(range(24))
    proofs = prove_stationary(model, found.spins[::20])
    assert [proof.index for proof in proofs] == found.index[::20].tolist()
    mean, spread = energy_by_index(24, 3, 0.0)
    assert np.abs((found.energy - mean[found.index]) / spread[found.index]).mean() < 2
    again = find_layers(PSpin(24, 3, 0.0, 1), 1500, control=Control(2))
    assert np.array_equal(found.spins, again.spins)


def test_bad_searches_are_named():
    with pytest.raises(InputError, match="searches"):
        find_layers(PSpin(5, 3), 0)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "searches"), [slow(2, 1), (20, 300)])
def test_the_figure_is_drawn(tmp_path, n, searches):
    words = ["figure", "layers", "--n", str(n), "--searches", str(searches)]
    stem = tmp_path / "layers"
    CliRunner().invoke(cli, [*words, "--out", str(stem)], catch_exceptions=False)
    data = read_dataset(stem.with_suffix(".nc"))
    assert data.sizes["morse_index"] == n
    assert data["mean_energy"].values == pytest.approx(energy_by_index(n, 3, 0.0)[0])
    assert stem.with_suffix(".png").stat().st_size > 10_000


@pytest.mark.slow
def test_the_figure_of_kept_points(tmp_path):
    """Nothing is searched: what is in the file is drawn, beside the mean of its landscape."""
    file = FIXTURES / "points.nc"
    kept = open_result(file)
    words = ["figure", "layers", str(file), "--out", str(tmp_path / "layers")]
    CliRunner().invoke(cli, words, catch_exceptions=False)
    data = read_dataset(tmp_path / "layers.nc")
    assert np.array_equal(data["energy"], kept["energy"])
    assert np.array_equal(data["index"], kept["index"])
    attrs = kept.attrs
    exact = energy_by_index(attrs["n"], attrs["p"], attrs["nu"])
    assert data["mean_energy"].values == pytest.approx(exact[0])
    assert plot.layers(kept).numbers.identical(plot.layers(file).numbers)


@pytest.mark.parametrize("words", [["--n", "5"], ["--nu", "0.5"], ["--seed", "1"]])
def test_points_and_another_landscape_exclude_each_other(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = str(FIXTURES / "points.nc")
    result = CliRunner().invoke(cli, ["figure", "layers", file, *words])
    assert result.exit_code != 0
    assert re.search(f"FILE and {words[0]} exclude each other", str(result.exception))
    assert not list(tmp_path.iterdir())


def test_layers_of_no_plain_sample_are_refused():
    model = PSpin(3, 3).with_signal(Spike(3, 1.0))[0]
    data = points_dataset(model, find_stationary_points(model), {})
    with pytest.raises(InputError, match="plain sample"):
        plot.layers(data)
    with pytest.raises(InputError, match="file of points, got int"):
        plot.layers(3)
