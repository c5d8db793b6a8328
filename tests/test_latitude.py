"""All points of spiked samples by their latitude: counts, scores and the figure."""

import numpy as np
import pytest

from benchmarks.hidden_points import exact_counts, latitude_counts, latitude_scores
from spinglass import find_stationary_points, plot, spiked
from spinglass.errors import InputError
from spinglass.files.store import write_dataset
from spinglass.landscape import draw_landscape, overlap
from spinglass.search.points_file import points_dataset
from spinglass.signals import Planted


def points_of(model):
    found = find_stationary_points(model, method="homotopy")
    return points_dataset(model, found, {"method": "homotopy"})


@pytest.fixture(scope="module")
def samples():
    return [points_of(spiked(4, 3, 1.5, seed)[0]) for seed in range(40)]


@pytest.mark.slow
def test_points_are_at_the_latitudes_of_their_strength_and_of_no_other():
    counts = latitude_counts(4, 1.2, range(400))
    right, wrong = (latitude_scores(counts, exact_counts(4, strength)) for strength in (1.2, 1.5))
    assert right.size >= 10
    assert np.abs(right).max() < 4.0
    assert np.mean(right**2) < 2.0
    assert np.mean(wrong**2) > 4.0


def test_counts_are_of_half_the_points_and_half_the_exact_mean():
    counts = latitude_counts(4, 1.2, range(3))
    assert counts.shape == (3, 4, 4)
    for seed in range(3):
        found = find_stationary_points(spiked(4, 3, 1.2, seed)[0], method="homotopy")
        assert 2 * counts[seed].sum() == len(found.energy)


@pytest.mark.slow
def test_the_figure_counts_every_point_once(samples):
    data = plot.latitude(samples, bins=8).numbers
    for name, index in (("all points", None), ("minima", 0)):
        mean = np.mean(
            [
                each.sizes["point"] if index is None else int((each["index"] == index).sum())
                for each in samples
            ]
        )
        assert float(data["found"].sel(counted=name).sum()) * 0.25 == pytest.approx(mean)
    _, x = spiked(4, 3, 1.5, 0)
    one = plot.latitude(samples[0], bins=8).numbers
    m = overlap(samples[0]["spins"].values, x)
    wanted = [np.sum((m > low) & (m <= low + 0.25)) / 0.25 for low in np.arange(-1.0, 1.0, 0.25)]
    assert one["found"].sel(counted="all points").values.tolist() == wanted
    assert np.isnan(one["found_error"].values).all()


@pytest.mark.slow
def test_the_exact_density_of_the_figure_is_that_of_the_strength(samples):
    data = plot.latitude(samples, bins=4).numbers.sel(counted="all points")
    others = [points_of(spiked(4, 3, 0.3, seed)[0]) for seed in range(40)]
    wrong = plot.latitude(others, bins=4).numbers.sel(counted="all points")

    def score(exact):
        away = data["found"].values - exact["exact"].values
        return np.abs(away / data["found_error"].values).max()

    assert score(data) < 4.0
    assert score(wrong) > 6.0


@pytest.mark.slow
def test_an_equilibrium_that_is_not_pinned_is_a_spike(tmp_path):
    for seed in range(2):
        model = draw_landscape(4, 3, seed, Planted(0.8, False))
        write_dataset(points_of(model), tmp_path / f"{seed}.nc")
    planted = plot.latitude(sorted(tmp_path.iterdir())).numbers
    spike = plot.latitude([points_of(spiked(4, 3, 1.25, k)[0]) for k in (0, 1)])
    assert planted["found"].values.tolist() == spike.numbers["found"].values.tolist()
    assert planted["exact"].values == pytest.approx(spike.numbers["exact"].values, rel=1e-12)


def test_what_has_no_latitudes_is_refused(samples):
    short = samples[0].assign_attrs(complete=0)
    for given, words in (
        ([], "stationary points must be given, got none"),
        ([points_of(draw_landscape(4, 3))], "must be of a spike or .* got no hidden point"),
        ([points_of(draw_landscape(4, 3, 0, Planted(0.8)))], "got planted=0.8 pinned"),
        ([short], "the dataset must hold all points, got one that may lack some"),
        ([samples[0], samples[0]], "each sample must be given once, got seed 0 twice"),
        ([samples[0], points_of(spiked(4, 3, 1.4, 1)[0])], "n = 4, p=3 spike=3:1.5, got n = 4"),
    ):
        with pytest.raises(InputError, match=words):
            plot.latitude(given)
    with pytest.raises(InputError, match="bins must be an integer >= 2, got 1"):
        plot.latitude(samples, bins=1)
