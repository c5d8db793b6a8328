"""The fast tests in every environment that users may have: each Python, newest and oldest packages.

``python -m tests.matrix`` makes the environments in build/matrix with uv, runs pytest in each and
prints a table; ``python -m tests.matrix tests/test_census.py`` runs other tests than `SMOKE`.
``PYTHONS="3.13 3.14"`` in the environment tries these alone.  A Python that is not on this machine
is skipped with a line.  "newest" is what the package index serves today, "oldest" the lowest
version of every requirement that setup.cfg allows and that was built for this Python: nothing but
spinglass is built here.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACE = ROOT / "build" / "matrix"
UV = Path(sys.executable).parent / "uv"

PYTHONS = os.environ.get("PYTHONS", "3.11 3.12 3.13 3.14").split()
EXTRAS = "test,cluster,report"
SHOWN = ("numpy", "numba", "scipy", "matplotlib", "scikit-learn", "xarray", "dask")

SMOKE = (
    "tests/theory/test_command_line.py",
    "tests/theory/test_limits.py",
    "tests/test_golden.py",
    "tests/test_kernels.py",
    "tests/test_census.py",
    "tests/test_store.py",
    "tests/test_sweep.py",
    "tests/test_dask.py",
    "tests/test_config.py",
    "tests/test_plot.py",
    "tests/test_report.py",
)
"""What meets the packages: kernels and their golden numbers, files, engines, figures, the report.
``python -m tests.matrix tests`` runs all fast tests instead."""


@dataclass(frozen=True)
class Environment:
    """A Python and a choice of packages."""

    version: str
    python: Path
    resolution: str

    @property
    def name(self) -> str:
        """What it is called, in the table and on the disk."""
        age = {"highest": "newest", "lowest-direct": "oldest"}[self.resolution]
        return f"{self.version}-{age}"


def find_python(version: str) -> Path | None:
    """Return an interpreter of a version that starts, from the path or from pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    places = [*sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"))]
    if found := shutil.which(f"python{version}"):
        places.append(Path(found))
    for place in places:
        if subprocess.run([place, "-c", "import venv"], capture_output=True).returncode == 0:
            return place
    return None


def environments() -> list[Environment]:
    """List what can be tried here: every Python with the newest packages and with the oldest."""
    found = {version: find_python(version) for version in PYTHONS}
    for version in (version for version, python in found.items() if python is None):
        print(f"Python {version}: skipped, not found on the path or in pyenv")
    here = [(version, python) for version, python in found.items() if python]
    return [Environment(*python, age) for python in here for age in ("highest", "lowest-direct")]


def make(environment: Environment) -> Path:
    """Make an environment with the package and what its tests need; return its interpreter."""
    folder = PLACE / environment.name
    python = folder / "bin" / "python"
    quiet = [UV, "--quiet", "--no-python-downloads"]
    venv = [*quiet, "venv", "--clear", "--python", environment.python, folder]
    install = [*quiet, "pip", "install", "--python", python, "--resolution", environment.resolution]
    built = ["--only-binary", ":all:", "--no-binary", "spinglass"]
    for command in (venv, [*install, *built, "--editable", f"{ROOT}[{EXTRAS}]"]):
        subprocess.run(command, check=True, capture_output=True, text=True)
    return python


def versions(python: Path) -> str:
    """Say which versions of the packages that matter most are installed."""
    code = "import sys; from importlib.metadata import version as v; print(*map(v, sys.argv[1:]))"
    done = subprocess.run([python, "-c", code, *SHOWN], check=True, capture_output=True, text=True)
    return ", ".join(f"{name} {v}" for name, v in zip(SHOWN, done.stdout.split(), strict=True))


def test(python: Path, name: str, tests: tuple[str, ...]) -> tuple[bool, str]:
    """Run the fast tests; return whether all passed, and pytest's own last line."""
    one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    cache = {"NUMBA_CACHE_DIR": str(PLACE / f"{name}-cache")}
    command = [python, "-m", "pytest", "-n", "auto", "-m", "not slow", *tests]
    with (PLACE / f"{name}.log").open("w+") as log:
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | one | cache, stdout=log, stderr=subprocess.STDOUT
        )
        log.seek(0)
        last = log.read().strip().splitlines()[-1]
    return done.returncode == 0, re.sub(r" in [\d.]+s.*|=+", "", last).strip()


def main() -> None:
    """Run the tests in every environment; exit with 1 if any of them fails."""
    tests = tuple(sys.argv[1:]) or SMOKE
    PLACE.mkdir(parents=True, exist_ok=True)
    rows, good = [], True
    for environment in environments():
        began = time.monotonic()
        try:
            python = make(environment)
        except subprocess.CalledProcessError as error:
            print(f"{environment.name}: {error.stderr.strip()}", flush=True)
            rows.append(f"| {environment.name} | cannot be made | none run |")
            good = False
            continue
        passed, last = test(python, environment.name, tests)
        print(f"{environment.name}: {last}, {time.monotonic() - began:.0f} s", flush=True)
        rows.append(f"| {environment.name} | {versions(python)} | {last} |")
        good &= passed
    print("\n| environment | packages | tests |\n|---|---|---|", *rows, sep="\n")
    if not (rows and good):
        raise SystemExit(f"logs are in {PLACE}")


if __name__ == "__main__":
    main()
