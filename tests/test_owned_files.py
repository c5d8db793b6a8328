"""Files that a sweep owns in its folder: regular ones, or nothing is begun."""

import errno
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spinglass.control import Control
from spinglass.files import store
from spinglass.sweep import plan_jobs, run_sweep
from spinglass.sweep.parts import part_path, split
from spinglass_cli.main import main
from tests.sweeps import small_sweep

TEXT = """
[landscape]
n = 8
seeds = [0, 1]
[field]
nu = [0.0, 0.7]
[descent]
starts = 40
start_seed = 3
"""
CONFIG = small_sweep()
JOB = plan_jobs(CONFIG)[-1]
PART = split(JOB, 20)[0]

OWNED: dict[str, Callable[[Path], Path]] = {
    "manifest": lambda folder: folder / "sweep.json",
    "log": lambda folder: folder / "log.jsonl",
    "result": lambda folder: folder / JOB.file_name,
    "part": lambda folder: part_path(PART, folder),
    "parts": lambda folder: folder / "parts",
    "parts of a job": lambda folder: part_path(PART, folder).parent,
}


@pytest.fixture
def pipe() -> Iterator[Callable[[Path], None]]:
    """Makes pipes that somebody listens to, so that nobody waits for ever in opening them."""
    opened: list[int] = []

    def make(path: Path) -> None:
        os.mkfifo(path)
        opened.append(os.open(path, os.O_RDONLY | os.O_NONBLOCK))

    yield make
    for number in opened:
        os.close(number)


def link(path: Path) -> None:
    path.symlink_to("/dev/null")


def refused(capfd: pytest.CaptureFixture[str], *words: str) -> str:
    """Run a command that must fail as bad input does; return its line."""
    with pytest.raises(SystemExit) as caught:
        main([*words])
    told = capfd.readouterr().err
    assert (caught.value.code, told.count("\n")) == (2, 1), told
    return told


@pytest.mark.parametrize("owned", OWNED)
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_sweep_refuses_what_is_no_regular_file(
    owned: str,
    kind: str,
    tmp_path: Path,
    pipe: Callable[[Path], None],
    capfd: pytest.CaptureFixture[str],
) -> None:
    config, folder = tmp_path / "sweep.toml", tmp_path / "out"
    config.write_text(TEXT)
    path = OWNED[owned](folder)
    path.parent.mkdir(parents=True)
    pipe(path) if kind == "pipe" else link(path)
    before = sorted(folder.rglob("*"))
    told = refused(capfd, "sweep", str(config), "--out", str(folder), "--part-starts", "20")
    assert str(path) in told
    assert f"a {kind}" in told or "must be a folder" in told
    assert sorted(folder.rglob("*")) == before
    assert path.is_symlink() == (kind == "device")


@pytest.mark.parametrize("command", ["status", "verify", "export"])
def test_a_manifest_that_is_a_pipe_is_said_to_be_one(
    command: str, tmp_path: Path, pipe: Callable[[Path], None], capfd: pytest.CaptureFixture[str]
) -> None:
    pipe(tmp_path / "sweep.json")
    more = ["--out", str(tmp_path / "x.csv")] if command == "export" else []
    told = refused(capfd, command, str(tmp_path), *more)
    assert "sweep.json must be a regular file, got a pipe" in told


def test_a_result_that_is_a_pipe_is_no_missing_one(
    tmp_path: Path, pipe: Callable[[Path], None], capfd: pytest.CaptureFixture[str]
) -> None:
    run_sweep(CONFIG, tmp_path, control=Control(1))
    path = tmp_path / JOB.file_name
    path.unlink()
    pipe(path)
    with pytest.raises(SystemExit):
        main(["status", str(tmp_path)])
    assert "3 done, 0 missing, 1 damaged" in capfd.readouterr().out
    assert "must be a regular file, got a pipe" in refused(capfd, "show", str(path))


@pytest.mark.slow
def test_a_link_to_a_regular_file_will_do(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.json"
    smaller = small_sweep(field={"nu": [0.0]})
    run_sweep(smaller, tmp_path / "planned", control=Control(1))
    elsewhere.write_bytes((tmp_path / "planned" / "sweep.json").read_bytes())
    smaller_jobs = json.loads(elsewhere.read_text())["jobs"]
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "sweep.json").symlink_to(elsewhere)
    run_sweep(CONFIG, folder, control=Control(1))
    assert (folder / "sweep.json").is_symlink()
    assert json.loads(elsewhere.read_text())["jobs"] != smaller_jobs


@pytest.mark.parametrize(
    "words", ["figure landscape", "figure trivialization", "figure validate", "status", "export"]
)
def test_a_file_in_the_place_of_a_folder_is_said_to_be_one(
    words: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.nc"
    path.touch()
    more = ["--out", str(tmp_path / "y.csv")] if words == "export" else []
    told = refused(capfd, *words.split(), str(path), *more)
    assert f"{path} must be a folder, got a file" in told


@pytest.mark.slow
@pytest.mark.parametrize(("state", "code"), [("right", 0), ("missing", 3), ("damaged", 1)])
def test_verify_of_a_sweep_tells_by_its_exit_code_what_is_not_there(
    state: str, code: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run_sweep(CONFIG, tmp_path, control=Control(1))
    path = tmp_path / JOB.file_name
    if state == "missing":
        path.unlink()
    if state == "damaged":
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SystemExit) as caught:
        main(["verify", str(tmp_path)])
    assert caught.value.code == code
    assert ("3 of 4 results are right" in capfd.readouterr().out) == (state == "missing")


@pytest.mark.parametrize("words", ["show", "status"])
def test_an_error_of_the_disk_names_the_file_that_is_read(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    run_sweep(CONFIG, tmp_path, control=Control(1))
    path = tmp_path / (JOB.file_name if words == "show" else "sweep.json")

    def broken(*_: object, **__: object) -> bytes:
        raise OSError(errno.EIO, "Input/output error")  # as read() raises it, without a name

    monkeypatch.setattr(store, "read_seal", broken)
    monkeypatch.setattr(Path, "read_text", broken)
    with pytest.raises(SystemExit) as caught:
        main([words, str(path if words == "show" else tmp_path)])
    told = capfd.readouterr().err
    assert (caught.value.code, told) == (2, f"Error: cannot read {path}: Input/output error\n")


def test_an_error_of_the_disk_names_the_file_that_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    path = tmp_path / "x.nc"
    with pytest.raises(SystemExit) as caught:
        main(["sample", "--n", "8", "--starts", "5", "--out", str(path)])
    told = capfd.readouterr().err
    assert (caught.value.code, told) == (1, f"Error: {path}: Input/output error\n")
    assert list(tmp_path.iterdir()) == []


def test_run_finds_out_before_the_sweep_that_its_figure_cannot_be_written(tmp_path, capsys):
    folder = tmp_path / "out"
    folder.mkdir()
    os.mkfifo(folder / "landscape.pdf")
    with pytest.raises(SystemExit) as stop:
        main(["run", "configs/quick.toml", "--out", str(folder)])
    assert stop.value.code == 2
    assert "landscape.pdf" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["landscape.pdf"]
