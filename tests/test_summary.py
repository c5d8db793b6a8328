"""Summaries over a sweep, ranges in configurations, and overrides on the command line."""

import csv
import json
import math
import re
from pathlib import Path

import h5py
import numpy as np
import pytest

import spinglass
from spinglass import open_result
from spinglass.averaging import mean_and_error
from spinglass.control import Control
from spinglass.errors import InputError
from spinglass.figures.sources import read_results
from spinglass.files.store import read_dataset
from spinglass.files.toml import check_tables
from spinglass.search.coverage import basin_entropy
from spinglass.sweep import Job, JobState, SweepConfig, dataset, load_sweep, plan_jobs, run_sweep
from spinglass.sweep.averages import averages
from spinglass.sweep.export import export
from spinglass.sweep.manifest import read_jobs, write_manifest
from spinglass.sweep.summary import Summary, summaries, summarize
from spinglass.sweep.sweep_check import verify_job
from spinglass_cli.main import cli, main
from spinglass_cli.status_command import job_states

TEXT = """
[landscape]
n = 9
seeds = {range = [0, 3]}
[field]
nu = {linspace = [0.0, 1.0, 2]}
[descent]
starts = 60
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("sweep")
    (place / "config.toml").write_text(TEXT)
    run_sweep(load_sweep(place / "config.toml"), place / "out", control=Control(1))
    return place / "out"


def test_one_dataset_agrees_with_the_files(folder: Path) -> None:
    data = spinglass.sweep.open_sweep(folder)
    assert dict(data.sizes) == {"n": 1, "p": 1, "nu": 2, "seed": 3}
    for path in folder.glob("n*.nc"):
        one = open_result(path)
        here = data.sel(n=9, p=3, nu=one.attrs["nu"], seed=one.attrs["seed"])
        weights = one["minimum_count"].values / one["minimum_count"].values.sum()
        assert float(here["distinct"]) == one.sizes["minimum"]
        assert float(here["ground_state_energy"]) == float(one["minimum_energy"].min())
        expected = -float(np.sum(weights * np.log(weights)))
        expected += (len(weights) - 1) / (2 * one["minimum_count"].values.sum())
        assert float(here["basin_entropy"]) == pytest.approx(expected, abs=1e-12)


def test_entropy_of_a_sweep_is_that_of_a_census(folder: Path) -> None:
    for row, job in zip(summaries(folder), read_jobs(folder), strict=True):
        counts = open_result(folder / job.file_name)["minimum_count"].values
        assert row.basin_entropy == basin_entropy(counts)
    table = spinglass.sweep.open_sweep(folder)
    assert "Miller and Madow" in table["basin_entropy"].attrs["long_name"]


def test_a_file_is_read_when_it_is_asked_for_and_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []

    def counting(job: Job, place: Path) -> Summary | None:
        read.append((job.nu, job.seed))
        return summarize(job, place)

    monkeypatch.setattr(dataset, "summarize", counting)
    data = spinglass.sweep.open_sweep(folder)
    assert read == []
    one = data.sel(nu=1.0, seed=2)
    assert read == []
    assert float(one["distinct"][0, 0]) >= 1.0
    assert read == [(1.0, 2)]
    assert data["distinct"].isel(seed=[2, 0]).mean() >= 1.0
    assert sorted(read) == [(0.0, 0), (0.0, 2), (1.0, 0), (1.0, 2)]
    data.load()
    assert len(read) == 6


@pytest.mark.parametrize(
    "where",
    [
        {"n": 0, "nu": slice(None, None, -1)},
        {"seed": [2, 0, 0], "nu": 1},
        {"seed": [True, False, True]},
        {"p": [], "nu": 0},
    ],
    ids=str,
)
def test_a_lazy_selection_is_that_of_the_loaded_table(
    where: dict[str, object], folder: Path
) -> None:
    lazy, loaded = spinglass.sweep.open_sweep(folder), spinglass.sweep.open_sweep(folder).load()
    assert lazy.isel(where).identical(loaded.isel(where))


def test_what_is_not_done_is_nan_until_it_is(tmp_path: Path) -> None:
    config = check_tables(
        {
            "landscape": {"n": [8, 9], "p": 3},
            "field": {"nu_over_critical": [0.0, 1.0]},
            "descent": {"starts": 20},
        },
        SweepConfig,
        "x",
    )
    jobs = plan_jobs(config)
    write_manifest(config, jobs, tmp_path)
    data = spinglass.sweep.open_sweep(tmp_path)
    assert np.isnan(data["distinct"].values).all()
    run_sweep(config, tmp_path, control=Control(1))
    assert np.isfinite(data["distinct"].values).all()


def test_averages_are_those_of_numpy() -> None:
    found = np.array([3, 8, 5, 1])
    energy = np.array([-1.6, -1.7, -1.5, -1.4])
    rows = [
        Summary(9, 3, 0.5, k, 60, 60, int(m), e, 0.1 * k)
        for k, (m, e) in enumerate(zip(found, energy, strict=True))
    ]
    (mean,) = averages([*rows, Summary(9, 3, 0.5, 9, 60, 0, 0, math.nan, math.nan)])
    assert mean.samples == 4
    assert mean.minima == pytest.approx(found.mean())
    assert mean.minima_error == pytest.approx(found.std(ddof=1) / 2)
    assert mean.annealed == pytest.approx(np.log(found.mean()))
    assert mean.quenched == pytest.approx(np.log(found).mean())
    assert mean.annealed > mean.quenched
    assert mean.ground_state_energy == pytest.approx(energy.mean())
    assert mean.ground_state_energy_error == pytest.approx(energy.std(ddof=1) / 2)


def test_export(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "summary.csv"
    cli.main(["export", str(folder), "--out", str(out), "--json"], standalone_mode=False)
    assert [row["samples"] for row in json.loads(capsys.readouterr().out)] == [3, 3]
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert [float(row["ground_state_energy"]) for row in rows] == [
        row.ground_state_energy for row in summaries(folder)
    ]
    export(folder, tmp_path / "summary.nc")
    assert read_dataset(tmp_path / "summary.nc").equals(spinglass.sweep.open_sweep(folder).load())
    cli.main(["export", str(folder), str(out), "--averages"], standalone_mode=False)
    assert f"Written: {out}" in capsys.readouterr().out
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert [float(row["quenched"]) for row in rows] == [
        row.quenched for row in averages(summaries(folder))
    ]
    for words in ([], [str(out), "--out", str(out)]):
        with pytest.raises(InputError, match="one of OUT and --out must be given, got"):
            cli.main(["export", str(folder), *words], standalone_mode=False)
    with pytest.raises(InputError, match=r"\.csv, \.nc or \.zarr"):
        export(folder, tmp_path / "summary.txt")


@pytest.mark.slow
def test_export_to_zarr(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("zarr")
    import xarray as xr

    out = tmp_path / "summary.zarr"
    for _ in "twice":
        export(folder, out)
        assert xr.open_zarr(out).load().equals(spinglass.sweep.open_sweep(folder).load())
    (tmp_path / "mine.zarr").mkdir()
    (tmp_path / "mine.zarr" / "thesis.tex").touch()
    with pytest.raises(InputError, match="not a Zarr store"):
        export(folder, tmp_path / "mine.zarr")
    assert (tmp_path / "mine.zarr" / "thesis.tex").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.zarr", "summary.zarr"]


def test_ranges_stand_for_their_numbers() -> None:
    tables = {
        "landscape": {"n": 8, "seeds": {"range": [2, 5]}},
        "field": {"nu_over_critical": {"logspace": [0.01, 1.0, 3]}},
    }
    config = check_tables(tables, SweepConfig, "x")
    assert config.landscape.seeds == [2, 3, 4]
    assert config.field.nu_over_critical == pytest.approx([0.01, 0.1, 1.0], rel=1e-14)


@pytest.mark.parametrize(
    "table",
    [
        {"linspace": [0.0, 1.0]},
        {"linspace": [0.0, 1.0, 1]},
        {"linspace": [0.0, 1.0, 2.5]},
        {"linspace": [0.0, math.nan, 3]},
        {"logspace": [0.0, 1.0, 3]},
        {"range": [0, 3]},
        {"linspace": 3},
        {},
        {"linspace": [-1.0, 1.0, 3]},
    ],
    ids=str,
)
def test_bad_ranges_name_the_key(table: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"field\.nu"):
        check_tables({"landscape": {"n": 8}, "field": {"nu": table}}, SweepConfig, "x")


def test_the_command_line_beats_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(TEXT)
    changed = load_sweep(path, ["descent.starts=7", "descent.method=gd", "landscape.seeds=[4]"])
    assert {(job.starts, job.method, job.seed) for job in plan_jobs(changed)} == {(7, "gd", 4)}
    for wrong in (
        "starts=7",
        "descent.starts",
        "descent.stars=1",
        "descent.starts=x",
        "=",
        "a.b.c=1",
    ):
        with pytest.raises(InputError):
            load_sweep(path, [wrong])


def test_a_dry_run_lists_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(TEXT)
    words = ["sweep", str(path), "--out", str(tmp_path / "out"), "--dry-run"]
    cli.main(words, standalone_mode=False)
    assert "6 jobs" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "words", [["--shard", "3/2"], ["--shard", "x"], ["--time-limit", "soon"], ["--engine", "x"]]
)
def test_bad_options_are_code_2(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(TEXT)
    with pytest.raises(SystemExit) as end:
        main(["sweep", str(path), "--out", str(tmp_path / "out"), *words])
    assert end.value.code == 2
    assert words[0].strip("-").split("-")[0] in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_every_mean_has_its_error_from_one_routine() -> None:
    values = np.array([3.0, 5.0, 1e9, -7.5])
    expected = values.mean(), values.std(ddof=1) / 2.0
    assert mean_and_error(values) == pytest.approx(expected, rel=1e-14)
    texts = [path.read_text() for path in Path(spinglass.__file__).parent.rglob("*.py")]
    assert not any(re.search(r"ddof=1\).*(/|sqrt)", text) for text in texts)


def test_spins_that_are_not_asked_for_are_not_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, item = set(), h5py.Dataset.__getitem__

    def recording(self: h5py.Dataset, *given: object, **named: object) -> object:
        read.add(str(self.name).strip("/"))
        return item(self, *given, **named)

    monkeypatch.setattr(h5py.Dataset, "__getitem__", recording)
    assert set(job_states(folder).values()) == {JobState.DONE}
    assert not read
    assert read_results(folder, without_spins=True)
    assert "minimum_energy" in read
    assert not read & {"spins", "minimum_spins"}
    assert verify_job(read_jobs(folder)[0], folder).state == "done"
    assert "minimum_spins" in read
    assert "spins" not in read
