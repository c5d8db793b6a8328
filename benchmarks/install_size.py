"""How large the package and each of its extras is, and how long pip takes.

    python benchmarks/install_size.py [EXTRA ...]

Every choice goes twice into an empty environment, the second time with pip's cache filled: seconds
are those of one core, for unpacking and compiling, without the network.
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
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    empty, before = megabytes(folder), core_seconds()
    what = f"{ROOT}[{extra}]" if extra else str(ROOT)
    command = [python, "-m", "pip", "install", "--quiet"]
    subprocess.run([*command, what], check=True)
    seconds = core_seconds() - before
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format=freeze"], check=True, capture_output=True, text=True
    )
    return megabytes(folder) - empty, seconds, len(listed.stdout.split())


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
