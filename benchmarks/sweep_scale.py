"""What a folder of a thousand finished jobs costs to look at, and ten thousand to plan.

    python benchmarks/sweep_scale.py [FOLDER] [JOBS]

Makes FOLDER (a temporary one without) with that many finished small jobs, n = 6 with 20 starts, and
measures whole commands, imports included: wall time, median of five, and peak memory.  FOLDER is
resumed where it stands.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

REPEATS = 5
SPINGLASS = [sys.executable, "-c", "from spinglass_cli.main import main; main()"]
TABLES = """
[landscape]
n = 6
seeds = {{range = [0, {seeds}]}}
[field]
nu = {{linspace = [0.0, 2.0, 10]}}
[descent]
starts = 20
"""


def run(*words):
    """Run a command; return its seconds, its peak memory in MB and what it printed."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([*SPINGLASS, *map(str, words)], stdout=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
        said.seek(0)
        return seconds, usage.ru_maxrss * 1024 / 1e6, said.read().decode(), process.returncode


def report(name, *words, code=0):
    """Print the median time and the largest memory of a command."""
    runs = [run(*words) for _ in range(REPEATS)]
    assert all(ended == code for *_, ended in runs), runs[0]
    seconds, memory = (np.array([each[k] for each in runs]) for k in (0, 1))
    print(
        f"{name}: {np.median(seconds):.2f} s ({seconds.min():.2f} to {seconds.max():.2f}), "
        f"{memory.max():.0f} MB at most",
        flush=True,
    )


def measure(place, jobs):
    """Make the folders and measure."""
    config, folder = place / "scale.toml", place / "scale"
    config.write_text(TABLES.format(seeds=jobs // 10))
    seconds, _, said, _ = run("sweep", config, "--out", folder)
    print(f"{said.splitlines()[-1]} in {seconds:.0f} s", flush=True)
    report(f"status of {jobs:,} jobs", "status", folder)
    report(f"status of {jobs:,} jobs as JSON", "status", folder, "--json")
    report(f"summary of {jobs:,} jobs to CSV", "export", folder, place / "summary.csv")
    report(f"summary of {jobs:,} jobs to NetCDF", "export", folder, place / "summary.nc")
    report(f"running {jobs:,} finished jobs again", "sweep", config, "--out", folder)
    config.write_text(TABLES.format(seeds=1000))
    words = ("sweep", config, "--out", place / "plan", "--time-limit", "0s")
    report("10,000 jobs planned, stopped before the first", *words, code=3)
    report("10,000 jobs listed by --dry-run", *words[:-2], "--dry-run")


def main():
    """Measure in the folder that is asked for."""
    jobs = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    if len(sys.argv) > 1:
        Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
        measure(Path(sys.argv[1]), jobs)
        return
    with tempfile.TemporaryDirectory() as place:
        measure(Path(place), jobs)


if __name__ == "__main__":
    main()
