"""After `spinglass warmup` no command compiles anything."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from spinglass_cli.main import cli

SWEEP = """
[landscape]
n = 6
[field]
nu = [0.0, 3.0]
[descent]
starts = 20
[figure]
draw = ["trivialization"]
"""
COMMANDS = {
    "run": ["run {good} --out {new}/run --workers 2"],
    "sample": [
        "sample --n 7 --starts 30 --out {new}/sample.nc",
        "sample --n 6 --p 4 --starts 70 --method strict --threads 2 --out {new}/strict.nc",
        "sample --n 6 --p 2 --nu 1 --method fast --starts 9 --out {new}/fast.nc",
        "sample --n 6 --method gd --tol 1e-3 --starts 9 --out {new}/gd.nc",
    ],
    "census": ["census --n 6 --out {new}/minima.json", "census --n 7 --p 4 --nu 0.5"],
    "points": [
        "points --n 4",
        "points --n 3 --p 4 --nu 0.5 --complex",
        "points --n 3 --mixture 2:1,3:1",
    ],
    "connect": ["connect --n 6 --out {new}/graph.json", "connect --n 5 --p 4 --nu 0.3"],
    "validate": [
        "validate --n 4 --samples 2",
        "validate --n 3 --method homotopy --samples 2",
        "validate --n 6 --minima --samples 2 --threads 2",
    ],
    "follow": ["follow --n 6 --fields 3", "follow --n 5 --p 4 --fields 2 --proven"],
    "anneal": ["anneal --n 6 --samples 2 --starts 20"],
    "sweep": ["sweep {good} --out {new}/sweep", "sweep {good} --out {new}/none --dry-run"],
    "inherent": ["inherent --n 6 --temperatures 0.85 --samples 2 --out {new}/inherent"],
    "status": ["status {new}/run"],
    "verify": ["verify {new}/run --share 1", "verify {new}/graph.json"],
    "export": ["export {new}/run {new}/table.csv"],
    "show": ["show {new}/run"],
    "figure": [
        "figure layers --n 6 --searches 64 --out {new}/layers",
        "figure landscape {new}/run",
        "figure disconnectivity {new}/graph.json",
    ],
    "report": ["report {new}/run --out {new}/report.html"],
    "demo": [],
    "check": ["check --n 6 --p 4 --nu 1"],
    "bench": [],
    "theory": ["theory counts --n 6"],
    "network": [],
    "table": [],
    "train": [],
    "config": ["config list"],
    "warmup": [],
}
"""Bench takes a minute whatever its options; demo is a sweep; the networks have no kernels."""

MEASURED = """
import json, sys
from numba.core import event
from spinglass_cli.main import cli
compiled = []
class Listener(event.Listener):
    def on_start(self, event):
        compiled.append(event.data["dispatcher"].py_func.__qualname__)
    def on_end(self, event):
        pass
with event.install_listener("numba:compile", Listener()):
    for words in json.loads(sys.argv[1]):
        code = cli.main(words, prog_name="spinglass", standalone_mode=False)
        assert not code, (words, code)
print(json.dumps(compiled))
"""


@pytest.mark.slow
def test_after_a_warmup_no_command_compiles(tmp_path: Path) -> None:
    assert set(COMMANDS) == set(cli.commands)
    good = tmp_path / "good.toml"
    good.write_text(SWEEP)
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    warmed = subprocess.run(
        [sys.executable, "-m", "spinglass", "warmup"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    steps = re.findall(r"^  (.*): [0-9.]+ s$", warmed.stderr, re.MULTILINE)
    assert len(steps) >= 9
    assert len(set(steps)) == len(steps)
    assert warmed.stdout.startswith("Every kernel is compiled: ")
    before = sorted((tmp_path / "cache").rglob("*.nb?"))
    lines = [
        line.format(good=good, new=tmp_path).split() for use in COMMANDS.values() for line in use
    ]
    measured = subprocess.run(
        [sys.executable, "-c", MEASURED, json.dumps(lines)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert measured.returncode == 0, measured.stderr
    assert json.loads(measured.stdout.splitlines()[-1]) == []
    assert sorted((tmp_path / "cache").rglob("*.nb?")) == before
