"""Every kind of file: known to the registry, opened whole or refused, drawn without its spins."""

import ast
import errno
import json
import os
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from threadpoolctl import threadpool_info, threadpool_limits

import spinglass
from spinglass import PSpin, find_stationary_points, open_result, plot, write_result
from spinglass.connections import write_graph
from spinglass.contents.kind_name import DRAWN, RESULTS
from spinglass.contents.kind_registry import open_file
from spinglass.errors import DamagedFileError, InputError, SpinglassError
from spinglass.files.kind import Kind, Variable
from spinglass.files.store import read_dataset, write_dataset
from spinglass.files.targets import checked_file
from spinglass.search import points_dataset
from spinglass.search.results import DESCENTS
from spinglass.sweep.manifest import MANIFEST
from spinglass_cli.main import cli, main
from spinglass_cli.show_command import _PRINT
from tests.marks import slow

FIXTURES = Path(__file__).parent / "fixtures"


def fixtures() -> dict[str, str]:
    """A file of every kind that there is one of, by the name of the kind."""
    files: dict[str, str] = {}
    for path in sorted(FIXTURES.rglob("*")):
        if path.suffix in (".nc", ".json") and path.name != MANIFEST:
            name, _, _ = open_file(path, whole=False)
            files.setdefault(name, str(path.relative_to(FIXTURES)))
    return files


FILES = fixtures()
WITH_POINTS = [
    name
    for name in FILES
    if hasattr(import_module(f"spinglass.contents.{name}_contents"), "points")
]

KIND = Kind(
    schema="spinglass-test-1",
    noun="a test",
    title="Made for a test",
    variables={
        "spins": Variable(("minimum", "site"), "positions"),
        "energy": Variable(("minimum",), "energies"),
        "proven": Variable(("minimum",), "flags", np.bool_),
    },
)
VALUES = {"spins": np.ones((2, 3)), "energy": [-2, -1], "proven": [True, False]}


def declared() -> set[str]:
    """The schemas of all kinds in the package."""
    found = set()
    for path in Path(spinglass.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Kind":
                found |= {ast.literal_eval(k.value) for k in node.keywords if k.arg == "schema"}
    return found


def test_every_kind_is_known_and_printed() -> None:
    unfinished = {"spinglass-part-1", "spinglass-paths-3"}  # no results yet
    assert declared() - unfinished - set(DRAWN) == set(RESULTS)
    assert set(DRAWN.values()) == {"figure"}
    assert set(RESULTS.values()) == set(FILES)
    assert set(_PRINT) - {"figure"} <= set(FILES) - {"descents"}
    for schema, name in (RESULTS | DRAWN).items():
        assert import_module(f"spinglass.contents.{name}_contents").KIND.schema == schema


def test_a_kind_without_a_print_of_its_own_is_shown_by_its_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(_PRINT, "points")
    path = FIXTURES / FILES["points"]
    with pytest.raises(SystemExit) as end:
        main(["show", str(path)])
    _, contents, data = open_file(path, whole=False)
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert end.value.code == 0
    assert lines == {name: str(value) for name, value in contents.summary(data).items()}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_any_kind_is_opened_as_what_it_is(name: str, tmp_path: Path) -> None:
    found, contents, data = open_file(FIXTURES / FILES[name])
    assert found == name
    assert contents.summary(data) == contents.summary(open_file(FIXTURES / FILES[name])[2])
    write_dataset(data, tmp_path / "again.nc")
    _, _, less = open_file(tmp_path / "again.nc", whole=False)
    assert contents.summary(less) == contents.summary(data)
    assert not set(contents.UNREAD) & set(less.variables)
    assert set(contents.UNREAD) <= set(data.variables)


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_of_any_kind_is_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "damaged.nc"
    write_dataset(open_file(FIXTURES / FILES[name])[2], path)
    content = path.read_bytes()
    half = len(content) // 2
    for spoilt in (content[:half], content[:half] + b"?" + content[half + 1 :], b"no"):
        path.write_bytes(spoilt)
        for word in ("show", "verify"):
            with pytest.raises(SystemExit) as end:
                main([word, str(path)])
            said = capsys.readouterr()
            assert (end.value.code, said.out) == (2, "")
            assert said.err.startswith("Error: ")
            assert "damaged.nc" in said.err
            assert said.err.count("\n") == 1


@pytest.mark.parametrize("name", WITH_POINTS)
def test_wrong_points_are_found(name: str, tmp_path: Path) -> None:
    data = open_file(FIXTURES / FILES[name])[2]
    energy = "minimum_energy" if "minimum_energy" in data else "energy"
    right, wrong, other = (tmp_path / f"{k}.nc" for k in "rwo")
    write_dataset(data, right)
    cli.main(["verify", str(right), "--share", "1"], standalone_mode=False)
    write_dataset(data.assign({energy: data[energy] + 1e-8}), wrong)
    with pytest.raises(SpinglassError, match="is not right"):
        cli.main(["verify", str(wrong), "--share", "1"], standalone_mode=False)
    write_dataset(data.assign_attrs(couplings_sha256="0" * 64), other)
    with pytest.raises(SpinglassError, match="the couplings are not those of seed"):
        cli.main(["verify", str(other)], standalone_mode=False)


@pytest.mark.parametrize(
    ("figure", "name", "spins"),
    [
        ("ranks", "census", ("spins",)),
        ("disconnectivity", "connections", ("minimum_spins", "saddle_spins")),
        slow("branches", "branches", ("spins",)),
    ],
)
def test_a_figure_reads_no_spins(
    figure: str,
    name: str,
    spins: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_dataset(open_file(FIXTURES / FILES[name])[2], tmp_path / "file.nc")
    read = []

    def reading(path: Path, without: tuple[str, ...] = ()) -> xr.Dataset:
        read.append(tuple(without))
        return read_dataset(path, without)

    monkeypatch.setattr("spinglass.files.kind.read_dataset", reading)
    words = ["figure", figure, str(tmp_path / "file.nc"), "--out", str(tmp_path / "figure.png")]
    cli.main(words, standalone_mode=False)
    assert read == [spins]


def test_the_figure_of_trivialization_reads_no_spins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / "first.nc", tmp_path / "second.nc"]
    for nu, path in zip((0.0, 0.5), paths, strict=True):
        words = ["sample", "--n", "8", "--starts", "4", "--nu", str(nu), "--out", str(path)]
        cli.main(words, standalone_mode=False)
    read = []

    def reading(path: Path, without: tuple[str, ...] = ()) -> xr.Dataset:
        read.append(set(without))
        return read_dataset(path, without)

    monkeypatch.setattr("spinglass.files.kind.read_dataset", reading)
    plot.trivialization(paths)
    assert read == [{"spins", "minimum_spins"}] * 2


QUICK = ("descents", "training")


@pytest.mark.parametrize(
    "name", [name if name in QUICK else slow(name) for name in sorted(set(FILES) - {"figure"})]
)
def test_what_is_opened_can_be_written_and_no_part_of_it(name: str, tmp_path: Path) -> None:
    data = open_result(FIXTURES / FILES[name])
    write_result(data, tmp_path / "again")
    assert open_result(tmp_path / "again.nc").identical(data)
    with pytest.raises(InputError, match=r"must end in \.nc, got 'again\.json'"):
        write_result(data, tmp_path / "again.json")
    contents = open_file(FIXTURES / FILES[name])[1]
    first = contents.KIND.missing(xr.Dataset())[0]
    wrong = data.assign({first: data[first].astype(complex)}) if first != "site" else data
    for less, words in (
        (data.drop_vars(first), f"must have the variable {first}, got none"),
        (
            data.rename_dims({data[first].dims[0]: "other"}),
            "axes of .* must be .*, got .*other",
        ),
        (data.assign_attrs(more=None), "attribute more must be text or numbers .*, got NoneType"),
        (wrong, f"the type of {first} must be .*, got complex128"),
    ):
        with pytest.raises(InputError, match=words):
            write_result(less, tmp_path / "less.nc")
    assert [path.name for path in tmp_path.iterdir()] == ["again.nc"]


@pytest.mark.parametrize("name", sorted(set(FILES) - {"figure"}))
def test_an_attribute_that_is_not_declared_is_not_needed(name: str, tmp_path: Path) -> None:
    _, contents, data = open_file(FIXTURES / FILES[name])
    for key in set(data.attrs) - {"p", "mixture", "schema", "spinglass_kind"}:
        less = data.drop_attrs(deep=False).assign_attrs(
            {other: value for other, value in data.attrs.items() if other != key}
        )
        if key in contents.KIND.attributes:
            with pytest.raises(InputError, match=f"must have the attribute {key}, got none"):
                write_result(less, tmp_path / "less.nc")
        else:
            contents.summary(less)
    assert set(contents.KIND.attributes) <= set(data.attrs)


def test_points_are_shown_whatever_else_is_said_of_them(tmp_path: Path) -> None:
    model = PSpin(5, 3)
    points = find_stationary_points(model)
    write_result(points_dataset(model, points, {"start_seed": np.int64(0)}), tmp_path / "p.nc")
    assert open_result(tmp_path / "p.nc").attrs["method"] == points.method
    cli.main(["show", str(tmp_path / "p.nc")], standalone_mode=False)


def test_points_of_one_index_are_not_taken_for_all(tmp_path: Path) -> None:
    for method in ("search", "homotopy"):
        points = find_stationary_points(PSpin(5, 3), index=3, method=method)
        assert set(points.index) == {points.only} == {3}
        with pytest.raises(InputError, match="points must be of every index, got those of index 3"):
            points_dataset(PSpin(5, 3), points, {})


def test_a_result_replaces_no_file_of_another_kind(tmp_path: Path) -> None:
    for name in ("census", "points"):
        data = open_result(FIXTURES / FILES[name])
        write_result(data, tmp_path / f"{name}.nc")
    with pytest.raises(InputError, match="is not stationary points"):
        write_result(data, tmp_path / "census.nc")
    write_result(data, tmp_path / "points.nc")


@pytest.mark.parametrize("name", ["census", "points", "connections"])
@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"seed": "a"}, "seed must be an integer >= -1, got 'a'"),
        ({"nu": "x"}, "nu must be .*, got 'x'"),
        ({"p": 1.5}, r"p must be an integer >= 2, got 1\.5"),
        ({"n": 99}, "as many sites as spins, 99, got"),
        ({"n": float("nan")}, "n must be an integer >= 2, got nan"),
    ],
    ids=str,
)
def test_what_is_no_landscape_is_neither_written_nor_read(
    name: str, attributes: dict[str, Any], words: str, tmp_path: Path
) -> None:
    wrong = open_result(FIXTURES / FILES[name]).assign_attrs(attributes)
    with pytest.raises(InputError, match=words):
        write_result(wrong, tmp_path / "x.nc")
    write_dataset(wrong, tmp_path / "x.nc")
    with pytest.raises(DamagedFileError, match=rf"x\.nc is damaged: .*{words}"):
        open_result(tmp_path / "x.nc")


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.assign_attrs(more="a\0b"),
        lambda data: data.assign_attrs(more="\ud800"),
        lambda data: data.assign_attrs(more=10**30),
        lambda data: data.assign_attrs(more=np.array([None])),
        lambda data: data.assign_attrs({5: 1}),
        lambda data: data.assign_attrs({"": 1}),
        lambda data: data.assign(more=("x", np.array([{}, None]))),
        lambda data: data.assign({"a/b": 1.0}),
        lambda data: data.assign(more=xr.Variable((), 1.0, {"about": None})),
    ],
)
def test_what_no_file_can_hold_is_refused_in_a_line(
    change: Callable[[xr.Dataset], xr.Dataset], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"must (hold|be) .*text.*, got "):
        write_result(change(open_result(FIXTURES / FILES["points"])), tmp_path / "x.nc")
    assert not list(tmp_path.iterdir())


def test_a_graph_replaces_no_file_of_another_kind(tmp_path: Path) -> None:
    write_result(open_result(FIXTURES / FILES["census"]), tmp_path / "a.nc")
    data = open_result(FIXTURES / FILES["connections"])
    with pytest.raises(InputError, match=r"a\.nc is not a graph"):
        write_graph(data, tmp_path / "a.nc")
    with pytest.raises(InputError, match="edges must lead to nodes that exist"):
        write_graph(data.assign(ends=data["ends"] + 10**6), tmp_path / "b.nc")
    assert [path.name for path in tmp_path.iterdir()] == ["a.nc"]


def test_a_result_is_not_contradicted() -> None:
    model = PSpin(5, 3)
    points = find_stationary_points(model)
    assert points_dataset(model, points, {"n": 5, "start_seed": 1}).attrs["start_seed"] == 1
    with pytest.raises(InputError, match="n must be that of the result, 5, got 6"):
        points_dataset(model, points, {"n": 6})


@pytest.mark.parametrize("command", ["show", "verify", "report"])
def test_what_lies_in_a_folder_that_may_not_be_read_is_not_read(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refusing(path: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_dir", refusing)
    words = [command, str(tmp_path / "a.nc")]
    with pytest.raises(SystemExit) as end:
        main([*words, "--out", str(tmp_path / "a.html")] if command == "report" else words)
    assert end.value.code == 2
    assert capsys.readouterr().err == f"Error: cannot read {tmp_path / 'a.nc'}: Permission denied\n"


def test_only_results_are_written_as_results(tmp_path: Path) -> None:
    for other, words in (
        (xr.Dataset(attrs={"schema": "other-1"}), "one of the schemas .*, got 'other-1'"),
        ({"energy": 1.0}, r"must be an xarray\.Dataset, got dict"),
    ):
        with pytest.raises(InputError, match=words):
            write_result(other, tmp_path / "x.nc")
    for wrong in ("spins", 5):
        with pytest.raises(
            InputError, match=f"without must be a collection of names, got {wrong!r}"
        ):
            open_result(FIXTURES / FILES["census"], wrong)
    assert not list(tmp_path.iterdir())


def test_a_kind_labels_all_and_gives_it_back(tmp_path: Path) -> None:
    path = tmp_path / "test.nc"
    data = KIND.dataset(VALUES, {"n": 3, "grid": [1, 2]})
    write_dataset(data, path)
    back = KIND.open(path)
    assert back.identical(data)
    assert (back.attrs["n"], json.loads(back.attrs["grid"])) == (3, [1, 2])
    assert type(back.attrs["n"]) is int
    assert json.loads(back.attrs["versions"])["spinglass"] == spinglass.__version__
    assert KIND.is_current(back.attrs)
    assert back["energy"].attrs == {"long_name": "energies", "units": "1"}
    assert back["proven"].dtype == np.int8
    assert KIND.arrays(back)["proven"].tolist() == [True, False]
    assert KIND.arrays(KIND.open(path, ["spins"]))["spins"].shape == (2, 0)


@pytest.mark.slow
def test_a_kind_refuses_other_files_and_other_runs(tmp_path: Path) -> None:
    path = tmp_path / "test.nc"
    assert KIND.to_resume(path, {"n": 3}) is None
    assert KIND.to_resume(Path("/dev/stdout"), {"n": 3}) is None
    write_dataset(KIND.dataset(VALUES, {"n": 3, "nu": 0.1}), path)
    assert KIND.to_resume(path, {"n": 3, "nu": 0.1}) is not None
    with pytest.raises(InputError, match=r"of another run \(nu differ\)"):
        KIND.to_resume(path, {"n": 3, "nu": 0.2})
    with pytest.raises(DamagedFileError, match=r"test\.nc is not a file of spinglass"):
        open_file(path)
    write_dataset(read_dataset(path).drop_vars("energy"), path)
    with pytest.raises(DamagedFileError, match="lacks the variables energy"):
        KIND.open(path)
    shutil.copy(FIXTURES / "branches.nc", path)
    wrong = r"must be a test \(schema 'spinglass-test-1'\), got a file .*'spinglass-branches-1'"
    with pytest.raises(InputError, match=wrong):
        KIND.open(path)


@pytest.mark.parametrize("kind", FILES)
def test_the_door_opens_every_kind(kind: str) -> None:
    path = FIXTURES / FILES[kind]
    data = spinglass.open_result(path)
    assert data.identical(open_file(path)[2])
    if path.suffix == ".nc" and "spins" in data:
        assert "spins" not in spinglass.open_result(str(path), ("spins",))


def test_the_door_refuses_what_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        spinglass.open_result(tmp_path / "absent.nc")
    write_dataset(xr.Dataset({"energy": ("start", np.ones(3))}), tmp_path / "other.nc")
    with pytest.raises(DamagedFileError, match="is not a file of spinglass"):
        spinglass.open_result(tmp_path / "other.nc")


def test_another_kind_is_not_called_damaged() -> None:
    with pytest.raises(InputError, match=r"must be a result of descents .*spinglass-points-1"):
        DESCENTS.open(FIXTURES / FILES["points"])
    with pytest.raises(InputError, match=r"must be a result of descents .*spinglass-census-1"):
        DESCENTS.open(FIXTURES / FILES["census"])


def test_a_file_without_ending_gets_the_first(tmp_path: Path) -> None:
    endings = (".nc", ".json", ".graphml")
    assert checked_file(tmp_path / "new", *endings) == tmp_path / "new.nc"
    assert checked_file(tmp_path / "new.JSON", *endings) == tmp_path / "new.JSON"
    assert checked_file(Path("/dev/null"), *endings) == Path("/dev/null")
    (tmp_path / "old").touch()
    assert checked_file(tmp_path / "old", *endings) == tmp_path / "old"
    with pytest.raises(InputError, match="got a folder"):
        checked_file(tmp_path, *endings)
    with pytest.raises(InputError, match=r"must end in \.nc, \.json or \.graphml, got 'x\.txt'"):
        checked_file(tmp_path / "x.txt", *endings)
    os.mkfifo(tmp_path / "pipe.nc")
    with pytest.raises(InputError, match="got a pipe"):
        checked_file(tmp_path / "pipe.nc", *endings)


@pytest.mark.parametrize("schema", sorted(RESULTS))
def test_json_that_only_names_a_kind_is_refused(schema: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"schema": schema}))
    with pytest.raises((DamagedFileError, InputError), match=r"x\.json"):
        open_file(path)


@pytest.mark.parametrize(("name", "value"), [("starts", 999), ("count", 7)])
def test_json_whose_counts_do_not_fit_each_other_is_refused(
    name: str, value: int, tmp_path: Path
) -> None:
    tables = json.loads((FIXTURES / "census.json").read_text())
    (tables if name == "starts" else tables["points"][0])[name] = value
    path = tmp_path / "x.json"
    path.write_text(json.dumps(tables))
    with pytest.raises(InputError, match=r"x\.json: .* must be as many as"):
        open_file(path)


@pytest.mark.slow
def test_damaged_files_of_a_folder_do_not_hide_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("census", "connections"):
        write_dataset(open_file(FIXTURES / FILES[name])[2], tmp_path / f"{name}.nc")
    for name in ("a.nc", "d.nc"):
        (tmp_path / name).write_bytes((tmp_path / "census.nc").read_bytes()[:-100])
    for words in ([], ["--json"]):
        with pytest.raises(SystemExit) as end:
            main(["show", str(tmp_path), *words])
        said = capsys.readouterr()
        assert end.value.code == 2
        lines = said.err.splitlines()
        assert [line.partition(":")[0] for line in lines] == ["Not read", "Not read", "Error"]
        assert lines[-1] == f"Error: 2 of 4 files in {tmp_path} cannot be read"
        assert str(tmp_path / "a.nc") in said.err
        if words:
            assert len(json.loads(said.out)) == 2
        else:
            assert "searches for saddles" in said.out


@pytest.mark.parametrize("word", ["show", "verify"])
def test_an_export_that_is_not_read_back_is_called_so(
    word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.graphml").write_text("<graphml/>")
    with pytest.raises(SystemExit) as end:
        main([word, str(tmp_path / "x.graphml")])
    assert end.value.code == 2
    assert "got an export for other programs" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["annealing", "branches", "census", "connections", "descents"])
def test_theory_of_a_summary_keeps_blas_to_one_thread(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, contents, data = open_file(FIXTURES / FILES[name])
    threads: list[int] = []

    def watched(function: Callable[..., object]) -> Callable[..., object]:
        def watching(*words: object) -> object:
            threads.extend(
                one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"
            )
            return function(*words)

        return watching

    theory = [
        word
        for word, value in vars(contents).items()
        if callable(value) and value.__module__.startswith("spinglass.theory")
    ]
    for word in theory:
        monkeypatch.setattr(contents, word, watched(getattr(contents, word)))
    with threadpool_limits(2, "blas"):
        before = {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}
        contents.summary(data)
    assert before == {2}
    assert threads
    assert set(threads) == {1}
