"""`spinglass network`: what it says of each study, and that a seed repeats it."""

from pathlib import Path

import pytest

from spinglass import open_result
from spinglass.deep import coupling_law, loss_covariance
from tests.test_cli import Shell


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture
def small_studies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command study narrow networks, and few points of them, so that it ends in seconds."""
    study = coupling_law.coupling_study
    monkeypatch.setattr(
        coupling_law,
        "coupling_study",
        lambda p, n, sizes, *rest: study(p, n, sizes[:2], *rest),
    )
    monkeypatch.setattr(loss_covariance, "_PAIRS", 2)
    monkeypatch.setattr(loss_covariance, "_SAMPLES", 50)


@pytest.mark.usefixtures("small_studies")
def test_network_says_of_each_study_what_it_finds(tmp_path: Path, shell: Shell) -> None:
    arguments = ("network", "--p", 2, "--n", 4, "--width", 32, "--networks", 3)
    code, out, error = shell(*arguments, "--out", tmp_path / "first.nc")
    assert code == 0, error
    lines = out.splitlines()
    assert sum(line.startswith("couplings, p=") for line in lines) == 3
    assert sum("(expected -1)" in line for line in lines) == 2
    frozen = [line for line in lines if "from p + 1" in line]
    live = [line for line in lines if "from a wide network's" in line]
    assert (len(frozen), len(live)) == (2, 6)
    assert sum("20 % of the units on" in line for line in live) == 3
    assert lines[-1] == f"Written: {tmp_path / 'first.nc'}"
    numbers = open_result(tmp_path / "first.nc")
    shown = f"exponent {float(numbers.exponent[0]):.3f} +- {float(numbers.exponent_error[0]):.3f}"
    assert shown in frozen[0]
    assert shell(*arguments, "--out", tmp_path / "again.nc")[1].splitlines()[:-1] == lines[:-1]
    other = shell(*arguments, "--seed", 1, "--out", tmp_path / "other.nc")[1]
    assert other.splitlines()[:-1] != lines[:-1]
