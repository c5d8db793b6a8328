"""What a sweep costs beside its descents, and what processes are worth against threads.

    python benchmarks/sweep_overhead.py

Jobs of about ten seconds of one core, n = 60, p = 4, by turns: bare descents on one thread, a sweep
in this process on one thread; then whole commands with all threads, ``--workers 1`` against
``--workers 2``, start-up of the interpreters included.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from spinglass import PSpin, descend
from spinglass.control import Control
from spinglass.files.toml import check_tables
from spinglass.parallel import thread_count
from spinglass.sweep import SweepConfig, plan_jobs, run_sweep, work

N, P, SECONDS, JOBS, TURNS = 60, 4, 10.0, 8, 3
SPINGLASS = [sys.executable, "-c", "from spinglass_cli.main import main; main()"]


def config(starts, jobs):
    """Return a sweep over so many landscapes."""
    tables = {
        "landscape": {"n": N, "p": P, "seeds": {"range": [0, jobs]}},
        "field": {"nu": 0.5},
        "descent": {"starts": starts},
    }
    return check_tables(tables, SweepConfig, "benchmark")


def starts_of_a_job():
    """Return how many starts take about ten seconds of one core."""
    model = PSpin(N, P, 0.5, 0)
    descend(model, 64, control=Control(1))
    began = time.perf_counter()
    descend(model, 512, control=Control(1))
    return round(512 * SECONDS / (time.perf_counter() - began))


def bare(jobs):
    """Return the seconds of the landscapes and descents alone."""
    began = time.perf_counter()
    for job in jobs:
        model = PSpin(job.n, job.orders, job.nu, job.seed)
        descend(model, job.starts, start_seed=job.start_seed, tol=job.tol, control=Control(1))
    return time.perf_counter() - began


def swept(sweep):
    """Return the seconds of a sweep in this process, and of the descents in it."""
    inside = []

    def timed(*arguments, **settings):
        began = time.perf_counter()
        found = descend(*arguments, **settings)
        inside.append(time.perf_counter() - began)
        return found

    work.descend = timed
    try:
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            run_sweep(sweep, Path(folder), control=Control(1))
            return time.perf_counter() - began, sum(inside)
    finally:
        work.descend = descend


def command(starts, workers):
    """Return the seconds of a whole command."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "sweep.toml"
        path.write_text(
            f"[landscape]\nn = {N}\np = {P}\nseeds = {{range = [0, {JOBS}]}}\n"
            f"[field]\nnu = 0.5\n[descent]\nstarts = {starts}\n"
        )
        words = ["sweep", str(path), "--out", place + "/out", "--workers", str(workers)]
        began = time.perf_counter()
        subprocess.run([*SPINGLASS, *words], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began


def line(name, values):
    """Print a median and its range."""
    print(f"{name}: {np.median(values):.2f} ({min(values):.2f} to {max(values):.2f})", flush=True)


def main():
    """Measure by turns and print medians."""
    starts = starts_of_a_job()
    sweep = config(starts, 1)
    print(f"n = {N}, p = {P}, {starts:,} starts a job, {thread_count()} threads")
    alone, whole, outside = [], [], []
    for _ in range(TURNS):
        alone.append(bare(plan_jobs(sweep)))
        total, inside = swept(sweep)
        whole.append(total)
        outside.append(100.0 * (total - inside) / inside)
    line("one job, bare, s", alone)
    line("one job in a sweep, s", whole)
    print(f"overhead, ratio of the medians: {np.median(whole) / np.median(alone) - 1.0:+.2%}")
    line("overhead, time of the sweep outside its descents, %", outside)
    threads, processes = [], []
    for _ in range(TURNS):
        threads.append(command(starts, 1))
        processes.append(command(starts, thread_count()))
    line(f"{JOBS} jobs, {thread_count()} threads, s", threads)
    line(f"{JOBS} jobs, --workers {thread_count()}, s", processes)
    print(f"processes / threads: {np.median(processes) / np.median(threads):.3f}")


if __name__ == "__main__":
    main()
