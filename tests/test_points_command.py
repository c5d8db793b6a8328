"""The command for all stationary points: what it prints and writes, paths that are kept, damage."""

import json
import warnings
from itertools import permutations

import numpy as np
import pytest

from spinglass import Mixed, PSpin
from spinglass.control import Control, Progress
from spinglass.errors import DamagedFileError, InputError
from spinglass.files.store import write_dataset
from spinglass.landscape import Landscape
from spinglass.search import path_search, solve_complex
from spinglass.search.path_blocks import PATHS
from spinglass.search.points_file import POINTS, SOLUTIONS, points_dataset, solutions_dataset
from spinglass.search.real_points import real_points
from spinglass.search.stationary import find_stationary_points
from spinglass_cli.main import main
from tests.marks import slow


def run(*words):
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    return end.value.code


def symmetric(n, seed=0):
    """Return a symmetric array of couplings of order 3."""
    tensor = np.random.default_rng(seed).normal(size=(n, n, n))
    return sum(np.transpose(tensor, axes) for axes in permutations(range(3)))


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("--p", 3), 2 * (2**4 - 1)),
        slow(("--mixture", "2:1,4:0.5"), 3**4 - 1),
        slow(("--p", 2), 8),
        (("--p", 2, "--nu", 0.5), 8),
    ],
)
def test_points_are_printed_written_and_shown(words, count, tmp_path, capsys):
    file, both = tmp_path / "points.nc", tmp_path / "complex.nc"
    assert run("points", "--n", 4, *words, "--out", file) == 0
    printed = capsys.readouterr().out
    assert "proven to be all" in printed
    assert "proven within" in printed
    assert run("show", file) == 0
    assert f"{capsys.readouterr().out}Written: {file}\n" == printed
    assert run("points", "--n", 4, *words, "--complex", "--out", both, "--json") == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["found"], row["expected"], row["complete"]) == (count, count, True)
    data = POINTS.open(file)
    assert row["real"] == len(data["energy"])
    assert run("show", both) == 0
    assert f"{count} of {count} complex stationary points proven" in capsys.readouterr().out
    assert run("verify", file) == 0
    total = len(data["energy"])
    assert f"of {total} stationary points evaluated" in capsys.readouterr().out
    assert run("verify", both) == 0
    kept = len(SOLUTIONS.open(both)["u"])
    assert capsys.readouterr().out.startswith(f"  {kept} of {kept} complex points")
    assert ("E-eigenvalue" in printed) == (words in (("--p", 3), ("--p", 2)))


@pytest.mark.parametrize("change", ["u", "radial_force", "twice"])
def test_complex_points_that_are_no_solutions_are_not_verified(change, tmp_path, capsys):
    model = PSpin(4, 3, 0.3, 1)
    data = solutions_dataset(solve_complex(model), {"method": "homotopy", "start_seed": 0})
    if change == "twice":
        for name in ("u", "radial_force", "radius"):
            data[name].values[1] = data[name].values[0]
    else:
        data[change].values[1] += 1e-6
    write_dataset(data, tmp_path / "wrong.nc")
    assert run("verify", tmp_path / "wrong.nc") == 1
    said = capsys.readouterr()
    assert said.out == "  14 of 15 complex points, one of each pair +-x, proven again\n"
    assert "is not right" in said.err


def test_what_is_written_are_the_points_and_their_eigenvalues():
    tensor = symmetric(4)
    model = Landscape.from_tensor(tensor)
    found = solve_complex(model)
    data = points_dataset(model, real_points(found), {"method": "homotopy", "start_seed": 0})
    v = data["spins"].values / 2.0
    wanted = data["eigenvalue"].values[:, None] * v
    assert np.einsum("ijk,cj,ck->ci", tensor, v, v) == pytest.approx(wanted, abs=1e-9)
    assert data.attrs["seed"] == -1
    pairs = solutions_dataset(found, {"method": "homotopy", "start_seed": 0})
    u = pairs["u"].values[..., 0] + 1j * pairs["u"].values[..., 1]
    m = pairs["eigenvalue"].values @ np.array([1.0, 1.0j])
    assert len(u) == 15
    assert np.einsum("ijk,cj,ck->ci", tensor, u, u) == pytest.approx(m[:, None] * u, abs=1e-8)


def test_a_field_or_a_mixture_has_no_eigenvalues():
    for model in (PSpin(3, 3, 0.5), Mixed(3, {2: 1.0, 3: 1.0})):
        found = find_stationary_points(model, method="homotopy")
        data = points_dataset(model, found, {"method": "homotopy", "start_seed": 0})
        assert np.isnan(data["eigenvalue"].values).all()
        assert data["radial_force"].values == pytest.approx(model.radial_force(found.spins))


def test_distances_are_proven_bounds():
    model = PSpin(5, 3, 0.5, 3)
    found = find_stationary_points(model, method="homotopy")
    slope = np.linalg.norm(model.riemannian_gradient(found.spins), axis=1) / np.sqrt(5)
    # To first order a point is off by its gradient over the smallest eigenvalue.
    assert np.all(slope / found.gap < found.distance + 1e-15)
    assert np.all(found.distance < 1e-8)
    assert np.isnan(find_stationary_points(model, method="search").distance).all()


class Killed(Exception):
    """Stands for whatever ends the process."""


@pytest.mark.parametrize("model", [PSpin(6, 3, 0.0, 1), PSpin(4, 4, 0.7, 2)], ids=repr)
def test_killed_and_resumed_is_uninterrupted_bit_for_bit(model, tmp_path, monkeypatch):
    monkeypatch.setattr(path_search, "_BLOCK", 16)
    whole = solve_complex(model)

    def kill(event: Progress) -> None:
        if event.done >= 32:
            raise Killed

    with pytest.raises(Killed):
        solve_complex(model, folder=tmp_path, control=Control(tell=kill))
    files = sorted(tmp_path.glob("*.nc"))
    assert len(files) == 2
    before = [file.stat().st_mtime_ns for file in files]
    resumed = solve_complex(model, folder=tmp_path)
    assert [file.stat().st_mtime_ns for file in files] == before
    for name in ("z", "radius", "alone"):
        assert np.array_equal(getattr(resumed.classes, name), getattr(whole.classes, name))
    assert (resumed.paths, resumed.arrived) == (whole.paths, whole.arrived)


def test_a_block_that_somebody_made_up_proves_nothing(tmp_path):
    model = PSpin(4, 3, 0.0, 0)
    honest = solve_complex(model, folder=tmp_path)
    file = next(tmp_path.glob("*.nc"))
    data = PATHS.open(file)
    data["z"].values[:] = np.random.default_rng(0).normal(size=data["z"].shape)
    write_dataset(data, file)
    made_up = solve_complex(model, folder=tmp_path)
    # Whatever is found is there: each is one of the true solutions, and none is counted twice.
    apart = np.linalg.norm(made_up.u[:, None] - honest.u[None], axis=2)
    assert apart.min(1).max(initial=0.0) < 1e-8
    assert len(set(apart.argmin(1).tolist())) == made_up.found
    data["z"].values[:] = data["z"].values[:1]
    write_dataset(data, file)
    for other in tmp_path.glob("*.nc"):
        if other != file:
            other.unlink()
    again = solve_complex(model, folder=tmp_path)
    assert len(np.unique(np.round(again.u, 8), axis=0)) == again.found


@pytest.mark.parametrize("cut", [{"path": slice(3)}, {"component": slice(3)}])
def test_a_block_of_the_wrong_shape_is_refused_with_a_remedy(cut, tmp_path):
    solve_complex(PSpin(4, 3), folder=tmp_path)
    file = next(tmp_path.glob("*.nc"))
    write_dataset(PATHS.open(file).isel(cut), file)
    with pytest.raises(DamagedFileError, match=r"must have the shape \(15, 5, 2\), got .*delete"):
        solve_complex(PSpin(4, 3), folder=tmp_path)


def test_a_wrong_sum_of_signs_is_never_called_proven(monkeypatch):
    found = solve_complex(PSpin(4, 3, 0.0, 0))
    assert real_points(found).proven
    monkeypatch.setattr("spinglass.search.point_set.euler_sum", lambda index: 1)
    wrong = real_points(found)
    assert not wrong.proven
    assert "alternating sum of the counts is 1" in wrong.doubts[0]


def test_paths_of_another_run_or_damaged_are_refused(tmp_path, capsys):
    solve_complex(PSpin(4, 3, 0.0, 0), folder=tmp_path)
    for other, seed in ((PSpin(4, 3, 0.0, 1), 0), (PSpin(4, 3, 0.5, 0), 0), (PSpin(4, 3), 1)):
        with pytest.raises(InputError, match=r"is of another run .*: choose another folder"):
            solve_complex(other, start_seed=seed, folder=tmp_path)
    file = next(tmp_path.glob("*.nc"))
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(DamagedFileError, match=file.name):
        solve_complex(PSpin(4, 3), folder=tmp_path)
    assert run("points", "--n", 4, "--paths", tmp_path) == 2
    told = capsys.readouterr().err
    assert told.startswith("Error: ")
    assert told.endswith("; once this file is deleted its paths are followed again\n")


def test_paths_of_another_version_are_followed_again(tmp_path, monkeypatch):
    found = solve_complex(PSpin(4, 3), folder=tmp_path)
    monkeypatch.setattr("spinglass.files.kind.__version__", "0.0.1")
    again = solve_complex(PSpin(4, 3), folder=tmp_path)
    assert np.array_equal(found.z, again.z)
    assert PATHS.open(next(tmp_path.glob("*.nc"))).attrs["stop"] == 15


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--n", 161, "--p", 2), "got n = 161 and the order p = 2"),
        (("--n", 25), "got n = 25 and the order p = 3"),
        (("--n", 1), "n must be an integer >= 2, got 1"),
        (("--n", 4, "--start-seed", -1), "--start-seed must be an integer >= 0, got -1"),
        (("--n", 4, "--time-limit", -1), "'--time-limit': must be a number"),
        (("--n", 4, "--out", "points.json"), "points.json"),
        (("--n", 4, "--p", 2, "--paths", "kept"), "order 2 has none, got kept"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(words, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run("points", *words) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_time_that_is_up_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(path_search, "_BLOCK", 16)
    assert run("points", "--n", 6, "--time-limit", "0s") == 0
    said = capsys.readouterr()
    assert "NOT proven to be all; 16 paths" in said.out
    assert "the work was stopped before all paths were followed" in said.out
    assert "of 126 complex solutions are not proven" in said.out
    assert "The time was up before all paths were followed; --paths FOLDER would" in said.err
    folder = tmp_path / "kept"
    assert run("points", "--n", 6, "--time-limit", "0s", "--paths", folder, "--complex") == 0
    said = capsys.readouterr()
    assert "the work was stopped before all paths were followed" in said.out
    assert f"what is done is kept in {folder}, run the same again to go on" in said.err
    for _ in range(3):
        assert run("points", "--n", 6, "--time-limit", "0s", "--paths", folder) == 0
        said = capsys.readouterr()
    assert "63 paths, 63 arrived" in said.out
    assert "The time was up" not in said.err


def test_an_interrupt_before_the_first_block_keeps_nothing_and_says_so(
    tmp_path, monkeypatch, capsys
):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(path_search, "follow_paths", interrupted)
    assert run("points", "--n", 4, "--paths", tmp_path / "none") == 130
    assert "nothing is kept in" in capsys.readouterr().err


def test_where_every_point_is_stationary_no_table_of_points_is_begun(tmp_path, capsys):
    np.save(tmp_path / "zero.npy", np.zeros((3, 3, 3)))
    assert run("points", "--couplings", tmp_path / "zero.npy") == 0
    said = capsys.readouterr().out
    assert "every point is stationary, as H is the same everywhere" in said
    assert "proven within" not in said


def test_solutions_at_infinity_are_told_without_warnings_and_without_paths(tmp_path, capsys):
    for name, array in (("matrix", np.eye(4)), ("field", np.ones(4))):
        np.save(tmp_path / f"{name}.npy", array)
    own = ("--couplings", tmp_path / "matrix.npy", "--field", tmp_path / "field.npy")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert run("points", *own) == 0
    said = capsys.readouterr().out
    assert "6 of the eigenvectors are at infinity, 0 near degenerate solutions" in said
    assert "path" not in said


def test_points_and_solutions_are_not_mixed_up(tmp_path, capsys):
    file = tmp_path / "file.nc"
    assert run("points", "--n", 3, "--out", file) == 0
    assert run("points", "--n", 3, "--complex", "--out", file) == 2
    assert "choose another file" in capsys.readouterr().err
    assert SOLUTIONS.schema != POINTS.schema == POINTS.open(file).attrs["schema"]
