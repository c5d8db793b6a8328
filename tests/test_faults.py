"""Kills, full disks, limits: nothing finished is lost, nothing half-written is read as whole.

The short form runs with the other tests; ``make faults`` sets SPINGLASS_LONG for the long one.
"""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from spinglass.sweep import load_sweep, plan_jobs, run_sweep
from spinglass.sweep.state import sealed_attributes
from tests.sweeps import Quiet, assert_same_results

LONG = bool(os.environ.get("SPINGLASS_LONG"))
JOBS, KILLS = (40, 50) if LONG else (8, 3)
SPINGLASS = [sys.executable, "-c", "from spinglass_cli.main import main; main()"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "sweep.toml"
    path.write_text(
        f"[landscape]\nn = 16\nseeds = {{range = [0, {JOBS // 2}]}}\n"
        "[field]\nnu = [0.0, 0.7]\n[descent]\nstarts = 200\n"
    )
    return path


def command(config: Path, folder: Path, *more: str) -> list[str]:
    return [*SPINGLASS, "sweep", str(config), "--out", str(folder), "--threads", "1", *more]


def children(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task/{process}/children")
    try:
        return [int(word) for word in found.read_text().split()]
    except OSError:
        return []


def assert_finished_like_an_uninterrupted_run(config: Path, folder: Path, other: Path) -> None:
    run_sweep(load_sweep(config), other, Quiet(), threads=1)
    assert_same_results(plan_jobs(load_sweep(config)), folder, other)
    assert not (folder / "parts").exists()
    assert not list(folder.glob(".*"))


def assert_nothing_half_written_has_a_name(folder: Path) -> None:
    for path in [*folder.glob("*.nc"), *folder.glob("parts/*/[!.]*.nc")]:
        try:
            sealed_attributes(path, "job")
        except FileNotFoundError:
            continue  # merged and removed by an orphan meanwhile


@pytest.mark.slow
def test_killed_at_random_moments_and_finished(config: Path, tmp_path: Path) -> None:
    """SIGKILL of workers and of the client, by turns; then one run to the end."""
    moments = random.Random(1)
    folder = tmp_path / "out"
    words = command(config, folder, "--workers", "2", "--part-starts", "70")
    kept: set[str] = set()
    killed = 0
    while killed < KILLS:
        client = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(moments.uniform(0.5, 6.0))
            team = children(client.pid)
            if moments.random() < 0.5 and team and client.poll() is None:
                os.kill(moments.choice(team), signal.SIGKILL)
                killed += 1
                time.sleep(moments.uniform(0.0, 2.0))
            killed += client.poll() is None
        finally:
            client.kill()
            client.wait()
        assert_nothing_half_written_has_a_name(folder)
        there = {path.name for path in folder.glob("*.nc")}
        assert kept <= there
        kept = there
        if len(kept) == JOBS and killed < KILLS:  # all done early: make room for more murders
            for path in folder.glob("*.nc"):
                path.unlink()
            kept = set()
    end = subprocess.run(words, capture_output=True, text=True, check=False, timeout=600)
    assert end.returncode == 0, end.stdout + end.stderr
    assert_finished_like_an_uninterrupted_run(config, folder, tmp_path / "other")


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
    run_sweep(load_sweep(config), folder, Quiet(), threads=1)
    assert_finished_like_an_uninterrupted_run(config, folder, tmp_path / "other")


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
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 3
    assert "run the same command again" in out
    assert not list(folder.rglob("*.part"))
    assert_nothing_half_written_has_a_name(folder)


def test_a_time_limit_and_a_failed_job_on_the_command_line(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    limited = command(config, folder, "--time-limit", "0s")
    assert subprocess.run(limited, check=False, capture_output=True).returncode == 3
    job = plan_jobs(load_sweep(config))[1]
    (folder / job.file_name).mkdir()
    failed = subprocess.run(command(config, folder), check=False, capture_output=True, text=True)
    assert failed.returncode == 1
    assert f"FAILED {job.file_name}" in failed.stdout
    assert f"{JOBS - 1} done now" in failed.stdout
    events = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert [event["event"] for event in events].count("finished") == JOBS - 1
    assert [event["file"] for event in events if event["event"] == "failed"] == [job.file_name]
    (folder / job.file_name).rmdir()
    assert subprocess.run(command(config, folder), check=False).returncode == 0
    assert_finished_like_an_uninterrupted_run(config, folder, tmp_path / "other")
