"""`spinglass show`: the contents of a file or folder of results, as a table or as JSON."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from spinglass.contents.kind_name import KindName
from spinglass.covariance import Covariance, column_of
from spinglass_cli import (
    anneal_command,
    census_command,
    connect_command,
    follow_command,
    points_command,
    train_command,
    validate_command,
)
from spinglass_cli.options import PathType, json_option
from spinglass_cli.tables import plain_or_scientific, print_table

_PRINT: dict[str, Callable[[dict[str, Any]], None]] = {
    KindName.ANNEALING: anneal_command.print_summary,
    KindName.BRANCHES: follow_command.print_summary,
    KindName.CENSUS: census_command.print_summary,
    KindName.CONNECTIONS: connect_command.print_summary,
    KindName.FIGURE: lambda row: print_numbers(row),
    KindName.POINTS: points_command.print_points,
    KindName.SOLUTIONS: points_command.print_solutions,
    KindName.TRAINING: train_command.print_summary,
    KindName.VALIDATION: validate_command.print_summary,
}
"""Functions that print summaries of some kinds; descents share one table, others use values."""


@click.command(epilog="Example: spinglass show results/quick")
@click.argument("path", metavar="FILE-OR-DIR", type=PathType())
@json_option
def show(path: Path, as_json: bool) -> None:
    """Show what is in a file that this program has written, or in every result of a folder.

    A file is of sample, sweep, run, inherent, census, points, connect, follow, anneal, validate or
    train, or the numbers of a figure.
    """
    from spinglass.contents.kind_registry import open_file, results_in
    from spinglass.errors import DamagedFileError, InputError
    from spinglass.files.places import is_folder_to_read

    is_folder = is_folder_to_read(path)
    paths = results_in(path) if is_folder else [path]
    if not paths:
        raise InputError(f"no result files in {path}")
    rows: dict[str, list[dict[str, Any]]] = {}
    damaged = 0
    for each in paths:
        try:
            name, contents, data = open_file(each, whole=False)
        except (DamagedFileError, InputError) as error:
            if not is_folder:
                raise
            damaged += 1
            click.echo(f"Not read: {error}", err=True)
            continue
        row = contents.summary(data)
        rows.setdefault(name, []).append(
            {"file": str(each), **row} if name == KindName.DESCENTS or is_folder else row
        )
    _print(rows, as_json)
    if damaged:
        raise DamagedFileError(f"{damaged} of {len(paths)} files in {path} cannot be read")


def _print(rows: dict[str, list[dict[str, Any]]], as_json: bool) -> None:
    """Print the summaries of files, given by the name of their kind."""
    every = [row for one in rows.values() for row in one]
    if as_json and every:
        click.echo(json.dumps(every if "file" in every[0] else every[0], indent=1))
        return
    for name, one in rows.items():
        if name == KindName.DESCENTS:
            print_results(one)
        else:
            for row in one:
                _PRINT.get(name, print_values)(row)


def print_numbers(row: dict[str, Any]) -> None:
    """Print which figure the numbers in a file belong to, and what its variables are."""
    print_table(
        ["variable", "axes", "units", "what it is"],
        [
            [
                each["name"],
                ", ".join(f"{axis} {size:,}" for axis, size in each["axes"].items()) or "-",
                each["units"] or "-",
                each["words"] or "-",
            ]
            for each in row["variables"]
        ],
        title=f"Numbers of the figure {row['figure']}",
        caption="spinglass.open_result, or xarray.open_dataset, reads them in Python",
    )


def print_values(row: dict[str, Any]) -> None:
    """Print a summary as it is, one value per line."""
    width = max(map(len, row))
    for name, value in row.items():
        click.echo(f"  {name:<{width}}  {value}")


def print_results(rows: list[dict[str, Any]]) -> None:
    """Print one line per result of descents: the numbers found, beside the exact means."""
    from spinglass.files.provenance import details

    key, names = column_of(Covariance.said_by(row).name for row in rows)
    rows = [
        {**row, key: name, "landscape": _special(row)}
        for row, name in zip(rows, names, strict=True)
    ]
    hidden = any("mean_overlap" in row for row in rows)
    overlaps = {"lowest_overlap": "its overlap", "mean_overlap": "mean overlap"} if hidden else {}
    special = any(details(row) for row in rows)
    columns = {
        "n": "n",
        key: key,
        "nu": "nu",
        "seed": "seed",
        **({"landscape": "hidden or own"} if special else {}),
        "starts": "starts",
        "certified": "certified",
        "distinct": "distinct",
        "expected": "expected",
        "lowest": "lowest H/n",
        **overlaps,
        "largest": "largest basin",
    }
    energy = plain_or_scientific([row["lowest"] for row in rows], 6)
    print_table(
        list(columns.values()),
        [[_cell(name, row.get(name), energy) for name in columns] for row in rows],
        caption="expected: exact mean number of minima over disorder (Kac-Rice)",
    )


def _special(row: dict[str, Any]) -> str | None:
    """Return what is hidden in a landscape, or what is from the user's files; None for neither."""
    from spinglass.files.provenance import FILE_CHECKSUMS
    from spinglass.signals import signal_said_by

    signal = signal_said_by(row)
    if signal is not None:
        return signal.label
    own = [what for key, what in FILE_CHECKSUMS.items() if key in row]
    return f"own {', '.join(own)}" if own else None


def _cell(name: str, value: Any, energy: str) -> str:
    if value is None:
        return "-"
    formats = {
        "nu": "{:.4g}",
        "lowest": f"{{:{energy}}}",
        "largest": "{:.2%}",
        "expected": "{:,.2f}",
    }
    formats |= dict.fromkeys(("lowest_overlap", "mean_overlap"), "{:.4f}")
    usual = "{}" if name == "seed" or isinstance(value, str) else "{:,}"
    return formats.get(name, usual).format(value)
