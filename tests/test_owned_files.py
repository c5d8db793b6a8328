"""Files that a sweep owns in its folder: regular ones, or nothing is begun."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spinglass.control import Control
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


def test_a_link_to_a_regular_file_will_do(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text("old")
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "sweep.json").symlink_to(elsewhere)
    run_sweep(CONFIG, folder, control=Control(1))
    assert (folder / "sweep.json").is_symlink()
    assert elsewhere.read_text().startswith("{")
