"""Every command takes a mixture of orders and says which; what means none is refused in a line."""

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spinglass import Mixed, open_result
from spinglass.control import Control
from spinglass.sweep import open_sweep, plan_jobs, run_sweep
from spinglass.theory import mean_minima
from spinglass_cli.main import main
from tests.marks import slow
from tests.sweeps import Quiet, assert_same_results, small_sweep

MIXTURE = {3: 1.0, 4: 0.5}
TEXT = "3:1,4:0.5"
AXIS = small_sweep(landscape={"n": 8, "mixture": [{"3": 1.0}, {"3": 1.0, "4": 0.5}], "seeds": [0]})

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command that succeeds in a folder of its own; return what it prints."""
    monkeypatch.chdir(tmp_path)

    def run(words: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as end:
            main(words.split())
        said = capfd.readouterr()
        assert (end.value.code or 0) == code, said.err
        return said.err if code else said.out

    return run


COMMANDS = {
    "sample": ["sample --n 8 {m} --nu 0.3 --starts 20 --out x.nc", "show x.nc", "verify x.nc"],
    "census": ["census --n 6 {m} --unseen 0.1 --out x.nc", "show x.nc", "verify x.nc"],
    "census as JSON": ["census --n 6 {m} --unseen 0.1 --out x.json", "show x.json"],
    "connect": [
        "connect --n 6 {m} --unseen 0.1 --unseen-saddles 0.1 --out x.nc",
        "show x.nc",
        "verify x.nc",
        "figure disconnectivity x.nc --out tree.png",
    ],
    "connect as JSON": [
        "connect --n 6 {m} --unseen 0.1 --unseen-saddles 0.1 --out x.json",
        "show x.json",
        "verify x.json",
    ],
    "follow": [
        "follow --n 5 {m} --fields 2 --unseen 0.1 --out x.nc",
        "show x.nc",
        "verify x.nc",
        "figure branches x.nc --out branches.png",
    ],
    "anneal": ["anneal --n 5 {m} --samples 2 --starts 10 --out x.nc", "show x.nc"],
    "anneal as JSON": ["anneal --n 5 {m} --samples 2 --starts 10 --out x.json", "show x.json"],
    "validate": ["validate --n 4 {m} --nu 0,critical --samples 3 --out x", "show x"],
    "inherent": [
        "inherent --n 6 {m} --temperatures 1 --samples 2 --out x",
        "show x",
        "verify x",
        "figure inherent x",
    ],
    "layers": ["figure layers --n 6 {m} --searches 64 --out layers.png"],
}


LONG = ("validate", "inherent", "follow")
"""Whose commands compute what theory expects at every field or temperature."""


@pytest.mark.slow
@pytest.mark.parametrize("name", [slow(name) if name in LONG else name for name in COMMANDS])
def test_every_command_takes_a_mixture_and_says_which(name: str, run: Run) -> None:
    for command in COMMANDS[name]:
        said = run(command.format(m=f"--mixture {TEXT}"))
        assert TEXT in said or not command.startswith("show"), command


def test_the_derivatives_are_checked(run: Run) -> None:
    said = run(f"check --n 12 --mixture {TEXT} --nu 0.5")
    assert said.count("passed") == 2
    assert "{3: 1, 4: 0.5}" in said


def test_a_result_is_that_of_the_landscape_named(run: Run) -> None:
    run(f"sample --n 8 --mixture {TEXT} --nu 0.3 --seed 4 --starts 20 --out x.nc")
    data = open_result("x.nc")
    model = Mixed(8, MIXTURE, 0.3, 4)
    assert data.attrs["couplings_sha256"] == model.checksum()
    assert data.attrs["mixture"] == TEXT
    assert "p" not in data.attrs
    energy = np.asarray(model.energy(data["spins"].values))
    assert np.abs(energy - data["energy"].values).max() < 1e-12
    (row,) = json.loads(run("show x.nc --json"))
    assert row["expected"] == pytest.approx(float(mean_minima(8, model.covariance)), rel=1e-12)
    wrong = float(mean_minima(8, Mixed(8, MIXTURE | {4: 1.0}, 0.3, 4).covariance))
    assert row["expected"] != pytest.approx(wrong, rel=1e-3)


def test_one_order_of_weight_one_is_the_pure_model(run: Run) -> None:
    run("sample --n 8 --mixture 3:1 --starts 20 --out x.nc")
    run("sample --n 8 --p 3 --starts 20 --out y.nc")
    ours, theirs = open_result("x.nc"), open_result("y.nc")
    assert ours.identical(theirs)


@pytest.mark.slow
def test_the_pure_entry_of_an_axis_is_the_pure_sweep(tmp_path: Path) -> None:
    pure = small_sweep(landscape={"n": 8, "p": 3, "seeds": [0]})
    run_sweep(AXIS, tmp_path / "axis", control=Control(1))
    run_sweep(pure, tmp_path / "pure", control=Control(1))
    assert_same_results(plan_jobs(pure), tmp_path / "axis", tmp_path / "pure")
    jobs = plan_jobs(AXIS)
    assert len({job.file_name for job in jobs}) == 4
    whole = open_sweep(tmp_path / "axis")
    assert whole["mixture"].values.tolist() == ["3:1", TEXT]
    assert np.isfinite(whole["ground_state_energy"].values).all()


class Interrupter(Quiet):
    """Interrupts when three jobs have begun."""

    def heard(self, event: Any) -> None:
        if event.kind == "started" and len(self.begun) == 3:
            raise KeyboardInterrupt


@pytest.mark.slow
def test_an_interrupted_sweep_of_mixtures_goes_on(tmp_path: Path) -> None:
    run_sweep(AXIS, tmp_path / "whole", control=Control(1))
    with pytest.raises(KeyboardInterrupt):
        run_sweep(AXIS, tmp_path / "parts", control=Control(1, tell=Interrupter()))
    assert len(list((tmp_path / "parts").glob("*.nc"))) == 2
    run_sweep(AXIS, tmp_path / "parts", control=Control(2))
    assert_same_results(plan_jobs(AXIS), tmp_path / "parts", tmp_path / "whole")


@pytest.mark.slow
def test_a_sweep_of_mixtures_is_planned_shown_exported_and_drawn(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sweep.toml").write_text(
        "[landscape]\nn = 8\nmixture = [{3 = 1.0}, {3 = 1.0, 4 = 0.5}]\nseeds = [0]\n"
        "[field]\nregime = ['exponential', 'trivial']\n[descent]\nstarts = 20\n"
    )
    assert "n8-m3_1-4_0.5-" in run("sweep sweep.toml --out out --dry-run")
    assert f"mixture={TEXT}" in run("run sweep.toml --out out")
    assert "4 done, 0 missing" in run("status out")
    assert "4 of 4 results are right" in run("verify out")
    assert TEXT in run("show out")
    run("export out rows.csv")
    with Path("rows.csv").open() as file:
        assert {row["mixture"] for row in csv.DictReader(file)} == {"3:1", TEXT}
    run("figure trivialization out --out out/trivialization.png")
    for figure in ("landscape", "trivialization"):  # the first by run
        assert Path(f"out/{figure}.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("1:1", "got 1"),
        ("2:1,2:1", "got 2"),
        ("70:1", "got 70"),
        ("2:-1", "got -1.0"),
        ("2:nan", "got nan"),
        ("2:0", "got 0.0"),
        ("2:1e200", "got 1e+200"),
        ("2:1e-320", "got 1e-320"),
        (",", "got ','"),
        ("3", "got '3'"),
        ("2:1,3:1 --p 3", "--p 3"),
    ],
)
@pytest.mark.parametrize(
    "command",
    ["sample --n 6 --out x.nc", "census --n 6 --out x.nc", "connect --n 6", "check --n 6",
     "follow --n 6", "anneal --n 6", "validate --n 4", "figure layers --n 6 --out x.png"],
)  # fmt: skip
def test_what_is_no_mixture_is_refused(command: str, word: str, names: str, run: Run) -> None:
    error = run(f"{command} --mixture {word}", code=2)
    assert names in error
    assert error.count("\n") == 1
    assert os.listdir() == []


@pytest.mark.parametrize(
    "landscape",
    ["mixture = {}", "mixture = {1 = 1.0}", "mixture = {2 = -1.0}", "mixture = {2 = nan}",
     "p = 3\nmixture = {2 = 1.0}", "mixture = []", "mixture = {2 = 1e200}"],
)  # fmt: skip
def test_what_is_no_mixture_of_a_configuration_is_refused(landscape: str, run: Run) -> None:
    Path("bad.toml").write_text(
        f"[landscape]\nn = 8\n{landscape}\nseeds = [0]\n[field]\nnu = [0.0]\n"
        "[descent]\nstarts = 20\n"
    )
    error = run("sweep bad.toml --out out", code=2)
    assert error.count("\n") == 1
    assert os.listdir() == ["bad.toml"]


def test_tensors_that_do_not_fit_into_memory_are_refused_together(run: Run) -> None:
    error = run("sample --n 100000 --mixture 2:1,3:1 --out x.nc", code=2)
    assert "for its couplings" in error
    assert os.listdir() == []
