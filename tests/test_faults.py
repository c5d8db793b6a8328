"""Kills, full disks, limits: nothing finished is lost, nothing half-written is read as whole.

The short form runs with the other tests; ``make faults`` sets SPINGLASS_LONG for the long one.
"""

import contextlib
import hashlib
import json
import os
import re
import resource
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from spinglass.control import Control
from spinglass.errors import InputError
from spinglass.files.store import read_attributes
from spinglass.sweep import load_sweep, plan_jobs, run_sweep
from spinglass_cli.main import main
from tests.sweeps import assert_same_results

LONG = bool(os.environ.get("SPINGLASS_LONG"))
SPINGLASS = [sys.executable, "-c", "from spinglass_cli.main import main; main()"]
TEXT = """
[landscape]
n = 16
seeds = {range = [0, 4]}
[field]
nu = [0.0, 0.7]
[descent]
starts = 200
"""
JOBS = 8


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "sweep.toml"
    path.write_text(TEXT)
    return path


def command(config: Path, folder: Path, *more: str, threads: int = 1) -> list[str]:
    words = ["sweep", str(config), "--out", str(folder), "--threads", str(threads)]
    return [*SPINGLASS, *words, *more]


def assert_finished_like_an_uninterrupted_run(
    config: Path, folder: Path, other: Path, threads: int = 1
) -> None:
    run_sweep(load_sweep(config), other, control=Control(threads))
    assert_same_results(plan_jobs(load_sweep(config)), folder, other)
    assert not (folder / "parts").exists()
    assert not list(folder.glob(".*"))


def assert_nothing_half_written_has_a_name(folder: Path) -> None:
    for path in [*folder.glob("*.nc"), *folder.glob("parts/*/[!.]*.nc")]:
        try:
            read_attributes(path)
        except InputError:
            continue  # merged and removed by an orphan meanwhile


@dataclass(frozen=True)
class Siege:
    """How large a sweep is interrupted how often, how long (s) after the last kill or news."""

    jobs: int
    n: int
    p: int
    starts: int
    part_starts: int
    kills: int
    lives: float


SIEGE = Siege(40, 50, 4, 800, 50, 50, 1.0) if LONG else Siege(8, 24, 3, 2000, 200, 3, 0.3)


def workers_of(client: int) -> list[int]:
    """The processes that a client has started to work, without multiprocessing's bookkeeper."""
    found = []
    with contextlib.suppress(OSError):
        for word in Path(f"/proc/{client}/task/{client}/children").read_text().split():
            with contextlib.suppress(OSError):
                if b"spawn_main" in Path(f"/proc/{word}/cmdline").read_bytes():
                    found.append(int(word))
    return found


def wait_for(client: subprocess.Popen[bytes], happened: Callable[[], object]) -> None:
    while client.poll() is None and not happened():
        time.sleep(0.01)


def a_moment_passes(client: subprocess.Popen[bytes], folder: Path, random: Random) -> None:
    """Sleep for a random time, in three cases of four from when something new is on the disk."""
    if random.random() < 0.75:
        before = set(folder.rglob("[!.]*.nc"))
        wait_for(client, lambda: set(folder.rglob("[!.]*.nc")) - before)
    time.sleep(random.uniform(0.0, SIEGE.lives))


def contents(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.nc")
    }


@pytest.mark.slow
def test_killed_at_random_moments_and_finished(tmp_path: Path) -> None:
    """SIGKILL of workers and clients at random moments of one sweep; then one run to the end."""
    config, folder = tmp_path / "siege.toml", tmp_path / "out"
    config.write_text(
        f"[landscape]\nn = {SIEGE.n}\np = {SIEGE.p}\nseeds = {{range = [0, {SIEGE.jobs // 2}]}}\n"
        f"[field]\nnu = [0.0, 0.7]\n[descent]\nstarts = {SIEGE.starts}\n"
    )
    words = command(
        config, folder, "--workers", "2", "--part-starts", str(SIEGE.part_starts), threads=2
    )
    random = Random(1)
    kept: dict[str, str] = {}
    workers = clients = 0
    while workers + clients < SIEGE.kills:
        client = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(random.choice([0, 1, 2])):
                a_moment_passes(client, folder, random)
                wait_for(client, lambda: workers_of(client.pid))  # noqa: B023
                for worker in workers_of(client.pid)[: random.choice([1, 1, 2])]:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(worker, signal.SIGKILL)
                        workers += 1
            a_moment_passes(client, folder, random)
            if client.poll() is not None:
                assert not LONG, "the sweep was finished before it could be interrupted"
                break
            clients += 1
        finally:
            client.kill()
            client.wait()
        assert_nothing_half_written_has_a_name(folder)
        now = contents(folder)
        assert now.items() >= kept.items()
        kept = now
    assert workers + clients > 0
    end = subprocess.run(words, capture_output=True, text=True, check=False, timeout=900)
    assert end.returncode == 0, end.stdout + end.stderr
    before = re.search(r"(\d+) before", end.stdout)
    assert before
    assert int(before[1]) >= len(kept)  # more where a worker outlived its client by a piece
    assert contents(folder).items() >= kept.items()
    assert_finished_like_an_uninterrupted_run(config, folder, tmp_path / "other", threads=2)
    print(
        f"{workers} workers and {clients} clients killed, {before[1]} of {SIEGE.jobs} jobs done "
        "before the last run: 0 lost, 0 half-written, all data as in an uninterrupted run"
    )


@pytest.mark.slow
def test_a_full_disk_is_said_and_resumed(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"

    def small_files_only() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    full = subprocess.run(
        command(config, folder),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=small_files_only,
        timeout=120,
    )
    assert full.returncode == 1, full.stdout + full.stderr
    assert "cannot write" in full.stderr
    assert "File too large" in full.stderr
    assert "Traceback" not in full.stderr
    assert list(folder.glob("*.nc")) == list(folder.glob(".*")) == []
    run_sweep(load_sweep(config), folder, control=Control(1))
    assert_finished_like_an_uninterrupted_run(config, folder, tmp_path / "other")


@pytest.mark.slow
def test_a_full_file_system_is_said_and_resumed(config: Path, tmp_path: Path) -> None:
    """A file system of its own, too small for all jobs; then it grows."""
    disk = tmp_path / "disk"
    disk.mkdir()
    run = shlex.join(command(config, disk / "out", "--workers", "2", threads=2))
    script = f"""
        mount -t tmpfs -o size=300k tmpfs {disk} || exit 77
        {run}; echo code $?
        ls -A {disk}/out; echo end of list
        mount -o remount,size=64m {disk}
        {run}; echo code $?
        cp -r {disk}/out {tmp_path}/saved
    """
    inside = ["unshare", "--mount", "--map-root-user", "sh", "-c", script]
    try:
        ran = subprocess.run(inside, capture_output=True, text=True, check=False, timeout=300)
    except FileNotFoundError:
        pytest.skip("no unshare here")
    if "code" not in ran.stdout:
        pytest.skip(f"no mount of its own allowed here: {ran.stderr.strip()}")
    first, _, rest = ran.stdout.partition("code ")
    assert rest.startswith("1\n"), ran.stdout + ran.stderr
    assert "No space left on device" in ran.stderr
    assert "Traceback" not in ran.stderr
    listed = rest.partition("end of list")[0].splitlines()
    assert not [name for name in listed if name.endswith(".part")]
    done = [name for name in listed if name.endswith(".nc")]
    assert 0 < len(done) < JOBS
    assert f"{len(done)} of {JOBS} jobs are done" in first
    assert f"{JOBS - len(done)} done now, {len(done)} before" in rest
    assert_finished_like_an_uninterrupted_run(config, tmp_path / "saved", tmp_path / "other")


@pytest.mark.slow
def test_two_commands_at_once_do_no_harm(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    both = [
        subprocess.Popen(command(config, folder, "--part-starts", most), stdout=subprocess.DEVNULL)
        for most in ("70", "200")
    ]
    try:
        assert [each.wait(timeout=300) for each in both] == [0, 0]
    finally:
        for each in both:
            each.kill()
            each.wait()
    assert subprocess.run(command(config, folder), check=False).returncode == 0
    assert_finished_like_an_uninterrupted_run(config, folder, tmp_path / "other")


@pytest.mark.slow
def test_sigterm_ends_at_a_border(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    config.write_text(config.read_text().replace("200", "20000"))
    words = command(config, folder, "--part-starts", "100")
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        while not list(folder.glob("parts/*/*.nc")):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=300)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 3
    assert "run the same command again" in out
    assert not list(folder.rglob("*.part"))
    assert_nothing_half_written_has_a_name(folder)


def exit_code(config: Path, folder: Path, *more: str) -> object:
    """Run the command of `command` in this process."""
    with pytest.raises(SystemExit) as end:
        main(command(config, folder, *more)[len(SPINGLASS) :])
    return end.value.code or 0


@pytest.mark.slow
def test_a_time_limit_and_a_failed_job_on_the_command_line(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    assert exit_code(config, folder, "--time-limit", "0s") == 3
    capsys.readouterr()
    job = plan_jobs(load_sweep(config))[1]
    (folder / job.file_name).symlink_to("/proc/0/result.nc")  # where nothing can be written
    assert exit_code(config, folder) == 1
    said = capsys.readouterr().out
    assert f"FAILED {job.file_name}" in said
    assert f"{JOBS - 1} done now" in said
    events = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert [event["event"] for event in events].count("finished") == JOBS - 1
    assert [event["file"] for event in events if event["event"] == "failed"] == [job.file_name]
    (folder / job.file_name).unlink()
    assert exit_code(config, folder) == 0
    assert_finished_like_an_uninterrupted_run(config, folder, tmp_path / "other")
