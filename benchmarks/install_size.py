"""How large the package and each of its extras is, and how long uv takes.

    python benchmarks/install_size.py [EXTRA ...]

Every choice goes twice into an empty environment, the second time with uv's cache filled: seconds
are those of one core, for linking files and compiling modules, without the network.
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHOICES = ("", "report", "cluster", "deep")


def megabytes(folder: Path) -> float:
    """Return what lies in a folder."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files) / 1e6


def core_seconds() -> float:
    """Return what processes that were started here and have ended have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def install(extra: str, folder: Path) -> tuple[float, float, int]:
    """Install into an empty environment; return megabytes, seconds and how many packages."""
    uv, python = Path(sys.executable).parent / "uv", folder / "bin" / "python"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    empty, before = megabytes(folder), core_seconds()
    what = f"{ROOT}[{extra}]" if extra else str(ROOT)
    command = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python]
    subprocess.run([*command, what], check=True)
    seconds = core_seconds() - before
    freeze = [uv, "pip", "freeze", "--quiet", "--python", python]
    listed = subprocess.run(freeze, check=True, capture_output=True, text=True)
    return megabytes(folder) - empty, seconds, len(listed.stdout.splitlines())


def main() -> None:
    """Print a row for the package and for each extra."""
    print("| install | packages | MB | s |\n|---|---|---|---|")
    for extra in sys.argv[1:] or CHOICES:
        with tempfile.TemporaryDirectory() as folder:
            install(extra, Path(folder) / "first")
            size, seconds, count = install(extra, Path(folder) / "second")
        name = f"spinglass[{extra}]" if extra else "spinglass"
        print(f"| `{name}` | {count} | {size:,.0f} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
