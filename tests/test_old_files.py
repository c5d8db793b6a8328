"""Files that the first version wrote, in ``tests/fixtures``: shown, drawn and gone on with."""

import json
import shutil
from pathlib import Path

import pytest

from spinglass_cli.main import main

FIXTURES = Path(__file__).parent / "fixtures"

SHOWN = {
    "descents.nc": "certified",
    "sweep": "certified",
    "branches.nc": "branches of minima",
    "census.json": "basin entropy",
    "graph.json": "searches for saddles",
    "annealing.json": "H/n annealed from that field",
    "validation": "all points",
    "training": "test error",
}

VERIFIED = {
    "descents.nc": "minima evaluated",
    "sweep": "1 of 1 results are right",
    "branches.nc": "minima evaluated",
    "census.json": "minima evaluated",
    "graph.json": "falls from",
    "annealing.json": "is whole",
    "validation/stationary-n3-p3-nu0-093ce35b45ba.nc": "is whole",
    "training/mnistfc-adam-000-ca75c0913eef.nc": "is whole",
}

DRAWN = {
    "landscape": "sweep",
    "branches": "branches.nc",
    "validate": "validation",
    "ranks": "census.json",
    "disconnectivity": "graph.json",
    "training": "training",
    "alignment": "training",
}

RESUMED = {
    "branches.nc": ("follow --n 5 --fields 3 --to 1 --unseen 0.1", "3 of 3 fields are done"),
    "graph.json": ("connect --n 6 --unseen 0.05", "256 searches"),
    "annealing.json": ("anneal --n 6 --samples 2 --starts 5", "2 samples are done already"),
    "sweep": ("sweep {folder}/sweep.toml", "0 done now"),
}

SWEEP = """
[landscape]
n = 6
p = 3
seeds = [0]

[field]
nu = [0.5]

[descent]
starts = 20
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A copy of the old files, that may be written to."""
    folder = tmp_path / "old"
    shutil.copytree(FIXTURES, folder)
    return folder


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[str, str]:
    """Run a command that must succeed; return what it says on both streams."""
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    said = capsys.readouterr()
    assert not end.value.code, said.err
    return said.out, said.err


@pytest.mark.parametrize("name", SHOWN)
def test_it_is_shown(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert SHOWN[name] in run(capsys, "show", FIXTURES / name)[0]
    assert json.loads(run(capsys, "show", FIXTURES / name, "--json")[0])


@pytest.mark.slow
@pytest.mark.parametrize("name", VERIFIED)
def test_it_is_verified(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert VERIFIED[name] in run(capsys, "verify", FIXTURES / name, "--share", 1)[0]


@pytest.mark.slow
@pytest.mark.parametrize("figure", DRAWN)
def test_it_is_drawn(figure: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "figure.png"
    run(capsys, "figure", figure, FIXTURES / DRAWN[figure], "--out", path)
    assert path.stat().st_size > 1000


@pytest.mark.parametrize("name", RESUMED)
def test_it_is_gone_on_with(name: str, old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (old / "sweep.toml").write_text(SWEEP)
    command, words = RESUMED[name]
    out, err = run(capsys, *command.format(folder=old).split(), "--out", old / name)
    assert words in out + err


def test_more_samples_are_added(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = json.loads((old / "annealing.json").read_text())
    words = ["anneal", "--n", "6", "--samples", "3", "--starts", "5", "--json", "--out"]
    row = json.loads(run(capsys, *words, old / "annealing.json")[0])
    assert row["samples"] == 3
    run(capsys, *words, old / "anew.json")
    after, anew = (json.loads((old / n).read_text()) for n in ("annealing.json", "anew.json"))
    assert after["each"][:2] == before["each"]
    for one, other in zip(after["each"], anew["each"], strict=True):
        assert one == pytest.approx(other, rel=1e-12)
