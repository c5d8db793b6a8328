"""`spinglass show`: what is in a file or folder of results, as a table or as JSON."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from spinglass_cli import census, connect, follow
from spinglass_cli.options import PathType, json_option
from spinglass_cli.tables import print_table


@click.command(epilog="Example: spinglass show results/quick")
@click.argument("path", metavar="FILE-OR-DIR", type=PathType())
@json_option
def show(path: Path, as_json: bool) -> None:
    """Show what is in a result file, or in every result file of a folder.

    A file is a result of sample, sweep or run, a census, a graph of connect, or the branches of
    follow.
    """
    from spinglass.errors import InputError

    if path.suffix.lower() == ".json" and not path.is_dir():
        _show(*_read_json(path), as_json)
        return
    if _is_branches(path):
        _show(_branches(path), follow.print_summary, as_json)
        return
    paths = sorted(path.glob("n*-p*-nu*-seed*.nc")) if path.is_dir() else [path]
    if not paths:
        raise InputError(f"no result files in {path}")
    if as_json:
        click.echo(json.dumps([_row(each) for each in paths], indent=1))
    else:
        print_results(paths)


def _show(row: dict[str, Any], print_row: Callable[[dict[str, Any]], None], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(row, indent=1))
    else:
        print_row(row)


def _read_json(path: Path) -> tuple[dict[str, Any], Callable[[dict[str, Any]], None]]:
    """Return what a JSON file of this program holds, and what prints it."""
    from spinglass.connections.files import read_graph
    from spinglass.errors import InputError
    from spinglass.files.toml import read_json
    from spinglass_cli.census_file import read_census

    tables = read_json(path)
    keys = set(tables) if isinstance(tables, dict) else set()
    if {"graph", "nodes", "edges"} <= keys:
        header, found = read_graph(path)
        return connect.summary(header, found), connect.print_summary
    if "weights_by_rank" in keys:
        return read_census(path), census.print_summary
    raise InputError(f"{path} is neither a census nor a graph of connect")


def _is_branches(path: Path) -> bool:
    """Whether a file calls itself one of branches; the arrays in it are not read."""
    import h5py

    from spinglass.following.branches import BRANCHES

    try:
        with h5py.File(path, "r", locking=False) as file:
            return bool(file.attrs.get("schema") == BRANCHES.schema)
    except OSError:  # a folder, or a file that `open_result` will say what is wrong with
        return False


def _branches(path: Path) -> dict[str, Any]:
    from spinglass.following.branches import BRANCHES, from_dataset

    data = BRANCHES.open(path)
    attrs = data.attrs
    return follow.summary(int(attrs["n"]), int(attrs["p"]), int(attrs["seed"]), from_dataset(data))


def print_results(paths: list[Path]) -> None:
    """Print one line a result: found beside what theory expects on average."""
    rows = [_row(path) for path in paths]
    columns = {
        "n": "n",
        "p": "p",
        "nu": "nu",
        "seed": "seed",
        "starts": "starts",
        "certified": "certified",
        "distinct": "distinct",
        "expected": "expected",
        "lowest": "lowest H/n",
        "largest": "largest basin",
    }
    print_table(
        list(columns.values()),
        [[_cell(name, row[name]) for name in columns] for row in rows],
        caption="expected: exact mean number of minima over disorder (Kac-Rice)",
    )


def _row(path: Path) -> dict[str, Any]:
    import numpy as np

    from spinglass.search.methods import Status
    from spinglass.search.results import open_result
    from spinglass.theory import mean_minima

    data = open_result(path)
    attrs = data.attrs
    starts = data.sizes["start"]
    status = data["status"].values
    found = data.sizes["minimum"]
    pairs = 2 if attrs["antipodal_pairs"] else 1
    expected = float(mean_minima(int(attrs["n"]), int(attrs["p"]), float(attrs["nu"])))
    return {
        "file": str(path),
        "n": int(attrs["n"]),
        "p": int(attrs["p"]),
        "nu": float(attrs["nu"]),
        "seed": int(attrs["seed"]),
        "method": attrs.get("method", ""),
        "starts": starts,
        "status": {s.name.lower(): int(np.sum(status == s)) for s in Status},
        "certified": int(np.sum(status == Status.MINIMUM)),
        "distinct": found,
        "antipodal_pairs": bool(attrs["antipodal_pairs"]),
        "expected": expected / pairs,
        "lowest": float(data["minimum_energy"].min()) if found else None,
        "mean": float(np.nanmean(data["energy"].values)),
        "largest": float(data["minimum_count"].max() / starts) if found else None,
        "gradients": float(data["gradients"].mean()),
    }


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "-"
    formats = {"nu": "{:.4g}", "lowest": "{:.6f}", "largest": "{:.2%}", "expected": "{:,.2f}"}
    return formats.get(name, "{:,}" if name != "seed" else "{}").format(value)
