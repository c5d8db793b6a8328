"""Sweeps: what is planned, done once, repaired, resumed, and the same whoever does it."""

import hashlib
import json
import math
import os
from dataclasses import replace
from pathlib import Path

import pytest
import xarray as xr

from spinglass import open_result
from spinglass.control import Control
from spinglass.errors import DamagedFileError, InputError
from spinglass.files.toml import check_tables
from spinglass.landscape.drawn import PSpin
from spinglass.sweep import (
    Event,
    Job,
    Options,
    SweepConfig,
    job_state,
    plan_jobs,
    read_manifest,
    run_sweep,
)
from spinglass.sweep.field_of_regime import regime_field
from spinglass.sweep.ledger import Ledger
from spinglass.sweep.manifest import read_jobs, write_manifest
from spinglass.sweep.parts import Piece
from spinglass.sweep.work import WorkSettings
from tests.marks import slow
from tests.sweeps import Quiet, assert_same_results, small_sweep

JOB = Job(8, 3, 0, 0.7, "", 40, 3, "flow", 1e-10, 100_000)
CONFIG = small_sweep()
JOBS = plan_jobs(CONFIG)


class Interrupter(Quiet):
    """Interrupts at a moment of a job."""

    def __init__(self, stop_at: int, when: str) -> None:
        super().__init__()
        self._stop_at, self._when = stop_at, when

    def heard(self, event: Event) -> None:
        if self._when == event.kind and self._stop_at == len(self.begun):
            raise KeyboardInterrupt


def results(folder: Path) -> dict[str, xr.Dataset]:
    return {path.name: open_result(path) for path in sorted(folder.glob("n*.nc"))}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The uninterrupted run that others are compared with; not to be written to."""
    folder = tmp_path_factory.mktemp("finished")
    run_sweep(CONFIG, folder, control=Control(1))
    return folder


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished run."""
    for path in finished.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_plan_keeps_landscapes_together() -> None:
    jobs = plan_jobs(small_sweep(landscape={"n": [8, 9], "p": [3, 4], "seeds": [5, 2]}))
    assert [(job.n, job.orders, job.seed, job.nu) for job in jobs] == [
        (n, p, seed, nu) for n in (8, 9) for p in (3, 4) for seed in (5, 2) for nu in (0.0, 0.7)
    ]


def test_plan_does_nothing_twice() -> None:
    jobs = plan_jobs(small_sweep(landscape={"n": 8, "p": 2}, field={"nu_over_critical": [1, 2]}))
    assert [job.nu for job in jobs] == [0.0]


def test_fields_relative_to_the_critical_one() -> None:
    jobs = plan_jobs(
        small_sweep(landscape={"n": 8, "p": [3, 4]}, field={"nu_over_critical": [0.0, 0.5, 2]})
    )
    expected = [ratio * math.sqrt(p * (p - 2)) for p in (3, 4) for ratio in (0.0, 0.5, 2.0)]
    assert [job.nu for job in jobs] == pytest.approx(expected, rel=1e-15)
    assert {job.regime for job in jobs} == {""}


POINTS = [
    {"n": 9, "starts": 90},
    {"nu_over_critical": {"between": [0.1, 0.31]}, "starts": 7},
    {"nu_over_critical": 0.3, "p": [4], "seeds": {"between": [1, 9]}, "starts": 5},
]


def test_points_have_starts_of_their_own() -> None:
    """The last entry that means a point counts; numbers are met as they are written."""
    config = small_sweep(
        landscape={"n": [8, 9], "p": [3, 4], "seeds": [0, 1]},
        field={"nu_over_critical": {"linspace": [0.0, 1.0, 11]}},
        descent={"starts": 40, "points": POINTS},
    )
    for job in plan_jobs(config):
        ratio = job.nu / math.sqrt(job.orders * (job.orders - 2))
        expected = 90 if job.n == 9 else 40
        if 0.05 < ratio < 0.35:
            expected = 7
            if ratio > 0.25 and job.orders == 4 and job.seed == 1:
                expected = 5
        assert job.starts == expected, job


def test_points_may_name_a_regime() -> None:
    config = small_sweep(
        field={"regime": ["exponential", "trivial"]},
        descent={"starts": 40, "points": [{"regime": "trivial", "starts": 3}]},
    )
    assert {(job.regime, job.starts) for job in plan_jobs(config)} == {
        ("exponential", 40),
        ("trivial", 3),
    }


def test_points_that_mean_nothing_are_named() -> None:
    entry = {"n": 10, "starts": 3}
    with pytest.raises(InputError, match=r"descent\.points\.1 must match points"):
        plan_jobs(small_sweep(descent={"points": [{"n": 8, "starts": 3}, entry]}))
    with pytest.raises(InputError, match=r"descent\.points\.0 must.*no later entry covers"):
        plan_jobs(small_sweep(descent={"points": [{"n": 8, "starts": 3}, {"starts": 4}]}))


def test_points_survive_the_manifest(tmp_path: Path) -> None:
    config = small_sweep(descent={"points": [{"nu": {"between": [0.5, 1]}, "starts": 3}]})
    write_manifest(config, plan_jobs(config), tmp_path)
    assert read_manifest(tmp_path) == (config, plan_jobs(config))


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        (
            {"landscape": {"n": 8, "seeds": {"range": [0, 1000]}}, "field": {"nu": [*range(1001)]}},
            "landscape, field: a grid must have at most 1,000,000 jobs, got 1,001,000",
        ),
        ({"descent": {"starts": 10**9}}, "starts = 1,000,000,000 at n = 8 needs"),
    ],
)
def test_too_much_is_refused_before_anything_is_written(
    sections: dict[str, object], words: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        run_sweep(small_sweep(**sections), tmp_path, control=Control(1))
    assert words in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_too_many_parts_are_refused(tmp_path: Path) -> None:
    options = Options(part_starts=1)
    with pytest.raises(InputError, match=r"descent\.starts.*part_starts, got 4,000,000"):
        run_sweep(small_sweep(descent={"starts": 10**6}), tmp_path, options)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_folder_keeps_one_sweep(folder: Path) -> None:
    """More of the same goes on; what leaves out what was planned is another sweep."""
    manifest = (folder / "sweep.json").read_bytes()
    for other in ({"landscape": {"n": 9}}, {"field": {"nu": 0.0}}, {"descent": {"starts": 7}}):
        config = small_sweep(**other)
        with pytest.raises(InputError, match="hold no other sweep, got one of 4 jobs, of which"):
            run_sweep(config, folder)
        assert (folder / "sweep.json").read_bytes() == manifest
        assert not any(
            (folder / job.file_name).exists() for job in set(plan_jobs(config)) - set(JOBS)
        )
    more = small_sweep(field={"nu": [0.0, 0.7, 0.9]})
    account = run_sweep(more, folder)
    assert (len(account.done), account.already) == (2, 4)
    assert read_jobs(folder) == plan_jobs(more)


def test_same_parameters_same_identity() -> None:
    tables = CONFIG.model_dump(exclude_none=True)
    shuffled = {key: dict(reversed(table.items())) for key, table in reversed(tables.items())}
    again = plan_jobs(check_tables(shuffled, SweepConfig, "test.toml"))
    assert [job.identity for job in again] == [job.identity for job in plan_jobs(CONFIG)]
    assert plan_jobs(small_sweep(field={"nu": [0, 0.7]})) == plan_jobs(CONFIG)


def test_identity_is_fixed_for_ever() -> None:
    """Results on disk are found by it: a change here orphans them."""
    assert JOB.canonical() == (
        '{"max_gradients":100000,"method":"flow","n":8,"nu":0.7,"p":3,"regime":"","seed":0,'
        '"start_seed":3,"starts":40,"tol":1e-10}'
    )
    assert JOB.file_name == f"n8-p3-nu0.7-seed0-{JOB.identity}.nc"
    assert JOB.identity == "71a5f84668eb"


@pytest.mark.parametrize(
    "change",
    [
        {"n": 9},
        {"orders": 4},
        {"seed": 1},
        {"nu": math.nextafter(0.7, 1.0)},
        {"regime": "trivial"},
        {"starts": 41},
        {"start_seed": 4},
        {"method": "gd"},
        {"tol": 1e-9},
        {"max_gradients": 99_999},
    ],
    ids=lambda change: next(iter(change)),
)
def test_one_changed_parameter_another_identity(change: dict[str, object]) -> None:
    other = replace(JOB, **change)
    assert other.identity != JOB.identity
    assert other.file_name != JOB.file_name


def distance_from_window(nu: float, n: int, p: int) -> float:
    """n^{1/3} B of the module's reference."""
    return n ** (1 / 3) * (p * (p - 2) - nu**2) / (p**2 + nu**2)


@pytest.mark.parametrize(("n", "p"), [(60, 3), (100, 3), (100, 4), (1000, 5)])
def test_regimes_lie_where_they_should(n: int, p: int) -> None:
    critical = math.sqrt(p * (p - 2))
    assert regime_field("exponential", n, p) == 0.0
    polynomial = regime_field("polynomial", n, p)
    trivial = regime_field("trivial", n, p)
    assert distance_from_window(polynomial, n, p) == pytest.approx(0.5, rel=1e-12)
    assert distance_from_window(trivial, n, p) == pytest.approx(-2.0, rel=1e-12)
    assert 0.0 < polynomial < critical < trivial


def test_the_window_closes_with_size() -> None:
    gaps = [math.sqrt(3.0) - regime_field("polynomial", n, 3) for n in (50, 400, 3200)]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[1] / gaps[2] == pytest.approx(2.0, rel=0.1)  # n^{-1/3}
    assert gaps[1] / gaps[2] != pytest.approx(8 ** (1 / 2), rel=0.1)  # not n^{-1/2}


def test_small_systems_are_trivial_at_a_finite_field() -> None:
    nu = regime_field("trivial", 5, 3)
    assert math.isfinite(nu)
    assert nu > math.sqrt(3.0)


def test_p_2_has_only_the_trivial_regime() -> None:
    assert regime_field("trivial", 50, 2) > 0.0
    for regime in ("exponential", "polynomial"):
        with pytest.raises(InputError, match=rf"{regime} needs .*p >= 3.*p = 2"):
            regime_field(regime, 50, 2)
    with pytest.raises(InputError, match="larger n, got n = 3"):
        regime_field("polynomial", 3, 3)


@pytest.mark.slow
def test_regimes_are_written_into_the_results(tmp_path: Path) -> None:
    config = small_sweep(
        landscape={"n": 8},
        field={"regime": ["exponential", "polynomial", "trivial"]},
        descent={"starts": 10},
    )
    run_sweep(config, tmp_path, control=Control(1))
    found = {data.attrs["regime"]: data.attrs for data in results(tmp_path).values()}
    assert set(found) == {"exponential", "polynomial", "trivial"}
    for regime, attributes in found.items():
        assert attributes["nu"] == regime_field(regime, 8, 3)
        assert attributes["critical_field"] == pytest.approx(math.sqrt(3.0))


def test_results_carry_their_parameters(finished: Path) -> None:
    jobs = {job.file_name: job for job in plan_jobs(CONFIG)}
    found = results(finished)
    assert set(found) == set(jobs)
    for name, data in found.items():
        job = jobs[name]
        parameters = json.loads(job.canonical())
        assert {key: data.attrs[key] for key in parameters} == parameters
        assert data.attrs["job_identity"] == job.identity
        assert data.attrs["couplings_sha256"] == PSpin(job.n, job.orders, seed=job.seed).checksum()
        assert data.sizes["start"] == 40
    assert len({data.attrs["couplings_sha256"] for data in found.values()}) == 2


def test_everything_is_reported(tmp_path: Path) -> None:
    recorder = Quiet()
    progress = run_sweep(CONFIG, tmp_path, control=Control(1, tell=recorder))
    assert recorder.to_do == recorder.begun == plan_jobs(CONFIG)
    assert recorder.starts == 4 * 40
    assert progress.done == recorder.outcomes
    assert (progress.jobs, progress.already) == (4, 0)
    for outcome in progress.done:
        data = open_result(outcome.path)
        assert outcome.certified == int((data["status"] == 0).sum()) <= outcome.starts == 40
        assert outcome.distinct == data.sizes["minimum"] >= 1
        assert outcome.lowest_energy == float(data["minimum_energy"].min())


def test_running_again_does_nothing(folder: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("n*.nc")}
    recorder = Quiet()
    progress = run_sweep(CONFIG, folder, control=Control(1, tell=recorder))
    assert (progress.jobs, progress.already, progress.done) == (4, 4, [])
    assert recorder.to_do == recorder.begun == recorder.outcomes == []
    assert recorder.starts == 0
    assert {path.name: path.stat().st_mtime_ns for path in folder.glob("n*.nc")} == before


def test_a_larger_grid_only_adds(folder: Path) -> None:
    recorder = Quiet()
    run_sweep(small_sweep(field={"nu": [0.0, 0.7, 1.1]}), folder, control=Control(1, tell=recorder))
    assert [job.nu for job in recorder.begun] == [1.1, 1.1]


@pytest.mark.slow
def test_a_removed_file_is_done_again_the_same(finished: Path, folder: Path) -> None:
    job = plan_jobs(CONFIG)[2]
    (folder / job.file_name).unlink()
    assert job_state(job, folder) == "missing"
    recorder = Quiet()
    run_sweep(CONFIG, folder, control=Control(1, tell=recorder))
    assert recorder.begun == [job]
    assert_same_results(JOBS, finished, folder)


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_truncated_file_is_found_and_done_again(
    finished: Path, folder: Path, share: float
) -> None:
    job = plan_jobs(CONFIG)[1]
    path = folder / job.file_name
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert job_state(job, folder) == "damaged"
    recorder = Quiet()
    progress = run_sweep(CONFIG, folder, control=Control(1, tell=recorder))
    assert recorder.begun == [job]
    assert progress.already == 3
    assert job_state(job, folder) == "done"
    assert_same_results(JOBS, finished, folder)


def test_the_file_of_another_job_is_not_mistaken(folder: Path) -> None:
    first, second = plan_jobs(CONFIG)[:2]
    (folder / first.file_name).write_bytes((folder / second.file_name).read_bytes())
    assert job_state(first, folder) == "damaged"


@pytest.mark.parametrize(
    ("when", "threads"),
    [
        slow("started", 1),
        ("advanced", 2),
        slow("finished", 1),
        slow("started", 2),
        slow("advanced", 1),
        slow("finished", 2),
    ],
)
def test_interrupted_and_resumed_equals_uninterrupted(
    finished: Path, tmp_path: Path, when: str, threads: int
) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_sweep(CONFIG, tmp_path, control=Control(threads, tell=Interrupter(3, when)))
    jobs = plan_jobs(CONFIG)
    kept = jobs[:3] if when == "finished" else jobs[:2]
    assert sorted(os.listdir(tmp_path)) == sorted(["sweep.json", *(j.file_name for j in kept)])
    assert [job_state(job, tmp_path) for job in jobs] == (
        len(kept) * ["done"] + (4 - len(kept)) * ["missing"]
    )
    recorder = Quiet()
    progress = run_sweep(CONFIG, tmp_path, control=Control(threads, tell=recorder))
    assert recorder.begun == jobs[len(kept) :]
    assert progress.already == len(kept)
    assert_same_results(JOBS, finished, tmp_path)


@pytest.mark.slow
def test_results_do_not_depend_on_threads(finished: Path, tmp_path: Path) -> None:
    run_sweep(CONFIG, tmp_path, control=Control(2))
    assert_same_results(JOBS, finished, tmp_path)


@pytest.mark.slow
def test_other_starts_give_other_results(finished: Path, tmp_path: Path) -> None:
    """The comparisons above can tell results apart."""
    run_sweep(small_sweep(descent={"starts": 40, "start_seed": 4}), tmp_path, control=Control(1))
    theirs = next(iter(results(finished).values()))
    ours = next(iter(results(tmp_path).values()))
    assert theirs.attrs["couplings_sha256"] == ours.attrs["couplings_sha256"]
    assert not theirs["spins"].equals(ours["spins"])


def test_the_manifest_says_what_is_planned(finished: Path, tmp_path: Path) -> None:
    config, jobs = read_manifest(finished)
    assert config == CONFIG
    assert jobs == plan_jobs(CONFIG)
    with pytest.raises(InputError, match=r"holds no sweep.*sweep\.json"):
        read_manifest(tmp_path)


def test_a_manifest_of_the_first_version_is_read(folder: Path) -> None:
    path = folder / "sweep.json"
    plan = json.loads(path.read_text())
    plan["config"]["descent"]["seed"] = plan["config"]["descent"].pop("start_seed")
    del plan["sha256"]
    text = json.dumps(plan, sort_keys=True, separators=(",", ":"))
    path.write_text(json.dumps({**plan, "sha256": hashlib.sha256(text.encode()).hexdigest()}))
    assert read_manifest(folder) == (CONFIG, JOBS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "{}",
        '{"config": {}, "jobs": []}',
        '{"config": 1, "jobs": 2}',
        "\ufeff",
    ],
)
def test_a_damaged_manifest_is_refused(folder: Path, text: str) -> None:
    (folder / "sweep.json").write_text(text, encoding="utf-8")
    with pytest.raises(DamagedFileError, match=r"sweep\.json"):
        read_manifest(folder)


def test_a_manifest_with_a_job_of_foreign_shape_is_refused(folder: Path) -> None:
    plan = json.loads((folder / "sweep.json").read_text())
    del plan["jobs"][0]["nu"]
    (folder / "sweep.json").write_text(json.dumps(plan))
    with pytest.raises(DamagedFileError, match=r"sweep\.json"):
        read_manifest(folder)


def test_any_changed_digit_of_the_manifest_is_found(folder: Path) -> None:
    path = folder / "sweep.json"
    text = path.read_text()
    path.write_text(text.replace('"n": 8', '"n": 9'))
    for read in (read_manifest, read_jobs):
        with pytest.raises(DamagedFileError, match=r"sweep\.json is damaged"):
            read(folder)
    with pytest.raises(DamagedFileError, match="without it the sweep is planned anew"):
        run_sweep(CONFIG, folder, control=Control(1))
    path.unlink()
    run_sweep(CONFIG, folder, control=Control(1))
    assert read_jobs(folder) == JOBS


def test_too_large_a_landscape_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    config = small_sweep(landscape={"n": [8, 3000], "p": 4}, descent={"starts": 10})
    with pytest.raises(InputError, match=r"n = 3000, p = 4 needs 27,054,033,006,000 bytes"):
        run_sweep(config, tmp_path / "new", control=Control(1))
    assert not (tmp_path / "new").exists()


def test_an_unwritable_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    recorder = Quiet()
    with pytest.raises(InputError, match="cannot write to"):
        run_sweep(CONFIG, tmp_path / "file" / "sub", control=Control(1, tell=recorder))
    assert recorder.begun == []


def test_threads_reach_the_work_beside_other_options(tmp_path: Path) -> None:
    seen = []

    class Recorder:
        def run(self, pieces: list[Piece], settings: WorkSettings, ledger: Ledger) -> None:
            seen.append(settings.threads)

    engine = Recorder()
    run_sweep(CONFIG, tmp_path, Options(engine=engine), control=Control(3))
    assert seen == [3]
