"""Descents from planted equilibria as a sweep: against single descents and the closed form."""

import json
import math
import shlex
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from spinglass import descend, open_result, plot
from spinglass.contents.inherent_means import inherent_means
from spinglass.control import Control
from spinglass.covariance import Covariance
from spinglass.errors import DamagedFileError, InputError
from spinglass.files.toml import check_tables
from spinglass.landscape import draw_landscape, overlap
from spinglass.search import Status
from spinglass.signals import Planted
from spinglass.sweep import (
    Options,
    SweepConfig,
    inherent_sweep,
    plan_jobs,
    read_manifest,
    run_sweep,
)
from spinglass.theory import inherent_structure, stability_temperature
from spinglass_cli.main import cli
from tests.sweeps import Quiet, assert_same_results

FIXTURES = Path(__file__).parent / "fixtures"
CONFIG = inherent_sweep([8, 10], 3, [0.84, 1.2], 2, seed=5)
JOBS = plan_jobs(CONFIG)


def found(config: SweepConfig, folder: Path) -> list[xr.Dataset]:
    run_sweep(config, folder, control=Control(1))
    return [open_result(folder / job.file_name) for job in plan_jobs(config)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("inherent")
    run_sweep(CONFIG, folder, control=Control(1))
    return folder


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command line in an empty folder; return its exit code and what it printed."""
    monkeypatch.chdir(tmp_path)

    def call(words):
        result = CliRunner().invoke(cli, words.split())
        if isinstance(result.exception, InputError):
            assert "\n" not in str(result.exception)
            return 2, str(result.exception)
        return result.exit_code, result.output

    return call


@pytest.mark.slow
@pytest.mark.parametrize(
    ("law", "pinned"), [(Covariance.pure(3), False), (Covariance.parse("2:1,4:0.5"), True)]
)
def test_each_result_is_the_descent_from_its_planted_point(tmp_path, law, pinned):
    config = inherent_sweep(9, law, [0.5, 3.0], 3, seed=2, pinned=pinned)
    for job, data in zip(plan_jobs(config), found(config, tmp_path), strict=True):
        model, x = draw_landscape(9, law, job.seed).planted(job.signal.temperature, pinned)
        end = descend(model, x[None])
        assert data.sizes["start"] == 1
        assert data["spins"].values == pytest.approx(end.spins, abs=1e-12)
        assert data["overlap"].values == pytest.approx(overlap(end.spins, x))
        force = 3.0 * end.energy if law.is_pure else model.radial_force(end.spins)
        assert data["radial_force"].values == pytest.approx(force)
        assert data["energy"].values == pytest.approx(model.energy(end.spins))
        assert data.attrs["begin"] == "hidden"
        assert data.attrs["antipodal_pairs"] == 0  # the sign of the start was chosen


@pytest.mark.slow
@pytest.mark.parametrize("event", ["started", "finished"])
def test_interrupted_and_resumed_equals_whole(whole, tmp_path, event):
    class Interrupter(Quiet):
        def heard(self, heard):
            if heard.kind == event and len(self.begun) == 4:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_sweep(CONFIG, tmp_path, control=Control(1, tell=Interrupter()))
    assert 3 <= len(list(tmp_path.glob("n*.nc"))) <= 4
    recorder = Quiet()
    run_sweep(CONFIG, tmp_path, control=Control(1, tell=recorder))
    assert 4 <= len(recorder.begun) <= 5
    assert_same_results(JOBS, whole, tmp_path)


@pytest.mark.slow
def test_shares_make_the_whole_and_parts_are_one_start_each(whole, tmp_path):
    for number in (1, 2):
        run_sweep(CONFIG, tmp_path, Options(shard=(number, 2), part_starts=1), control=Control(1))
    assert_same_results(JOBS, whole, tmp_path)
    assert read_manifest(whole) == (CONFIG, JOBS)


def test_a_job_from_the_hidden_point_is_another_than_one_random_start():
    tables = CONFIG.model_dump(exclude_none=True)
    random = tables | {"descent": {"starts": 1}}
    others = plan_jobs(check_tables(random, SweepConfig, "test.toml"))
    assert not {job.identity for job in JOBS} & {job.identity for job in others}
    assert '"begin":"hidden"' in JOBS[0].canonical()
    assert "begin" not in others[0].canonical()


@pytest.mark.parametrize(
    ("descent", "landscape", "words"),
    [
        ({"begin": "planted"}, {"planted": 1.0}, "descent.begin"),
        ({"begin": "hidden"}, {}, 'must be "random" where landscape has neither planted nor spike'),
        ({"begin": "hidden", "starts": 5}, {"planted": 1.0}, "starts must be 1 or left out"),
        ({"begin": "hidden", "start_seed": 5}, {"spike": "3:1"}, "start_seed must be 0 or left"),
        (
            {"begin": "hidden", "points": [{"starts": 2}]},
            {"planted": 1.0},
            "points must be [] or left out",
        ),
    ],
)
def test_a_begin_that_means_nothing_is_refused(descent, landscape, words):
    tables = {"landscape": {"n": 8, **landscape}, "field": {"nu": 0.0}, "descent": descent}
    with pytest.raises(InputError) as caught:
        check_tables(tables, SweepConfig, "test.toml")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"n": 1}, "n must be an integer >= 2, got 1"),
        ({"n": [8, 9, 8]}, "n must have no value twice, got 8 2 times"),
        ({"temperatures": [0.8, 0.8]}, "temperatures must have no value twice, got 0.8 2 times"),
        ({"n": []}, "n and temperatures must have at least one value each, got [] and"),
        ({"temperatures": [0.0]}, "temperature must be a finite number > 0, got 0.0"),
        ({"temperatures": [1e7]}, "temperature must be between 1e-06 and 1e+06, got 10000000.0"),
        ({"samples": 0}, "samples must be an integer >= 1, got 0"),
        ({"seed": -1}, "seed must be an integer >= 0, got -1"),
        ({"covariance": Covariance.pure(3, 0.5)}, "are found without field, got nu = 0.5"),
    ],
)
def test_bad_arguments_are_refused(words, why):
    usual = {"n": 8, "covariance": 3, "temperatures": [1.0], "samples": 2}
    with pytest.raises(InputError) as caught:
        inherent_sweep(**(usual | words))
    assert why in str(caught.value)


def test_means_are_those_of_the_samples(whole):
    results = [open_result(whole / job.file_name) for job in JOBS]
    table = inherent_means(results)
    assert table["samples"].values.tolist() == 4 * [2]
    mine = table.isel(point=(table["n"].values == 10) & (table["temperature"].values == 0.84))
    chosen = [data for data in results if (data.attrs["n"], data.attrs["planted"]) == (10, 0.84)]
    for name in ("energy", "overlap", "radial_force"):
        values = [float(data[name][0]) for data in chosen]
        assert mine[name].item() == pytest.approx(np.mean(values))
        assert mine[f"{name}_error"].item() == pytest.approx(np.std(values, ddof=1) / math.sqrt(2))
        exact = getattr(inherent_structure(3, 0.84), name)
        assert mine[f"exact_{name}"].item() == exact
    above = table["temperature"].values > stability_temperature(3)
    assert np.isnan(table["exact_energy"].values[above]).all()


def test_descents_that_end_in_no_minimum_are_left_out_and_counted(whole):
    results = [open_result(whole / job.file_name) for job in JOBS[:2]]
    results[0]["status"][:] = int(Status.NOT_CONVERGED)
    table = inherent_means(results)
    assert table["left_out"].values.tolist() == [1, 0]
    assert table["samples"].values.tolist() == [0, 1]
    assert np.isnan(table["energy"].values[0])


@pytest.mark.slow
def test_other_results_are_no_inherent_structures(whole, tmp_path):
    with pytest.raises(InputError, match="got none"):
        inherent_means([])
    plain = {"n": 8, "planted": 0.9}
    for landscape, descent, nu, words in (
        (plain, {"starts": 3}, 0.0, "begin = 'random', nu = 0$"),
        (plain, {"begin": "hidden"}, 0.4, "begin = 'hidden', nu = 0.4$"),
        ({"n": 8, "spike": "3:1"}, {"begin": "hidden"}, 0.0, "and no planted point$"),
    ):
        tables = {"landscape": landscape, "field": {"nu": nu}, "descent": descent}
        config = check_tables(tables, SweepConfig, "test.toml")
        with pytest.raises(InputError, match=words):
            inherent_means(found(config, tmp_path / f"{'-'.join(landscape)}-{nu}"))
    with pytest.raises(InputError, match="are drawn of one covariance, got p = 3, p = 4"):
        plot.inherent([open_result(whole / JOBS[0].file_name), *_other_order(tmp_path)])


def _other_order(folder: Path) -> list[xr.Dataset]:
    return found(inherent_sweep(6, 4, [0.5], 1), folder / "other")


@pytest.mark.slow
def test_the_closed_form_holds_at_its_temperature_and_at_no_other(tmp_path):
    """Well below T_SF, where what a finite n changes is small: 1/n is extrapolated away."""
    table = inherent_means(found(inherent_sweep((20, 40), 3, [0.5], 20), tmp_path))
    for name in ("energy", "overlap"):
        small, large = table[name].values
        few, many = table[f"{name}_error"].values
        limit, error = 2.0 * large - small, math.hypot(2.0 * many, few)
        right, wrong = (
            (limit - getattr(inherent_structure(3, t), name)) / error for t in (0.5, 0.6)
        )
        assert abs(right) < 4.0
        assert abs(wrong) > 6.0


@pytest.mark.slow
def test_files_are_read_as_datasets_are_and_never_mistaken(whole, tmp_path):
    paths = [whole / job.file_name for job in JOBS]
    assert inherent_means(paths).identical(inherent_means(map(open_result, paths)))
    wrong = tmp_path / JOBS[1].file_name
    wrong.write_bytes(paths[0].read_bytes())
    with pytest.raises(DamagedFileError, match="is the result of another job"):
        inherent_means([wrong])
    wrong.write_bytes(paths[1].read_bytes()[:-40])
    with pytest.raises(DamagedFileError):
        plot.inherent(tmp_path)
    with pytest.raises(InputError, match="no result files in"):
        plot.inherent(FIXTURES)
    with pytest.raises(InputError, match=r"must be a result of descents .*got a file .*branches"):
        inherent_means([FIXTURES / "branches.nc"])


def test_a_result_without_its_radial_force_is_refused(whole):
    data = open_result(whole / JOBS[0].file_name).drop_vars("radial_force")
    with pytest.raises(DamagedFileError, match="lacks the variables radial_force"):
        inherent_means([data])


@pytest.mark.slow
def test_the_figure_shows_the_means_and_the_closed_form(whole):
    picture = plot.inherent(whole)
    data = picture.numbers
    table = inherent_means([open_result(whole / job.file_name) for job in JOBS])
    assert all(data[name].equals(table[name]) for name in table)
    for name, axes in zip(("energy", "overlap", "radial_force"), picture.axes, strict=True):
        drawn = [bars.lines[0].get_xydata() for bars in axes.containers]
        assert len(drawn) == 2
        assert np.concatenate(drawn)[:, 1] == pytest.approx(table[name].values)
        middle = float(data["curve_temperature"][100])
        exact = getattr(inherent_structure(3, middle), name)
        assert float(data[f"curve_{name}"][100]) == exact
    assert float(data["curve_temperature"].max()) < float(data["T_SF"])
    assert float(data["T_SF"]) == stability_temperature(3)


@pytest.mark.slow
def test_the_command_is_a_sweep_like_any_other(run):
    words = "inherent --n 6,8 --temperatures 0.7:0.8:2,2 --samples 1 --out a"
    assert run(f"{words} --dry-run")[0] == 0
    assert not Path("a").exists()
    code, said = run(f"{words} --shard 1/2")
    assert code == 0
    assert "No table yet: 3 of 6 jobs in a are not done" in said
    assert run("verify a")[0] == 3
    code, said = run(words)
    assert code == 0
    assert "6 jobs (3 done now, 3 before)" in said
    rows = [line.split() for line in said.splitlines() if line[:1].isdigit()][-6:]
    assert [(row[0], row[1]) for row in rows] == [
        (n, t) for n in ("6", "8") for t in ("0.7", "0.8", "2")
    ]
    assert f"{inherent_structure(3, 0.8).energy:.5f}" in rows[1]
    assert "6 jobs, 0 to do" in run(words)[1]
    assert run("verify a --share 1")[0] == 0
    assert "6 done" in run("status a")[1]
    shown = json.loads(run("show a --json")[1])
    assert {(row["planted"], row["starts"]) for row in shown} == {(t, 1) for t in (0.7, 0.8, 2.0)}
    assert run("figure inherent a --out a.png")[0] == 0
    assert Path("a.png").stat().st_size > 10_000


@pytest.mark.slow
def test_a_report_shows_the_means_and_says_the_command(whole):
    pytest.importorskip("bokeh")
    from spinglass.report.given import read_given
    from spinglass.report.making import sections_of

    found = sections_of(read_given([whole], Control(1)), None, Control(1))
    assert [part.title for part in found] == [
        f"Inherent structures n = {n}, p = 3" for n in (8, 10)
    ]
    table = inherent_means([whole / job.file_name for job in JOBS])
    for part, n in zip(found, (8, 10), strict=True):
        program, *words = shlex.split(part.facts["command"])
        out = words.pop()
        assert (program, out) == ("spinglass", str(whole))
        assert " ".join(words) == (
            "inherent --n 8,10 --p 3 --temperatures 0.84,1.2 --samples 2 --seed 5 --out"
        )
        assert part.facts["samples"] == "4, 0 of them without a minimum"
        mine = table["energy"].values[table["n"].values == n]
        (panel,) = part.panels
        shown = panel.plots[0].renderers[-1].data_source.data
        assert shown["energy"] == pytest.approx(mine)
        assert shown["exact_energy"][1] is None


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("--n 8 --temperatures 1:2", "must be T or FIRST:LAST:COUNT, got '1:2'"),
        ("--n 8 --temperatures 1:2:1", "1 is not in the range 2<=x<=10000"),
        ("--n 8 --temperatures x", "'x' is not a valid float"),
        ("--n 8 --temperatures -1", "temperature must be a finite number > 0, got -1.0"),
        ("--n 8 --temperatures 1 --p 3 --mixture 3:1", "--p and --mixture exclude each other"),
        ("--n 1 --temperatures 1", "n must be an integer >= 2, got 1"),
        ("--n 8 --temperatures 1 --samples 1000000 --shard 2/1", "--shard must be I/N"),
    ],
)
def test_bad_options_are_refused_and_nothing_is_written(run, words, why):
    code, said = run(f"inherent {words} --out a")
    assert code == 2
    assert why in said
    assert not Path("a").exists()


def test_the_signal_of_a_job_is_the_temperature(whole):
    assert {job.signal for job in JOBS} == {Planted(t) for t in (0.84, 1.2)}
