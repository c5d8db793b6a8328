"""Every engine, every split: the same bytes; a worker may die, a job may raise."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path

import pytest
from threadpoolctl import threadpool_info

from spinglass import descend
from spinglass.control import Control
from spinglass.errors import InputError, SpinglassWarning
from spinglass.landscape.drawn import PSpin
from spinglass.parallel import thread_count
from spinglass.search.descent_cost import seconds_per_start
from spinglass.search.minima import distinct_minima
from spinglass.sweep import (
    Account,
    Event,
    Options,
    Outcome,
    choose_engine,
    ledger,
    plan_jobs,
    run_sweep,
    work,
)
from spinglass.sweep.engines import processes
from spinglass.sweep.engines.engine import Listener, divide
from spinglass.sweep.engines.engine_registry import ENGINES
from spinglass.sweep.engines.processes import ProcessEngine
from spinglass.sweep.job import Job
from spinglass.sweep.parts import Piece, is_covered, part_folder, split
from spinglass.sweep.sweep_cost import PART_SECONDS, part_starts
from spinglass.sweep.work import WorkSettings
from tests.marks import slow
from tests.sweeps import Quiet, assert_same_results, small_sweep

ROOT = Path(__file__).parents[1]
CONFIG = small_sweep(landscape={"n": 9, "p": 4}, descent={"starts": 50})
JOBS = plan_jobs(CONFIG)
LONG = small_sweep(landscape={"n": 9, "p": [3, 4]}, descent={"starts": 50})
"""Enough jobs that workers which die still have some to do."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    run_sweep(CONFIG, folder, control=Control(1))
    return folder


def engine(name: str) -> object:
    if name == "dask":
        pytest.importorskip("distributed")
    return choose_engine(name, {"local": None, "processes": 8, "dask": 2}[name])


class Counter(Quiet):
    """Counts the processes of a team; there must never be more of them than threads."""

    def __init__(self, team: object) -> None:
        super().__init__()
        self._team, self.most = team, 0

    def heard(self, event: Event) -> None:
        if isinstance(self._team, ProcessEngine):
            self.most = max(self.most, len(self._team.processes))


def assert_same(folder: Path, finished: Path, jobs: list[Job] = JOBS) -> None:
    assert sorted(os.listdir(folder)) == sorted(os.listdir(finished))
    assert_same_results(jobs, folder, finished)


def test_every_engine_is_tested() -> None:
    assert set(ENGINES) == {"local", "processes", "dask"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "most"), [("local", None), ("local", 17), ("processes", 17), ("dask", 17)]
)
def test_engines_and_splits_leave_no_trace(
    name: str, most: int | None, finished: Path, tmp_path: Path
) -> None:
    options = Options(engine=engine(name), part_starts=most)  # type: ignore[arg-type]
    quiet = Counter(options.engine)
    progress = run_sweep(CONFIG, tmp_path, options, control=Control(2, tell=quiet))
    assert quiet.most == (2 if name == "processes" else 0)
    assert len(progress.done) == len(JOBS) == len(quiet.outcomes)
    assert quiet.starts == 50 * len(JOBS)
    assert quiet.minima == sum(outcome.certified for outcome in progress.done) > 0
    assert not progress.stopped
    assert_same(tmp_path, finished)


@pytest.mark.parametrize(
    ("method", "nu"),
    [*product(["flow", "fast"], [0.0, 1.3]), slow("gd", 0.0), ("gd", 1.3)],
)
def test_a_start_does_not_know_its_company(method: str, nu: float) -> None:
    model = PSpin(9, 3, nu, 2)
    settings = {"start_seed": 5, "method": method, "tol": 1e-7, "max_gradients": 3000}
    together = descend(model, 23, **settings)
    for first, count in [(0, 1), (1, 9), (10, 13)]:
        alone = descend(model, count, first=first, **settings)
        for name in ("spins", "energy", "gradient_norm", "lambda_min", "status", "gradients"):
            expected = getattr(together, name)[first : first + count]
            assert getattr(alone, name).tobytes() == expected.tobytes(), name


@pytest.mark.slow
@pytest.mark.parametrize("name", ["local", slow("processes")])
def test_a_job_that_raises_is_named_and_the_rest_goes_on(
    name: str, finished: Path, tmp_path: Path
) -> None:
    (tmp_path / JOBS[0].file_name).symlink_to("/proc/0/result.nc")  # where nothing can be written
    options = Options(engine=engine(name))  # type: ignore[arg-type]
    quiet = Quiet()
    progress = run_sweep(CONFIG, tmp_path, options, control=Control(1, tell=quiet))
    assert [failure.job for failure in progress.failed] == [JOBS[0]]
    assert "cannot write to /proc/0" in progress.failed[0].words
    assert quiet.failures == [(JOBS[0], progress.failed[0].words)]
    assert len(progress.done) == len(JOBS) - 1
    (tmp_path / JOBS[0].file_name).unlink()
    assert len(run_sweep(CONFIG, tmp_path, control=Control(1)).done) == 1
    assert_same(tmp_path, finished)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["local", slow("processes")])
def test_every_engine_stops_at_a_border(name: str, finished: Path, tmp_path: Path) -> None:
    quiet = Quiet()
    options = Options(engine=engine(name), part_starts=25)  # type: ignore[arg-type]
    control = Control(1, stop=lambda: bool(quiet.outcomes), tell=quiet)
    progress = run_sweep(CONFIG, tmp_path, options, control=control)
    assert progress.stopped
    assert 1 <= len(progress.done) < len(JOBS)
    assert name != "local" or not list(tmp_path.rglob(".*"))
    run_sweep(CONFIG, tmp_path, control=Control(1))
    assert_same(tmp_path, finished)


def test_shards_share_the_work_and_need_not_talk(finished: Path, tmp_path: Path) -> None:
    begun, waiting = [], []
    for number in (3, 1, 2):
        quiet = Quiet()
        options = Options(part_starts=20, shard=(number, 3))
        account = run_sweep(CONFIG, tmp_path, options, control=Control(1, tell=quiet))
        begun.append(quiet.starts)
        waiting.append(account.waiting)
        assert (account.jobs, account.elsewhere) == (len(JOBS), 0)
        assert account.jobs_done == len(JOBS) - account.waiting
    assert waiting == [len(JOBS), len(JOBS), 0]
    assert sum(begun) == 50 * len(JOBS)
    assert min(begun) > 50 * len(JOBS) / 4
    assert_same(tmp_path, finished)
    with pytest.raises(InputError, match="4/3"):
        run_sweep(CONFIG, tmp_path, Options(shard=(4, 3)))


def test_a_time_limit_ends_at_a_border(finished: Path, tmp_path: Path) -> None:
    progress = run_sweep(CONFIG, tmp_path, control=Control(1, max_seconds=1e-9))
    assert progress.stopped
    assert progress.done == []


def test_nothing_is_begun_that_would_not_end_in_time(
    finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(ledger.time, "monotonic", lambda: now[0])
    account = ledger.Ledger(Control(max_seconds=60.0), Account(), finished)
    account.plan(dict.fromkeys(JOBS, 50))
    piece = Piece(JOBS[0], 0, 50)
    assert account.may_begin()
    account.began(piece)
    now[0] += 25.0
    account.ended(piece, None, "worker")
    assert account.may_begin()  # 35 s are left, the longest took 25
    now[0] += 11.0
    assert not account.may_begin()


def test_what_a_dead_worker_told_is_taken_back(finished: Path) -> None:
    quiet = Quiet()
    account = ledger.Ledger(Control(tell=quiet), Account(), finished)
    account.plan(dict.fromkeys(JOBS, 50))
    piece = Piece(JOBS[0], 0, 50)
    account.began(piece)
    account.advanced(piece, 30, 29)
    account.began(piece)
    assert (quiet.starts, quiet.minima) == (0, 0)
    account.advanced(piece, 10, 9)
    account.ended(piece, None, "worker")  # another run had done the rest
    assert (quiet.starts, quiet.minima) == (50, 9)


def test_threads_are_divided() -> None:
    assert divide(8, 3) == [3, 3, 2]
    assert divide(2, 8) == [1, 1]


def test_blas_keeps_to_the_threads_of_a_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def spying(*arguments: object) -> object:
        seen.extend(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")
        return distinct_minima(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "distinct_minima", spying)
    run_sweep(CONFIG, tmp_path, control=Control(1))
    assert set(seen) == {1}


def test_a_landscape_is_drawn_and_evaluated_by_the_threads_of_a_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def spying(*arguments: object, **settings: object) -> object:
        seen.append(thread_count())
        return descend(*arguments, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "descend", spying)
    run_sweep(CONFIG, tmp_path, control=Control(3))
    assert seen == [3] * len(JOBS)


@pytest.mark.slow
def test_two_runs_at_once_do_no_harm(finished: Path, tmp_path: Path) -> None:
    runs = [
        threading.Thread(
            target=run_sweep,
            args=(CONFIG, tmp_path, Options(part_starts=most)),
            kwargs={"control": Control(1)},
        )
        for most in (None, 13, 20)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    run_sweep(CONFIG, tmp_path, control=Control(1))
    assert_same(tmp_path, finished)


class Murderer(Quiet):
    """Kills a worker now and then."""

    def __init__(self, team: ProcessEngine, murders: int) -> None:
        super().__init__()
        self._team, self._left = team, murders

    def heard(self, event: Event) -> None:
        if event.kind == "finished" and self._left and self._team.processes:
            self._left -= 1
            os.kill(self._team.processes[0], signal.SIGKILL)


@pytest.mark.slow
def test_killed_workers_are_replaced(tmp_path: Path) -> None:
    team = ProcessEngine(2)
    options = Options(engine=team, part_starts=20)
    reporter = Murderer(team, 2)
    alive, dying = tmp_path / "alive", tmp_path / "dying"
    run_sweep(LONG, alive, control=Control(1))
    progress = run_sweep(LONG, dying, options, control=Control(2, tell=reporter))
    assert reporter._left == 0
    assert progress.failed == []
    assert team.processes == []
    run_sweep(LONG, dying, control=Control(1))  # sweeps up what the dead have left
    assert_same(dying, alive, plan_jobs(LONG))


@pytest.mark.slow
def test_parts_of_an_interrupted_run_are_used_by_any_other(finished: Path, tmp_path: Path) -> None:
    quiet = Quiet()
    control = Control(1, stop=lambda: quiet.starts >= 30, tell=quiet)
    assert run_sweep(CONFIG, tmp_path, Options(part_starts=20), control=control).stopped
    assert len(list(part_folder(JOBS[0], tmp_path).glob("*.nc"))) == 2
    again = Quiet()
    run_sweep(CONFIG, tmp_path, Options(part_starts=25), control=Control(1, tell=again))
    assert again.starts == 50 * len(JOBS) - 25  # the parts 0-16 and 16-33 hold 0-25
    assert_same(tmp_path, finished)


@pytest.mark.slow
def test_a_damaged_part_is_done_again(finished: Path, tmp_path: Path) -> None:
    quiet = Quiet()
    control = Control(1, stop=lambda: quiet.starts >= 30, tell=quiet)
    run_sweep(CONFIG, tmp_path, Options(part_starts=20), control=control)
    part = next(iter(part_folder(JOBS[0], tmp_path).glob("*.nc")))
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 4
    part.write_bytes(content)
    run_sweep(CONFIG, tmp_path, Options(part_starts=20), control=Control(1))
    assert_same(tmp_path, finished)


def test_a_split_covers_every_start_once() -> None:
    job = JOBS[0]
    for most in (1, 7, 49, 50, 51):
        pieces = split(job, most)
        assert [k for p in pieces for k in range(p.first, p.first + p.count)] == list(range(50))
        assert max(piece.count for piece in pieces) <= most
    parts = [(0, 20, Path("a")), (15, 40, Path("b"))]
    assert is_covered(Piece(job, 5, 35), parts)
    assert not is_covered(Piece(job, 5, 36), parts)
    assert not is_covered(Piece(job, 0, 30), parts[1:])


@pytest.mark.parametrize(("n", "p"), [(20, 3), (100, 3), (400, 3), (40, 5)])
def test_no_part_is_planned_longer_than_ten_minutes(n: int, p: int) -> None:
    job = Job(n, p, 0, 0.0, "", 10**6, 0, "flow", 1e-10, 10**5)
    assert part_starts(job) * seconds_per_start(n, p) <= max(PART_SECONDS, seconds_per_start(n, p))
    assert 2 * part_starts(job) * seconds_per_start(n, p) > PART_SECONDS


def test_wrong_engines_are_explained() -> None:
    with pytest.raises(InputError, match="local, processes, dask"):
        choose_engine("magic")
    with pytest.raises(InputError, match=r"where there is a scheduler, got .local."):
        choose_engine("local", scheduler="tcp://x:1")
    with pytest.raises(InputError, match="one worker"):
        choose_engine("local", 3)


class Boaster:
    """An engine that says of every piece that it is done; what it does is up to ``do``."""

    def __init__(self, do: Callable[[Piece, WorkSettings], Outcome | None]) -> None:
        self._do = do

    def run(self, pieces: Sequence[Piece], settings: WorkSettings, listener: Listener) -> None:
        for piece in pieces:
            listener.began(piece)
            listener.ended(piece, self._do(piece, settings), "worker a")
        listener.said("all done")


def test_no_engine_is_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "PATIENCE", 0.0)
    boaster = Boaster(lambda piece, settings: Outcome(settings.folder / "x", 50, 50, 1, -1.0))
    quiet = Quiet()
    progress = run_sweep(CONFIG, tmp_path, Options(engine=boaster), control=Control(tell=quiet))
    assert progress.done == quiet.outcomes == []
    assert len(progress.failed) == len(JOBS)
    assert progress.failed[0].words == (
        f"worker a has done it, but {tmp_path / JOBS[0].file_name} is missing: "
        "a worker must see the folder under the path that it has here"
    )
    assert [words.startswith("Not seen yet: worker a") for words in quiet.words] == [True, False]


def test_what_is_seen_late_counts(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def arrive(seconds: float) -> None:
        if seconds == 0.123:
            shutil.copytree(finished, tmp_path, dirs_exist_ok=True)

    monkeypatch.setattr(ledger, "_LOOK_EVERY", 0.123)
    monkeypatch.setattr(ledger.time, "sleep", arrive)
    boaster = Boaster(
        lambda piece, settings: Outcome(settings.folder / piece.job.file_name, 50, 50, 1, 0)
    )
    progress = run_sweep(CONFIG, tmp_path, Options(engine=boaster))
    assert progress.failed == []
    assert len(progress.done) == len(JOBS)


@pytest.mark.slow
def test_parts_that_nobody_has_merged_are_merged(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of workers who do not see each other's parts yet."""

    def blind(piece: Piece, settings: WorkSettings) -> Outcome | None:
        with monkeypatch.context() as patch:
            patch.setattr(work, "is_covered", lambda *_: False)
            return work.do_piece(piece, settings, lambda *_: None)

    options = Options(engine=Boaster(blind), part_starts=25)
    progress = run_sweep(CONFIG, tmp_path, options)
    assert len(progress.done) == len(JOBS)
    assert not progress.stopped
    assert_same(tmp_path, finished)


def test_a_worker_of_another_version_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def foreign(piece: Piece, settings: WorkSettings) -> Outcome | None:
        with monkeypatch.context() as patch:
            patch.setattr("spinglass.files.kind.package_versions", lambda: {"spinglass": "0.0"})
            return work.do_piece(piece, settings, lambda *_: None)

    monkeypatch.setattr(ledger, "PATIENCE", 0.0)
    progress = run_sweep(CONFIG, tmp_path, Options(engine=Boaster(foreign)))
    assert progress.done == []
    assert "is foreign: the worker has another version" in progress.failed[0].words


def test_workers_are_sent_an_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "PATIENCE", 0.0)
    monkeypatch.chdir(tmp_path)
    seen: set[Path] = set()

    def look(piece: Piece, settings: WorkSettings) -> None:
        seen.add(settings.folder)

    run_sweep(CONFIG, Path("out"), Options(engine=Boaster(look)))
    assert seen == {tmp_path / "out"}


SCRIPT = """
from pathlib import Path
from spinglass.control import Control
from spinglass.files.toml import check_tables
from spinglass.sweep import Options, SweepConfig, choose_engine, run_sweep
from tests.sweeps import small_sweep

options = Options(engine=choose_engine({name!r}, 2), part_starts=20)
run_sweep(small_sweep(), Path({folder!r}), options, control=Control(2))
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["processes", "dask"])
def test_an_unguarded_script_is_told_so_once(name: str, tmp_path: Path) -> None:
    if name == "dask":
        pytest.importorskip("distributed")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(name=name, folder=str(tmp_path / "out")))
    result = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.count("Traceback") == 1
    assert 'under  if __name__ == "__main__":  ' in result.stderr.splitlines()[-1]
    assert not list((tmp_path / "out").glob("*.nc"))


@pytest.mark.slow
def test_a_program_from_no_file_is_refused(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-"],
        input=SCRIPT.format(name="processes", folder=str(tmp_path / "out")),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stderr.count("Traceback") == 1
    assert "must import the program from a file" in result.stderr.splitlines()[-1]
    assert not (tmp_path / "out").exists()


def test_what_workers_warn_of_is_said_once() -> None:
    class Ears:
        def __init__(self) -> None:
            self.heard: list[str] = []

        def said(self, words: str) -> None:
            self.heard.append(words)

    ears, boss = Ears(), ProcessEngine(2)
    boss._said = set()
    for _ in range(2):
        ours, theirs = multiprocessing.Pipe()
        worker = processes._Worker(multiprocessing.Process(), ours, 1, Piece(JOBS[0], 0, 50))
        processes._PipeTeller(theirs).warning(
            SpinglassWarning("the cache is damaged"), SpinglassWarning
        )
        boss._hear(worker, ears)  # type: ignore[arg-type]
    assert ears.heard == ["Warning: the cache is damaged"]
