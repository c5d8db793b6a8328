"""Figures: the estimate behind the colours, the embedding, and files that are drawn."""

import errno
import logging
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from matplotlib.collections import EllipseCollection
from matplotlib.figure import Figure

from spinglass.control import Control
from spinglass.errors import InputError, StorageError
from spinglass.figures.density import kernel_map
from spinglass.figures.embedding import embed
from spinglass.figures.landscape_figure import energy_scale, plot_landscape
from spinglass.figures.picture import Picture
from spinglass.figures.trivialization_figure import plot_trivialization
from spinglass.files.store import read_dataset, write_dataset
from spinglass.landscape.drawn import PSpin
from spinglass.landscape.geometry import random_points
from spinglass.search import Descent, Status
from spinglass.search.minima import distinct_minima
from spinglass.search.results import descent_dataset
from tests.marks import slow

SITES = 12


def synthetic(
    distinct: int, starts: int, nu: float, seed: int = 0, p: int = 3, regime: str = ""
) -> xr.Dataset:
    """A result whose starts ended in a given number of minima, shared out unevenly."""
    model = PSpin(SITES, p, nu, seed)
    places = random_points(SITES, distinct, 7 + seed, 0)
    random = np.random.default_rng(seed)
    label = np.minimum(random.integers(distinct + 2, size=starts), distinct - 1)
    label[:distinct] = np.arange(distinct)
    spins = places[label]
    if model.covariance.is_even:
        spins = spins * random.choice([-1.0, 1.0], size=(starts, 1))
    descent = Descent(
        spins=spins,
        energy=model.energy(places)[label],
        gradient_norm=np.full(starts, 1e-12),
        lambda_min=np.full(starts, 0.5),
        index=np.zeros(starts, np.int64),
        status=np.full(starts, Status.MINIMUM, np.int64),
        gradients=np.full(starts, 100),
    )
    minima = distinct_minima(descent, model.covariance.is_even)
    assert len(minima.energy) == distinct
    return descent_dataset(model, descent, minima, {"regime": regime, "method": "none"})


def put(folder: Path, *results: xr.Dataset) -> Path:
    for number, data in enumerate(results):
        words = f"n{SITES}-p{data.attrs['p']}-nu{data.attrs['nu']:g}-seed{data.attrs['seed']}"
        write_dataset(data, folder / f"{words}-{number:012x}.nc")
    return folder


def assert_drawn(paths: list[Path], stem: Path) -> None:
    assert paths == [stem.with_name(f"{stem.name}.{suffix}") for suffix in ("pdf", "png", "nc")]
    assert paths[0].read_bytes().startswith(b"%PDF")
    image = plt.imread(paths[1])
    assert min(image.shape[:2]) > 500
    assert image[..., :3].std() > 0.05  # not an empty page


def assert_labelled(path: Path) -> None:
    for name, variable in read_dataset(path).variables.items():
        assert variable.attrs.get("units"), name
        assert variable.attrs.get("long_name"), name


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> object:
    """Nothing that is drawn may lack a glyph or a font, or warn otherwise."""
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING, "matplotlib"):
        warnings.simplefilter("error")
        yield
    assert [record.getMessage() for record in caplog.records] == []


def samples_on_cells(cells: int, half_width: float) -> tuple[np.ndarray, np.ndarray]:
    """Samples at centres of cells, two clouds, so that binning moves none of them."""
    random = np.random.default_rng(3)
    centres = np.repeat([[0.3, 0.1], [-0.4, -0.3]], 40, axis=0)
    wanted = centres + 0.08 * random.normal(size=(80, 2))
    cell = 2.0 * half_width / cells
    plane = (np.floor(wanted / cell) + 0.5) * cell
    return plane, np.sin(5.0 * plane[:, 0]) + plane[:, 1] - 20.0


def direct_mean(plane: np.ndarray, values: np.ndarray, at: np.ndarray, bandwidth: float):
    """Nadaraya and Watson's estimate by the sum that defines it."""
    squares = np.sum((at[:, None, :] - plane[None]) ** 2, axis=2)
    weights = np.exp(-0.5 * squares / bandwidth**2)
    return weights @ values / weights.sum(axis=1), weights.sum(axis=1)


def test_kernel_map_is_the_direct_sum_near_the_samples() -> None:
    cells, bandwidth = 160, 0.06
    plane, values = samples_on_cells(cells, 1.0)
    found = kernel_map(plane, values, 1.0, bandwidth, cells)
    centres = (np.arange(cells) + 0.5) * 2.0 / cells - 1.0
    at = np.stack(np.meshgrid(centres, centres), axis=-1).reshape(-1, 2)
    expected, weight = direct_mean(plane, values, at, bandwidth)
    near = weight > 1.0
    assert 500 < near.sum() < cells**2 / 4
    spread = values.max() - values.min()
    error = np.abs(found.mean.ravel() - expected)[near].max() / spread
    assert error < 5e-3
    density = weight / weight.max()
    np.testing.assert_allclose(found.density.ravel(), density, atol=1e-3)
    wrong, _ = direct_mean(plane, values, at, 1.5 * bandwidth)
    assert np.abs(found.mean.ravel() - wrong)[near].max() / spread > 10 * error


def test_kernel_map_is_defined_and_bounded_everywhere() -> None:
    plane, values = samples_on_cells(100, 1.0)
    found = kernel_map(plane, values, 1.0, 0.02, 100)
    assert np.isfinite(found.mean).all()
    assert found.mean.min() >= values.min() - 1e-9
    assert found.mean.max() <= values.max() + 1e-9
    assert (found.density.min(), found.density.max()) == (pytest.approx(0.0, abs=1e-9), 1.0)
    assert found.extent == (-1.0, 1.0, -1.0, 1.0)


def test_kernel_map_has_rows_along_y() -> None:
    plane = np.array([[0.5, -0.5], [-0.5, 0.5]])
    found = kernel_map(plane, np.array([1.0, 2.0]), 1.0, 0.05, 80)
    assert found.mean[20, 60] == pytest.approx(1.0, abs=1e-6)  # low y, high x
    assert found.mean[60, 20] == pytest.approx(2.0, abs=1e-6)


def test_kernel_map_of_one_sample_is_flat() -> None:
    found = kernel_map(np.zeros((1, 2)), np.array([-1.5]), 1.0, 0.05, 50)
    np.testing.assert_allclose(found.mean, -1.5, atol=1e-12)


def test_energy_scale_increases_and_inverts() -> None:
    random = np.random.default_rng(0)
    energies = [-1.64 + 0.02 * random.random(500), np.full(300, -1.9), np.array([-3.2, -3.1])]
    scale = energy_scale(energies, [-1.657, -1.633])
    assert (scale.vmin, scale.vmax) == (pytest.approx(-3.2), pytest.approx(energies[0].max()))
    ladder = np.linspace(scale.vmin, scale.vmax, 3001)
    level = np.asarray(scale(ladder))
    assert (np.diff(level) > 0).all()
    assert (level[0], level[-1]) == (0.0, 1.0)
    np.testing.assert_allclose(scale.inverse(level), ladder, rtol=1e-9)
    seen = np.asarray(scale(energies[0]))
    assert seen.max() - seen.min() > 0.2  # a linear scale would leave it one part in eighty


@pytest.mark.parametrize("energies", [[np.full(9, -1.5)], [np.full(9, -1.5), np.array([-1.5])]])
def test_energy_scale_of_one_energy(energies: list[np.ndarray]) -> None:
    scale = energy_scale(energies, [])
    assert scale.vmin < -1.5 < scale.vmax
    assert float(scale(-1.5)) == pytest.approx(0.5)


def same_label_is_nearest(plane: np.ndarray, label: np.ndarray) -> float:
    """Share of samples whose nearest neighbour in the plane belongs to the same minimum."""
    squares = np.sum((plane[:, None] - plane[None]) ** 2, axis=2)
    np.fill_diagonal(squares, np.inf)
    return float(np.mean(label[squares.argmin(axis=1)] == label))


CASES = [
    (1, 1, "opentsne"),
    (1, 50, "opentsne"),
    (2, 2, "sklearn"),
    (2, 50, "opentsne"),
    (3, 3, "opentsne"),
    (3, 50, "sklearn"),
    slow(19, 60, "opentsne"),
    (25, 25, "sklearn"),
    (25, 100, "sklearn"),
    (25, 100, "opentsne"),
]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("distinct", "samples", "method"), CASES)
def test_embedding_survives_few_minima(distinct: int, samples: int, method: str) -> None:
    label = np.arange(samples) % distinct
    spins = random_points(SITES, distinct, 0, 0)[label]
    plane = embed(spins, label, method, control=Control(1))
    assert plane.shape == (samples, 2)
    assert np.isfinite(plane).all()
    np.testing.assert_allclose(plane.mean(axis=0), 0.0, atol=1e-9)
    if distinct > 1:
        assert np.mean(np.sum(plane**2, axis=1)) == pytest.approx(1.0)
        assert len(np.unique(plane.round(6), axis=0)) >= distinct
    if distinct < 20:
        assert len(np.unique(plane, axis=0)) == distinct
    elif samples >= 2 * distinct:
        assert same_label_is_nearest(plane, label) > 0.95


def test_neighbours_can_be_told_from_strangers() -> None:
    random = np.random.default_rng(0)
    assert same_label_is_nearest(random.normal(size=(100, 2)), np.arange(100) % 25) < 0.5


def test_embedding_is_reproducible() -> None:
    label = np.arange(60) % 3
    spins = random_points(SITES, 3, 0, 0)[label]
    np.testing.assert_array_equal(embed(spins, label), embed(spins, label))


def test_unknown_embedding_is_refused() -> None:
    with pytest.raises(InputError, match="opentsne or sklearn, got 'umap'"):
        embed(np.ones((3, 3)), np.zeros(3, np.int64), "umap")


@pytest.mark.slow
def test_landscape_of_three_two_and_one_minima(tmp_path: Path, quiet: object) -> None:
    results = [
        synthetic(3, 60, 0.0, regime="exponential"),
        synthetic(2, 60, 0.9, regime="polynomial"),
        synthetic(1, 60, 4.0, regime="trivial"),
    ]
    stem = tmp_path / "out" / "landscape"
    paths = plot_landscape(put(tmp_path, *results), control=Control(1)).save(stem)
    assert_drawn(paths, stem)
    numbers = read_dataset(paths[2])
    assert numbers["position"].shape == (180, 2)
    assert np.isfinite(numbers["position"]).all()
    for data in results:
        mine = numbers["nu"].values == data.attrs["nu"]
        np.testing.assert_array_equal(numbers["energy"].values[mine], data["energy"].values)
        np.testing.assert_array_equal(numbers["minimum"].values[mine], data["minimum"].values)
    assert plt.get_fignums() == []
    assert_labelled(paths[2])


def test_few_minima_are_discs_whose_areas_are_the_shares(tmp_path: Path, quiet: object) -> None:
    data = synthetic(3, 60, 0.9)
    (axis,) = plot_landscape(put(tmp_path, data), control=Control(1)).axes
    (circles,) = (each for each in axis.collections if isinstance(each, EllipseCollection))
    areas = np.asarray(circles.get_widths()) ** 2
    share = data["minimum_count"].values / 60
    np.testing.assert_allclose(areas / areas.sum(), share)
    widths = np.sqrt(areas)
    assert not np.allclose(widths / widths.sum(), share, atol=0.02)
    place = np.asarray(circles.get_offsets())
    gaps = np.linalg.norm(place[:, None] - place[None], axis=2)
    sums = 0.5 * (widths[:, None] + widths[None])
    off = ~np.eye(3, dtype=bool)
    assert (gaps[off] > sums[off]).all()
    assert "disc area: share of descents" in axis.get_xlabel()


@pytest.mark.parametrize("starts", [60, 20_000])
def test_one_minimum_is_one_disc(starts: int, tmp_path: Path, quiet: object) -> None:
    (axis,) = plot_landscape(put(tmp_path, synthetic(1, starts, 4.0)), control=Control(1)).axes
    (circles,) = axis.collections
    assert isinstance(circles, EllipseCollection)
    assert len(circles.get_offsets()) == 1
    assert f"1 distinct minimum\nfrom {starts:,} starts" in axis.get_xlabel()


def test_many_minima_are_dots(tmp_path: Path, quiet: object) -> None:
    (axis,) = plot_landscape(put(tmp_path, synthetic(25, 100, 0.0)), control=Control(1)).axes
    assert not any(isinstance(each, EllipseCollection) for each in axis.collections)
    assert any(len(each.get_offsets()) == 100 for each in axis.collections)
    assert "each dot is a descent" in axis.get_xlabel()


@pytest.mark.slow
def test_landscape_of_one_pair_from_one_start(tmp_path: Path, quiet: object) -> None:
    folder = put(tmp_path, synthetic(1, 1, 0.0, p=2))
    paths = plot_landscape(folder, control=Control(1)).save(tmp_path / "landscape")
    assert_drawn(paths, tmp_path / "landscape")
    assert read_dataset(paths[2])["energy"].size == 1


@pytest.mark.slow
def test_trivialization_counts_what_is_there(tmp_path: Path, quiet: object) -> None:
    counts = {(0, 0.0): 3, (1, 0.0): 2, (0, 0.9): 2, (1, 0.9): 2, (0, 4.0): 1}
    results = {
        (seed, nu): synthetic(distinct, 40, nu, seed) for (seed, nu), distinct in counts.items()
    }
    picture = plot_trivialization(put(tmp_path, *results.values()))
    paths = picture.save(tmp_path / "trivialization")
    assert_drawn(paths, tmp_path / "trivialization")
    table = read_dataset(paths[2])
    np.testing.assert_array_equal(table["nu"], [0.0, 0.9, 4.0])
    np.testing.assert_array_equal(table["samples"], [2, 2, 1])
    np.testing.assert_allclose(table["distinct_minima"], [2.5, 2.0, 1.0])
    np.testing.assert_allclose(table["distinct_minima_error"], [0.5, 0.0, np.nan])
    lowest = [float(results[seed, 0.9]["minimum_energy"].min()) for seed in (0, 1)]
    assert float(table["ground_state_energy"][1]) == pytest.approx(np.mean(lowest))
    error = abs(lowest[0] - lowest[1]) / 2.0
    assert float(table["ground_state_energy_error"][1]) == pytest.approx(error)
    assert float(table["largest_basin"][2]) == 1.0
    assert_labelled(paths[2])


def test_what_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        plot_landscape(tmp_path / "absent")
    with pytest.raises(InputError, match="no result files"):
        plot_trivialization(tmp_path)
    put(tmp_path, synthetic(2, 20, 0.5))
    with pytest.raises(InputError, match=r"seed must be one of \[0\], got 5"):
        plot_landscape(tmp_path, seed=5)
    with pytest.raises(InputError, match="two or more field strengths"):
        plot_trivialization(tmp_path)
    data = synthetic(2, 20, 0.5)
    data["status"][:] = Status.NOT_CONVERGED
    with pytest.raises(InputError, match=r"got none at nu = 0\.5"):
        plot_landscape(put(tmp_path, data))


def test_a_figure_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = Picture("ranks", Figure(), (), xr.Dataset({"x": ("x", [1.0])}))
    paths = picture.save(tmp_path / "sub" / "one")
    before = {path: path.read_bytes() for path in paths}

    def half(self: Figure, target: Path, **_: object) -> None:
        target.write_bytes(b"%PDF half of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Figure, "savefig", half)
    with pytest.raises(StorageError, match=r"one\.pdf: No space left"):
        picture.save(tmp_path / "sub" / "one")
    assert {path: path.read_bytes() for path in (tmp_path / "sub").iterdir()} == before
