"""Where results go: files, links, devices, pipes, home folders; refused before the work or not."""

import errno
import inspect
import json
import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import xarray as xr

import spinglass.figures.picture
import spinglass.files.store
from spinglass import open_result
from spinglass.control import Control
from spinglass.errors import InputError, StorageError, UnreadableFileError
from spinglass.figures.picture import Picture, figure_paths
from spinglass.figures.style import axes_or_new
from spinglass.files.places import check_folder, check_folder_to_read
from spinglass.files.store import read_dataset, write_dataset, write_text
from spinglass.files.targets import check_file, check_writable
from spinglass.landscape.drawn import PSpin
from spinglass.sweep import run_sweep
from spinglass_cli.main import cli, main
from spinglass_cli.options import PathType, TargetType
from tests.sweeps import small_sweep

DATA = xr.Dataset({"energy": ("start", [1.0, 2.0])})
SAMPLE = ["sample", "--n", "6", "--starts", "5", "--threads", "1"]
FOLLOW = ["follow", "--n", "5", "--fields", "2", "--max-starts", "64", "--threads", "1"]
CENSUS = ["census", "--n", "6", "--p", "3", "--max-starts", "64", "--threads", "1"]


class Shell:
    """Runs the entry point in this process; what it writes is caught below Python."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd

    def __call__(self, *words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in words])
        captured = self._capfd.readouterr()
        code = end.value.code
        assert isinstance(code, int)
        return code, captured.out, captured.err


@pytest.fixture
def shell(capfd: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capfd)


def leaves(command: click.Command = cli, path: tuple[str, ...] = ()) -> Iterator[Any]:
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from leaves(child, (*path, name))
    else:
        yield path, command


def read_from(pipe: Path, do: Callable[[], object]) -> str:
    """Return what arrives in a pipe while something is done."""
    arrived: list[str] = []
    reader = threading.Thread(target=lambda: arrived.append(pipe.read_text()), daemon=True)
    reader.start()
    do()
    reader.join(timeout=60)
    return arrived[0]


def node(place: Path, kind: int, major: int, minor: int) -> Path:
    try:
        os.mknod(place, kind | 0o666, os.makedev(major, minor))
        place.chmod(0o666)
        if kind == stat.S_IFCHR:
            place.open("r").close()
    except OSError as error:
        pytest.skip(f"no devices can be made here: {error}")
    return place


def test_a_link_stays_and_its_target_gets_the_data(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    for name, write in (
        ("words", lambda path: write_text("new", path)),
        ("data.nc", lambda path: write_dataset(DATA, path)),
    ):
        target, link = tmp_path / "elsewhere" / name, tmp_path / name
        target.write_text("old")
        link.symlink_to(Path("elsewhere") / name)
        write(link)
        assert link.is_symlink()
        assert target.read_bytes() != b"old"
    assert (tmp_path / "words").read_text() == "new"
    assert read_dataset(tmp_path / "data.nc").identical(DATA)
    dangling = tmp_path / "dangling"
    dangling.symlink_to("made")
    check_file(dangling)
    write_text("new", dangling)
    assert dangling.is_symlink()
    assert (tmp_path / "made").read_text() == "new"


def test_a_link_to_a_store_stays(shell: Shell, tmp_path: Path) -> None:
    pytest.importorskip("zarr")
    run_sweep(small_sweep(), tmp_path / "sweep", control=Control(1))
    link = tmp_path / "link.zarr"
    link.symlink_to("elsewhere/store.zarr")
    for _ in range(2):
        assert shell("export", tmp_path / "sweep", link)[0] == 0
        assert link.is_symlink()
        assert (link / ".zgroup").is_file()
    assert sorted(os.listdir(tmp_path / "elsewhere")) == ["store.zarr"]


def test_text_goes_through_a_pipe(shell: Shell, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    row = json.loads(read_from(pipe, lambda: shell(*CENSUS, "--out", pipe)))
    assert row["n"] == 6
    assert row["points"]
    graph = read_from(pipe, lambda: shell("connect", *CENSUS[1:5], "--out", pipe))
    assert json.loads(graph)["graph"]["n"] == 6
    annealed = ["anneal", "--n", "6", "--samples", "2", "--starts", "5", "--out", pipe]
    assert len(json.loads(read_from(pipe, lambda: shell(*annealed)))["each"]) == 2
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_device_stays_one(shell: Shell, tmp_path: Path) -> None:
    null = node(tmp_path / "null", stat.S_IFCHR, 1, 3)
    code, out, _ = shell(*CENSUS, "--out", null)
    assert code == 0
    assert "distinct" in out
    assert stat.S_ISCHR(null.stat().st_mode)
    full = node(tmp_path / "full", stat.S_IFCHR, 1, 7)
    with pytest.raises(StorageError, match="No space left"):
        write_text("words", full)
    assert sorted(os.listdir(tmp_path)) == ["full", "null"]


@pytest.mark.parametrize("kind", ["pipe", "device", "block device", "socket", "folder"])
def test_binary_needs_a_file(kind: str, shell: Shell, tmp_path: Path) -> None:
    place = tmp_path / "place"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    elif kind == "socket":
        os.mknod(place, stat.S_IFSOCK | 0o600)
    else:
        block = kind == "block device"
        node(place, *((stat.S_IFBLK, 7, 250) if block else (stat.S_IFCHR, 1, 3)))
    before = place.lstat()
    for words in (SAMPLE, ["follow", "--n", "6"]):
        code, out, error = shell(*words, "--out", place)
        assert (code, out) == (2, "")
        assert error == f"Error: cannot write to {place}: it must be a file, got a {kind}\n"
    with pytest.raises(InputError, match="it must be a file, got a"):
        write_dataset(DATA, place)
    if kind in ("block device", "socket", "folder"):
        assert shell(*CENSUS, "--out", place)[0] == 2
    if kind in ("pipe", "device"):
        code, _, error = shell("figure", "complexity", "--out", place)
        assert code == 2
        assert error.count("\n") == 1
    assert os.path.samestat(before, place.lstat())
    assert os.listdir(tmp_path) == ["place"]


def test_an_open_file_is_written_on(tmp_path: Path) -> None:
    """What /dev/stdout is sent to is neither replaced nor begun anew."""
    code = (
        "from pathlib import Path; from spinglass.files.store import write_text; print('before')\n"
        "write_text('words\\n', Path('link')); print('after')"
    )
    (tmp_path / "link").symlink_to("/dev/stdout")
    there = tmp_path / "there"
    there.write_text("old\n")
    with there.open("a") as file:
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, stdout=file, check=True)
    assert there.read_text() == "old\nbefore\nwords\nafter\n"
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("words", ["-", "/dev/stdout"])
def test_standard_output_gets_the_data_alone(words: str, shell: Shell) -> None:
    code, out, error = shell(*CENSUS, "--out", words)
    assert code == 0
    assert json.loads(out)["points"]
    assert out.endswith("}\n")
    assert "distinct" in error
    code, out, error = shell("connect", *CENSUS[1:5], "--out", words, "--json")
    assert json.loads(out)["multigraph"] is True
    assert '"saddles_expected"' in error
    code, out, _ = shell("anneal", "--n", "6", "--samples", "1", "--starts", "5", "--out", words)
    assert json.loads(out)["n"] == 6
    assert shell("theory", "regime", "--n", "9")[1] != ""  # it is only for that command


def test_a_table_goes_to_standard_output(shell: Shell, tmp_path: Path) -> None:
    run_sweep(small_sweep(), tmp_path / "sweep", control=Control(1))
    code, rows, error = shell("export", tmp_path / "sweep", "-")
    assert code == 0
    assert "sample" in error
    assert "Written" not in error
    assert "nan" not in error
    code, out, _ = shell("export", tmp_path / "sweep", "--out", tmp_path / "rows.csv")
    assert (code, out.splitlines()[-1]) == (0, f"Written: {tmp_path / 'rows.csv'}")
    assert rows == (tmp_path / "rows.csv").read_text()
    code, averages, _ = shell("export", tmp_path / "sweep", "--out", "-", "--averages")
    assert code == 0
    assert averages.count("\n") == 3


def arguments(path: tuple[str, ...], command: click.Command) -> list[str]:
    """Values for everything that a command must be given but --out."""
    values = {"config": "configs/quick.toml", "folder": "configs", "n": "6", "temperatures": "1"}
    words = []
    for each in command.params:
        value = values.get(str(each.name), "absent")
        if isinstance(each, click.Argument) and each.required:
            words.append(value)
        elif isinstance(each, click.Option) and each.required and each.name != "out":
            words += [each.opts[0], value]
    if path == ("validate",):
        words += ["--n", "3"]
    if any(each.name == "couplings" for each in command.params):  # in place of which --n stands
        words += ["--n", "6"]
    if path == ("figure", "layers"):
        words += ["--n", "4"]
    return [*path, *words]


WRITING = {
    path: command
    for path, command in leaves()
    if any(isinstance(each.type, TargetType) for each in command.params)
}


@pytest.mark.parametrize("path", WRITING, ids=" ".join)
def test_what_cannot_be_written_is_refused_before_the_work(
    path: tuple[str, ...], shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if path == ("train",):
        pytest.importorskip("torch")

    def too_late(*_: object, **__: object) -> None:
        raise AssertionError("the work has begun")

    monkeypatch.setattr(PSpin, "__init__", too_late)
    monkeypatch.setattr(spinglass.files.store, "replacing", too_late)
    monkeypatch.setattr(spinglass.figures.picture, "replacing", too_late)
    monkeypatch.setattr(xr.Dataset, "to_zarr", too_late)
    (tmp_path / "file").write_text("in the way")
    words = arguments(path, WRITING[path])
    suffixes = [".csv", ".nc", ".zarr"] if path == ("export",) else [""]
    for suffix in suffixes:
        for name, reason in (
            (f"{'x' * 300}{suffix}", "File name too long"),
            (f"{'x' * 300}/out{suffix}", "File name too long"),
            ("/".join(["x" * 200] * 30) + suffix, "File name too long"),
            (f"file/out{suffix}", "Not a directory"),
        ):
            code, _, error = shell(*words, "--out", tmp_path / name)
            last = error.splitlines()[-1]
            assert code == 2, error
            assert last.startswith(f"Error: cannot write to {tmp_path}/"), error
            assert last.endswith(reason), error
    assert os.listdir(tmp_path) == ["file"]


BINARY = {
    path: command
    for path, command in WRITING.items()
    if not all(each.type._text for each in command.params if isinstance(each.type, TargetType))
}


@pytest.mark.parametrize("path", BINARY, ids=" ".join)
def test_standard_output_takes_text_only(
    path: tuple[str, ...], shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = arguments(path, WRITING[path])
    monkeypatch.chdir(tmp_path)
    code, out, error = shell(*words, "--out", "-")
    assert (code, out) == (2, "")
    assert "standard output takes text only: a path is wanted, got '-'" in error
    assert error.count("\n") == 1
    assert os.listdir(tmp_path) == []


def test_a_long_name_that_is_allowed_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 252 + ".nc")
    check_file(path)
    write_dataset(DATA, path)
    assert read_dataset(path).identical(DATA)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to("absent")
    for folder in ("dangling", "x" * 300, "new/" + "x" * 300):
        with pytest.raises(InputError, match="cannot write to"):
            check_writable(tmp_path / folder)
    loop = tmp_path / "loop"
    loop.symlink_to("loop")
    with pytest.raises(InputError, match=r"loop: Too many levels"):
        check_file(loop)
    assert sorted(os.listdir(tmp_path)) == ["dangling", "loop"]


def test_every_path_of_the_command_line_is_one() -> None:
    """Every parameter whose value is a Path has the type that expands the home folder."""
    counted = 0
    for path, command in leaves():
        hints = inspect.get_annotations(inspect.unwrap(command.callback))
        for each in command.params:
            assert not isinstance(each.type, click.Path), path
            if "Path" in str(hints.get(str(each.name), "")):
                assert isinstance(each.type, PathType), (path, each.name)
                counted += 1
    assert counted > 40


@pytest.mark.slow
def test_the_home_folder_is_expanded_once(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, here = tmp_path / "home", tmp_path / "here"
    for folder in (home, here):
        folder.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(here)
    assert shell(*SAMPLE, "--seed", "7", "--out=~/x.nc")[0] == 0
    assert os.listdir(home) == ["x.nc"]
    assert os.listdir(here) == []
    assert json.loads(shell("show", "~/x.nc", "--json")[1])[0]["seed"] == 7
    assert shell(*SAMPLE, "--seed", "8", "--out=./~/x.nc")[0] == 0
    assert json.loads(shell("show", "./~/x.nc", "--json")[1])[0]["seed"] == 8
    assert json.loads(shell("show", "~/x.nc", "--json")[1])[0]["seed"] == 7
    assert open_result(Path("~/x.nc")).attrs["seed"] == 8  # a Path means what it says
    write_dataset(DATA, Path("~/new.nc"))
    assert read_dataset(Path("~/new.nc")).identical(DATA)
    assert sorted(os.listdir(here / "~")) == ["new.nc", "x.nc"]


@pytest.mark.parametrize("name", ["~nobody-of-that-name/x.nc", "~backup.nc"])
def test_the_home_folder_of_an_unknown_user_is_refused(
    name: str, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, error = shell(*SAMPLE, f"--out={name}")
    assert code == 2
    assert f"got {name!r}" in error
    assert os.listdir(tmp_path) == []
    assert shell(*SAMPLE, f"--out=./{name}")[0] == 0
    assert (tmp_path / name).is_file()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_who_may_read_a_file_stays_when_it_is_replaced(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "x.nc"
    path.write_text("old")
    path.chmod(mode)
    write_dataset(DATA, path)
    assert read_dataset(path).identical(DATA)
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.parametrize("kind", ["socket", "loop", "folder"])
def test_a_graph_is_not_written_beside_what_is_no_file(
    kind: str, shell: Shell, tmp_path: Path
) -> None:
    place = tmp_path / "place"
    if kind == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(place))
    elif kind == "loop":
        place.symlink_to(place)
    else:
        place.mkdir()
    code, _, error = shell("connect", *CENSUS[1:5], "--out", place)
    assert code == 2
    assert f"cannot write to {place}" in error
    assert os.listdir(tmp_path) == ["place"]


@pytest.mark.parametrize("name", ["http:x.nc", "s3:x.nc", "file.zarr.nc", "a::b.nc"])
def test_a_name_like_an_address_is_a_name(
    name: str, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert shell(*SAMPLE, "--seed", "7", "--out", name)[0] == 0
    assert json.loads(shell("show", name, "--json")[1])[0]["seed"] == 7
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("word", ["s3://b/x.nc", "http://h/x.nc", ""])
def test_an_address_is_no_name(word: str, shell: Shell, tmp_path: Path) -> None:
    for words in ([*SAMPLE, "--out", word], ["show", word]):
        code, out, error = shell(*words)
        assert (code, out) == (2, "")
        assert "is wanted, got" in error
        assert repr(word) in error
        assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "begins"),
    [("f.png", b"\x89PNG"), ("f.PNG", b"\x89PNG"), ("f.pdf", b"%PDF"), ("f.svg", b"<?xml"),
     ("f.nc", b"\x89HDF")],
)  # fmt: skip
def test_a_figure_with_a_suffix_is_one_file(name: str, begins: bytes, tmp_path: Path) -> None:
    picture = Picture.of("ranks", axes_or_new(None, (3.0, 2.0)), DATA)
    for folder in ("one", "two"):
        assert picture.save(tmp_path / folder / name) == [tmp_path / folder / name]
        assert os.listdir(tmp_path / folder) == [name]
    content = (tmp_path / "one" / name).read_bytes()
    assert content.startswith(begins)
    assert name == "f.nc" or content == (tmp_path / "two" / name).read_bytes()


@pytest.mark.slow
def test_a_figure_without_a_known_suffix_is_a_stem(shell: Shell, tmp_path: Path) -> None:
    stem = tmp_path / "p3.v1"
    code, out, _ = shell("figure", "complexity", "--layers", "1", "--out", stem)
    assert code == 0
    assert sorted(os.listdir(tmp_path)) == ["p3.v1.nc", "p3.v1.pdf", "p3.v1.png"]
    assert out.splitlines() == [f"Written: {path}" for path in figure_paths(stem)]
    for path, allowed in (("f.jpg", r"\.pdf, \.png, \.svg, \.nc"), (".", "name of a file")):
        with pytest.raises(InputError, match=allowed):
            figure_paths(Path(path))


@pytest.mark.parametrize("words", [SAMPLE, FOLLOW], ids=["sample", "follow"])
def test_netcdf_is_written_under_its_own_ending_only(
    words: list[str], shell: Shell, tmp_path: Path
) -> None:
    for name in ("x.json", "x.zarr", "x.csv"):
        code, out, error = shell(*words, "--out", tmp_path / name)
        assert (code, out) == (2, "")
        assert error == f"Error: the file must end in .nc, got {name!r}\n"
    assert os.listdir(tmp_path) == []
    assert shell(*words, "--out", tmp_path / "x")[0] == 0
    assert os.listdir(tmp_path) == ["x.nc"]


@pytest.mark.slow
def test_a_result_of_another_kind_is_not_replaced(shell: Shell, tmp_path: Path) -> None:
    sampled, counted, listed = (tmp_path / name for name in ("s.nc", "c.nc", "c.json"))
    for _ in "ab":  # a result of the same kind is
        assert shell(*SAMPLE, "--out", sampled)[0] == 0
        assert shell(*CENSUS, "--out", counted)[0] == 0
        assert shell(*CENSUS, "--out", listed)[0] == 0
    before = sampled.read_bytes(), counted.read_bytes()
    for words, path, noun in (
        (CENSUS, sampled, "a census"),
        (SAMPLE, counted, "a result of descents"),
    ):
        code, _, error = shell(*words, "--out", path)
        assert code == 2
        assert error.startswith(f"Error: {path} is not {noun} (its schema is spinglass-")
        assert error.count("\n") == 1
    assert (sampled.read_bytes(), counted.read_bytes()) == before
    (tmp_path / "notes.json").write_text("[1, 2]")
    assert shell(*CENSUS, "--out", tmp_path / "notes.json")[0] == 0


def test_a_folder_that_may_not_be_read_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(UnreadableFileError, match=r"cannot read .*: Permission denied"):
        check_folder_to_read(tmp_path)

    def refuse(path: Path, **_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr("os.stat", refuse)
    for check in (check_folder, check_folder_to_read):
        with pytest.raises(UnreadableFileError, match=r"cannot read .*: Permission denied"):
            check(tmp_path / "shut" / "in")
