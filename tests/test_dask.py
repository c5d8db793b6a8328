"""Dask: workers, scheduler or client die; nothing finished is lost, the numbers are the same."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

pytest.importorskip("distributed")

import distributed
from distributed.comm import CommClosedError

from spinglass.control import Control
from spinglass.errors import InputError, SpinglassError, StorageError
from spinglass.sweep import Account, Event, Options, choose_engine, ledger, plan_jobs, run_sweep
from spinglass.sweep.engines import dask
from spinglass.sweep.engines.dask import DaskEngine
from tests.sweeps import Quiet, assert_same_results, small_sweep

CONFIG = small_sweep(landscape={"n": 12, "seeds": [0, 1, 2, 3]}, descent={"starts": 100})
JOBS = plan_jobs(CONFIG)
PYTHON = [sys.executable, "-m"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    run_sweep(CONFIG, folder, control=Control(1))
    return folder


@contextmanager
def running(*words: str, folder: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    command = words if words[0] == "unshare" else [*PYTHON, *words]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=folder)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as there:
        there.bind(("127.0.0.1", 0))
        port: int = there.getsockname()[1]
        return port


@contextmanager
def scheduler() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = str(free_port())
    words = ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port]
    with running(*words, "--no-dashboard") as process:
        yield f"tcp://127.0.0.1:{port}", process


def worker(address: str) -> list[str]:
    # A nanny would be one process more to start for every worker.
    words = ["distributed.cli.dask_worker", address, "--nthreads", "1"]
    return [*words, "--no-dashboard", "--no-nanny"]


class Murderer(Quiet):
    """Kills workers of a cluster when the first jobs have ended."""

    def __init__(self, engine: DaskEngine, murders: int) -> None:
        super().__init__()
        self._engine, self._murders = engine, murders
        self.killed: list[int] = []

    def heard(self, event: Event) -> None:
        if event.kind == "finished" and len(self.killed) < self._murders:
            # A worker killed a moment ago may still be asked, and cannot answer.
            asked = self._engine.client.run(os.getpid, on_error="ignore")
            victim = min(set(asked.values()) - set(self.killed))
            os.kill(victim, signal.SIGKILL)
            self.killed.append(victim)


@pytest.mark.slow
def test_two_of_four_workers_killed(finished: Path, tmp_path: Path) -> None:
    engine = choose_engine("dask", 4)
    assert isinstance(engine, DaskEngine)
    reporter = Murderer(engine, 2)
    options = Options(engine=engine, part_starts=25)
    progress = run_sweep(CONFIG, tmp_path, options, control=Control(4, tell=reporter))
    assert len(reporter.killed) == 2
    assert progress.failed == []
    assert len(progress.done) == len(JOBS)
    assert reporter.starts == 100 * len(JOBS)
    assert_same_results(JOBS, tmp_path, finished)


class Thief(Quiet):
    """Takes the answers away that a cluster still owes, as the death of their workers may do."""

    def __init__(self, engine: DaskEngine, thefts: int) -> None:
        super().__init__()
        self._engine, self._thefts = engine, thefts
        self.stolen = 0

    def heard(self, event: Event) -> None:
        if event.kind == "advanced" and self._thefts:
            client = self._engine.client
            owed = [distributed.Future(key, client) for key in client.futures]
            client.cancel(owed)
            self._thefts -= 1
            self.stolen += len(owed)


@pytest.mark.slow
def test_lost_answers_are_asked_for_again(finished: Path, tmp_path: Path) -> None:
    engine = choose_engine("dask", 1)
    assert isinstance(engine, DaskEngine)
    thief = Thief(engine, 2)
    options = Options(engine=engine, part_starts=25)
    progress = run_sweep(CONFIG, tmp_path, options, control=Control(1, tell=thief))
    assert thief.stolen > 2
    assert progress.failed == []
    assert thief.starts == 100 * len(JOBS)
    assert_same_results(JOBS, tmp_path, finished)


@pytest.mark.slow
def test_answers_lost_without_end_are_a_failure(tmp_path: Path) -> None:
    engine = choose_engine("dask", 1)
    assert isinstance(engine, DaskEngine)

    def always_lost(*_: object, **__: object) -> object:
        raise CancelledError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distributed.Future, "exception", always_lost)
        progress = run_sweep(CONFIG, tmp_path, Options(engine=engine), control=Control(1))
    assert len(progress.failed) == len(JOBS)
    assert "workers died with its answer" in progress.failed[0].words


@pytest.mark.slow
def test_a_scheduler_that_dies_between_two_questions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> object:
        raise CommClosedError

    monkeypatch.setattr(distributed.Client, "nthreads", gone)
    with pytest.raises(SpinglassError, match="scheduler is gone"):
        run_sweep(CONFIG, tmp_path, Options(engine=choose_engine("dask", 1)))


class Sniper(Quiet):
    """Kills one process when the first job has ended."""

    def __init__(self, victim: subprocess.Popen[bytes]) -> None:
        super().__init__()
        self._victim = victim

    def heard(self, event: Event) -> None:
        if event.kind == "finished":
            self._victim.kill()


@pytest.mark.slow
def test_the_scheduler_killed(finished: Path, tmp_path: Path) -> None:
    with scheduler() as (address, process), running(*worker(address)):
        sniper = Sniper(process)
        options = Options(engine=choose_engine(scheduler=address), part_starts=25)
        with pytest.raises(SpinglassError, match="scheduler is gone"):
            run_sweep(CONFIG, tmp_path, options, control=Control(tell=sniper))
    assert sniper.outcomes
    done = {outcome.path: outcome.path.read_bytes() for outcome in sniper.outcomes}
    run_sweep(CONFIG, tmp_path, control=Control(1))
    assert all(path.read_bytes() == content for path, content in done.items())
    assert_same_results(JOBS, tmp_path, finished)


@pytest.mark.slow
def test_the_client_killed_and_started_again(finished: Path, tmp_path: Path) -> None:
    config, folder = tmp_path / "sweep.toml", tmp_path / "out"
    config.write_text(
        "[landscape]\nn = 12\nseeds = [0, 1, 2, 3]\n[field]\nnu = [0.0, 0.7]\n"
        "[descent]\nstarts = 100\n"
    )
    code = "from spinglass_cli.main import main; main()"
    with scheduler() as (address, _), running(*worker(address)):
        words = ["sweep", str(config), "--out", str(folder), "--scheduler", address]
        command = [sys.executable, "-c", code, *words, "--part-starts", "25"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as client:
            while not list(folder.glob("n*.nc")):
                assert client.poll() is None
                time.sleep(0.02)
            client.kill()
        kept = {path: path.read_bytes() for path in folder.glob("n*.nc")}
        again = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert again.returncode == 0, again.stderr
    assert kept
    assert all(path.read_bytes() == content for path, content in kept.items())
    assert_same_results(JOBS, folder, finished)


@pytest.mark.slow
def test_a_scheduler_without_workers_is_waited_for(finished: Path, tmp_path: Path) -> None:
    with scheduler() as (address, _), ExitStack() as later:

        class Employer(Quiet):
            def heard(self, event: Event) -> None:
                if event.kind == "said":
                    later.enter_context(running(*worker(address)))

        employer = Employer()
        options = Options(engine=choose_engine(scheduler=address))
        account = run_sweep(CONFIG, tmp_path, options, control=Control(tell=employer))
        assert len(account.done) == len(JOBS)
        assert employer.words == ["The scheduler has no workers yet; waiting for one."]
    assert_same_results(JOBS, tmp_path, finished)


def test_nobody_at_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask, "_ANSWER_WITHIN", 0.5)
    engine = choose_engine(scheduler=f"tcp://127.0.0.1:{free_port()}")
    with pytest.raises(InputError, match=r"scheduler 'tcp://127.*does not answer"):
        run_sweep(CONFIG, tmp_path, Options(engine=engine))


ASTRAY = """
from dataclasses import replace
from pathlib import Path
from spinglass.sweep.engines import dask
from spinglass.sweep.work import do_piece

dask.do_piece = lambda piece, order, told: do_piece(
    piece, replace(order, folder=Path({elsewhere!r})), told
)
"""
"""What a worker that sees another disk under the same path does."""


def astray(address: str, folder: Path) -> list[str]:
    preload = folder / "astray.py"
    preload.write_text(ASTRAY.format(elsewhere=str(folder / "elsewhere")))
    return [*worker(address), "--preload", str(preload)]


@pytest.mark.slow
def test_workers_in_other_folders_write_where_the_user_looks(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("here", "one", "two"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with scheduler() as (address, _), ExitStack() as workers:
        for name in ("one", "two"):
            workers.enter_context(running(*worker(address), folder=tmp_path / name))
        options = Options(engine=choose_engine(scheduler=address), part_starts=50)
        progress = run_sweep(CONFIG, Path("out"), options)
    assert progress.failed == []
    assert len(progress.done) == len(JOBS)
    assert_same_results(JOBS, tmp_path / "here" / "out", finished)
    assert os.listdir(tmp_path / "one") == os.listdir(tmp_path / "two") == []


@pytest.mark.slow
def test_a_worker_that_sees_another_disk_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where jobs are done whole, and where they are done in parts."""
    monkeypatch.setattr(ledger, "PATIENCE", 0.0)
    with scheduler() as (address, _), running(*astray(address, tmp_path), "--name", "stray"):
        for out, most in ((tmp_path / "whole", None), (tmp_path / "parts", 25)):
            quiet = Quiet()
            options = Options(engine=choose_engine(scheduler=address), part_starts=most)
            progress = run_sweep(CONFIG, out, options, control=Control(tell=quiet))
            assert_the_stray_is_named(progress, quiet, out)


def assert_the_stray_is_named(progress: Account, quiet: Quiet, out: Path) -> None:
    assert progress.done == []
    assert [failure.job for failure in progress.failed] == [job for job, _ in quiet.failures]
    assert {failure.job for failure in progress.failed} == set(JOBS)
    words = progress.failed[0].words
    assert words.startswith("worker stray on ")
    assert re.search(rf"but {re.escape(str(out))}/\S+\.nc is missing: a worker must see", words)
    assert len(quiet.words) <= 2  # one that waits for a worker, one a worker


@pytest.mark.slow
def test_only_what_is_seen_is_claimed(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an honest worker and one with a disk of its own."""
    monkeypatch.setattr(ledger, "PATIENCE", 0.0)
    out = tmp_path / "out"
    with scheduler() as (address, _), ExitStack() as workers:
        workers.enter_context(running(*worker(address)))
        workers.enter_context(running(*alone(address, out, tmp_path), "--name", "stray"))
        wait_for_workers(address, 2)
        options = Options(engine=choose_engine(scheduler=address))
        progress = run_sweep(CONFIG, out, options)
    done = {outcome.path for outcome in progress.done}
    assert done == set(out.glob("n*.nc"))
    assert len(progress.done) + len(progress.failed) == len(JOBS)
    assert progress.failed
    assert all("worker stray on " in failure.words for failure in progress.failed)
    monkeypatch.undo()
    again = run_sweep(CONFIG, out, control=Control(1))
    assert (again.already, len(again.done)) == (len(progress.done), len(progress.failed))
    assert_same_results(JOBS, out, finished)


def alone(address: str, out: Path, folder: Path) -> list[str]:
    """A worker with a mount of its own over the folder, or one like it where that is forbidden."""
    out.mkdir()
    private = f"mount -t tmpfs none {shlex.quote(str(out))}"
    if subprocess.run(["unshare", "-m", "sh", "-c", private], capture_output=True).returncode:
        return astray(address, folder)
    words = shlex.join([*PYTHON, *worker(address)])
    return ["unshare", "-m", "sh", "-c", f'{private} && exec {words} "$@"', "sh"]


FULL = """
from spinglass.errors import StorageError
from spinglass.sweep.engines import dask

def full(piece, order, told):
    raise StorageError("cannot write there: No space left on device")

dask.do_piece = full
"""
"""What a worker whose own disk is full does."""


def full_worker(address: str, folder: Path, name: str) -> list[str]:
    preload = folder / "full.py"
    preload.write_text(FULL)
    return [*worker(address), "--preload", str(preload), "--name", name]


@pytest.mark.slow
def test_a_worker_without_room_is_named_and_the_others_go_on(
    finished: Path, tmp_path: Path
) -> None:
    quiet, out = Quiet(), tmp_path / "out"
    with scheduler() as (address, _), ExitStack() as workers:
        workers.enter_context(running(*full_worker(address, tmp_path, "narrow")))
        workers.enter_context(running(*worker(address)))
        wait_for_workers(address, 2)
        options = Options(engine=choose_engine(scheduler=address), part_starts=50)
        progress = run_sweep(CONFIG, out, options, control=Control(tell=quiet))
    assert progress.failed == []
    assert len(progress.done) == len(JOBS)
    assert_same_results(JOBS, out, finished)
    assert [words.split(" on ")[0] for words in quiet.words] == [
        "No room, so it gets no more work: worker narrow"
    ]


@pytest.mark.slow
def test_where_no_worker_has_room_the_sweep_ends_and_names_them(tmp_path: Path) -> None:
    with scheduler() as (address, _), ExitStack() as workers:
        for name in ("narrow", "slim"):
            workers.enter_context(running(*full_worker(address, tmp_path, name)))
        wait_for_workers(address, 2)
        options = Options(engine=choose_engine(scheduler=address))
        with pytest.raises(StorageError, match="no worker has room for results") as caught:
            run_sweep(CONFIG, tmp_path / "out", options)
    for name in ("narrow", "slim"):
        assert f"worker {name} on " in str(caught.value)


class Leaving(Quiet):
    """Replaces the only worker that has room, once another is known to have none."""

    def __init__(self, leaver: subprocess.Popen[bytes], hire: Callable[[], object]) -> None:
        super().__init__()
        self._leaver, self._hire = leaver, hire

    def heard(self, event: Event) -> None:
        if event.kind == "finished" and self.words and self._leaver.poll() is None:
            self._hire()
            self._leaver.kill()


@pytest.mark.slow
def test_work_bound_to_workers_that_leave_is_given_to_newcomers(
    finished: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with scheduler() as (address, _), ExitStack() as workers:
        workers.enter_context(running(*full_worker(address, tmp_path, "narrow")))
        leaver = workers.enter_context(running(*worker(address)))
        wait_for_workers(address, 2)

        def hire() -> None:
            workers.enter_context(running(*worker(address)))
            wait_for_workers(address, 3)

        options = Options(engine=choose_engine(scheduler=address), part_starts=25)
        reporter = Leaving(leaver, hire)
        progress = run_sweep(CONFIG, out, options, control=Control(tell=reporter))
    assert leaver.poll() is not None
    assert progress.failed == []
    assert_same_results(JOBS, out, finished)


def wait_for_workers(address: str, count: int) -> None:
    with distributed.Client(address) as client:
        client.wait_for_workers(count)
