"""The plane of energy and radial force: its density, the ends of descents on it, refusals."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from spinglass import descend
from spinglass.covariance import Covariance
from spinglass.errors import DamagedFileError, InputError
from spinglass.figures.descent_ends import Ends, ends_of, read_ends
from spinglass.figures.marginal_figure import minima_plane, plot_marginal
from spinglass.files.store import read_dataset, write_dataset
from spinglass.landscape.drawn import PSpin
from spinglass.landscape.geometry import random_points
from spinglass.landscape.model import Landscape
from spinglass.search import Status
from spinglass.search.minima import distinct_minima
from spinglass.search.results import descent_dataset
from spinglass.theory import energy_by_index, mean_minima
from spinglass_cli.main import main
from tests.marks import slow
from tests.oracles import gradient

LAW = Covariance.mixture({3: 1.0, 4: 1.0})
FIELD = Covariance.pure(3, 0.5)


def result(path, model, starts=30, **changes):
    found = descend(model, starts)
    data = descent_dataset(model, found, distinct_minima(found), {})
    write_dataset(data.assign_attrs(changes), path)
    return found


@pytest.mark.parametrize("orders", [(3,), (2, 3), (2, 3, 4)])
def test_ends_have_the_radial_force_of_dense_tensors(orders):
    random = np.random.default_rng(5)
    tensors = {p: random.normal(size=(4,) * p) for p in orders}
    field = random.normal(size=4)
    model, spins = Landscape.from_tensor(tensors, field), random_points(4, 6, 1)
    status = np.array([Status.MINIMUM, Status.NOT_CONVERGED] * 3)
    found = ends_of(model, spins, status)
    expected, energies = [], []
    for x in spins[::2]:
        slopes = {p: gradient(tensor, np.zeros(4), x) for p, tensor in tensors.items()}
        expected.append((sum(x @ slope for slope in slopes.values()) - x @ field) / 4)
        parts = sum(x @ slope / p for p, slope in slopes.items())
        energies.append((parts - x @ field) / 4)
    assert found.descents == 6
    assert found.force == pytest.approx(np.array(expected), rel=1e-12)
    assert found.energy == pytest.approx(np.array(energies), rel=1e-12)
    assert np.abs(found.force - orders[-1] * found.energy).max() > 0.1  # as without field


@pytest.mark.parametrize("n", [4, slow(30)])
@pytest.mark.parametrize("law", [LAW, FIELD, Covariance.pure(3, 3.0)])
def test_the_drawn_window_holds_all_minima_and_no_wrong_law_does(n, law):
    data = minima_plane(n, law)
    density = 10.0 ** data["log10_density"]
    number = float(density.integrate("energy").integrate("force"))
    assert number == pytest.approx(mean_minima(n, law), rel=2e-3)
    mean = (density * data["energy"]).integrate("energy").integrate("force") / number
    assert float(mean) == pytest.approx(energy_by_index(n, law)[0][0], rel=1e-3)
    wrong = law.mixture({p: 2.0 * c for p, c in law.weights}, law.nu)
    assert float(mean) != pytest.approx(energy_by_index(n, wrong)[0][0], rel=1e-2)


def test_lines_are_those_of_theory_where_there_are_any():
    data = minima_plane(4, LAW)
    assert float(data["marginal_force"]) == pytest.approx(-2.0 * np.sqrt(18.0))
    assert float(data["threshold_energy"]) == pytest.approx(-71.0 / (7.0 * np.sqrt(18.0)))
    assert float(data["ground_state_energy"]) == pytest.approx(-2.450930, abs=1e-6)
    assert np.isnan(minima_plane(4, Covariance.pure(3, 3.0))["threshold_energy"])
    unknown = Covariance.mixture({2: 1.0, 4: 0.2})
    assert np.isnan(minima_plane(4, unknown)["ground_state_energy"])


def test_a_strip_thinner_than_the_grid_is_refused():
    with pytest.raises(InputError, match=r"too small to draw.*3:1e-06,4:1, nu = 0$"):
        minima_plane(20, Covariance.mixture({3: 1e-6, 4: 1.0}))
    drawn = minima_plane(20, Covariance.mixture({3: 0.05, 4: 1.0}))
    assert float(drawn["log10_density"].max()) > drawn.attrs["floor"] + 5.0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "count"),
    [
        slow(20, 0),
        (50, 20_000),
        slow(20, 1),
        slow(6, 2),
    ],
)
def test_any_number_of_ends_is_drawn_inside_the_window(tmp_path, n, count):
    random = np.random.default_rng(0)
    force = random.normal(-12.0, 0.2, count)
    ends = [Ends(force / 3.0, force, count + 1)] if count else []
    paths = plot_marginal(n, LAW, ends).save(tmp_path / "plane")
    assert [path.suffix for path in paths] == [".pdf", ".png", ".nc"]
    assert paths[0].stat().st_size < 1_000_000  # many dots are a bitmap
    assert plt.imread(paths[1])[..., :3].std() > 0.05
    data = read_dataset(paths[2])
    assert data.sizes["end"] == count
    assert data.attrs["descents"] == (count + 1 if count else 0)
    for name in ("energy", "force"):
        inside = data[f"end_{name}"] - data[name][0], data[name][-1] - data[f"end_{name}"]
        assert all((gap > 0.0).all() for gap in inside)
    for name, variable in data.variables.items():
        assert variable.attrs.get("long_name"), name
        assert variable.attrs.get("units"), name


@pytest.mark.slow
def test_files_and_folders_give_the_ends_of_their_descents(tmp_path):
    model = PSpin(6, 3, 0.5, 2)
    found = result(tmp_path / "one.nc", model)
    (ends,) = read_ends([tmp_path / "one.nc"], 6, FIELD)
    assert np.array_equal(ends.force, model.radial_force(found.spins))
    assert (len(ends.energy), ends.descents) == (30, 30)
    folder = tmp_path / "sweep"
    for nu in (0.5, 0.9):
        name = f"n6-p3-nu{nu}-seed2-{'a' * 12}.nc"
        result(folder / name, PSpin(6, 3, nu, 2), job_identity="a" * 12)
    (same,) = read_ends([folder], 6, FIELD)
    assert np.array_equal(same.force, ends.force)
    with pytest.raises(InputError, match=r"must be of n = 7, p = 3, nu = 0\.5, got none"):
        read_ends([folder], 7, FIELD)


@pytest.mark.parametrize("law", [Covariance.pure(3, 0.6), Covariance.pure(4, 0.5), LAW])
def test_results_of_other_landscapes_are_refused(tmp_path, law):
    result(tmp_path / "one.nc", PSpin(6, 3, 0.5, 2))
    with pytest.raises(InputError, match=r"results must be of n = 6, .*got .* nu = 0\.5"):
        read_ends([tmp_path / "one.nc"], 6, law)


@pytest.mark.slow
def test_ends_are_not_taken_from_couplings_that_are_not_those_of_the_seed(tmp_path):
    result(tmp_path / "one.nc", PSpin(6, 3, 0.5, 2), seed=3)
    with pytest.raises(DamagedFileError, match="not those of seed 3"):
        read_ends([tmp_path / "one.nc"], 6, FIELD)
    result(tmp_path / "two.nc", PSpin(6, 3, 0.5, 2), seed=-1)
    with pytest.raises(InputError, match="without a seed"):
        read_ends([tmp_path / "two.nc"], 6, FIELD)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--p 3", "E = X / p"),
        ("--mixture 3:1,4:1 --n 1", "1 is not in the range"),
        ("--mixture 3:1,4:-1", "got -1"),
        ("--mixture 3:1,4:1 absent.nc", "no such file"),
    ],
)
def test_the_command_refuses_in_a_line(tmp_path, capsys, words, said):
    out = tmp_path / "plane.png"
    with pytest.raises(SystemExit) as end:
        main(["figure", "marginal", *words.split(), "--out", str(out)])
    err = capsys.readouterr().err
    assert end.value.code == 2
    assert said in err
    assert "Traceback" not in err
    assert not out.exists()
