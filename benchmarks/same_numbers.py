"""Whether a change of the code changes any number: digests of what every command computes.

    python benchmarks/same_numbers.py before.json               # on the old code
    python benchmarks/same_numbers.py after.json before.json    # on the new code: what differs

Both on one machine, since another processor rounds otherwise.  The digests cover the bits of spins,
energies, labels, counts and the like, not versions, times or the layout of files.  Ten minutes.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

ROOT = Path(__file__).parents[1]
SPINGLASS = [sys.executable, "-c", "from spinglass_cli.main import main; main()"]
NOT_NUMBERS = {"versions", "schema", "status", "expected", "id", "key", "seconds"}


def commands() -> Iterator[tuple[str, str]]:
    """Yield a name and a command line, whose output is called OUT."""
    for p, n, small in ((2, 30, 5), (3, 30, 5), (4, 20, 4), (5, 12, 3)):
        for nu in (0.0, 0.7):
            model = f"--n {n} --p {p} --nu {nu}"
            for method in ("flow", "fast", "strict", "gd"):
                yield (
                    f"sample p={p} nu={nu} {method}",
                    f"sample {model} --starts 150 --method {method} --out OUT.nc",
                )
            yield f"census p={p} nu={nu}", f"census {model} --unseen 0.01 --out OUT.json"
            yield f"connect p={p} nu={nu}", f"connect {model} --unseen 0.01 --out OUT.json"
            yield (
                f"validate p={p} nu={nu}",
                f"validate --n {small} --p {p} --nu {nu} --samples 10 --out OUT",
            )
        yield f"follow p={p}", f"follow --n {min(n, 25)} --p {p} --to 2 --fields 5 --out OUT.nc"
        if p > 2:
            yield f"anneal p={p}", f"anneal --n {n} --p {p} --samples 2 --starts 100 --out OUT.json"
    yield "sweep", "sweep configs/quick.toml --out OUT"
    yield "network", "network --p 2 --n 16 --width 32 --networks 40 --out OUT"
    yield "train", "train configs/digits.toml --set training.epochs=3 --out OUT"


def digests(path: Path) -> dict[str, str]:
    """Return a digest of every array of numbers in the files that a command has written."""
    files = sorted(path.parent.rglob("*"), key=lambda file: file.name)
    found: dict[str, str] = {}
    for file in files:
        if file.suffix == ".nc":
            data = xr.load_dataset(file, engine="h5netcdf")
            for name, values in data.variables.items():
                if values.dtype.kind in "biuf":
                    found[f"{file.name} {name}"] = digest(values.values)
        elif file.suffix == ".json":
            for name, numbers in columns(json.loads(file.read_text())).items():
                found[f"{file.name} {name}"] = digest(np.array(numbers, float))
    return found


def columns(tree: Any, name: str = "") -> dict[str, list[float]]:
    """Gather the numbers of a JSON tree by the keys that lead to them."""
    if isinstance(tree, bool | int | float):
        return {name: [float(tree)]}
    found: dict[str, list[float]] = {}
    pairs = tree.items() if isinstance(tree, dict) else ()
    pairs = ((name, part) for part in tree) if isinstance(tree, list) else pairs
    for key, part in pairs:
        if key not in NOT_NUMBERS:
            for place, numbers in columns(part, key or name).items():
                found.setdefault(place, []).extend(numbers)
    return found


def digest(values: np.ndarray) -> str:
    """Return the first digits of the SHA-256 of an array's bits."""
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()[:16]


def measure() -> dict[str, str]:
    """Run every command and return all digests by command, file and variable."""
    found = {}
    for name, line in commands():
        with tempfile.TemporaryDirectory() as folder:
            words = line.replace("OUT", str(Path(folder) / "out")).split()
            done = subprocess.run(
                [*SPINGLASS, *words], cwd=ROOT, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise SystemExit(f"spinglass {' '.join(words)}\n{done.stderr}")
            found |= {f"{name}: {key}": value for key, value in digests(Path(folder) / "x").items()}
        print(f"{name}: {sum(key.startswith(name + ':') for key in found)} arrays", flush=True)
    return found


def main() -> None:
    """Write the digests, and compare them with older ones."""
    found = measure()
    Path(sys.argv[1]).write_text(json.dumps(found, indent=1) + "\n")
    if len(sys.argv) > 2:
        known = json.loads(Path(sys.argv[2]).read_text())
        other = [key for key in known if found.get(key) != known[key]]
        print("\n".join(["differ or are missing:", *other]) if other else "all numbers the same")
        raise SystemExit(bool(other))


if __name__ == "__main__":
    main()
